//! The names and the messages of an inspection, in kombu's words (5.7, `pidbox.py` and `transport/redis.py`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nautobot_redis::{Answers, Error, command};
use redis::{Cmd, Pipeline};
use serde_json::{Value, json};

use crate::keys::Keyspace;

/// What the name of our queue begins with, so that a user may be given access to it.
const NAME: &str = "metrics-";
/// The exchange on which workers are asked, and the one by which they answer.
pub(crate) const QUESTIONS: &str = "celery.pidbox";
const ANSWERS: &str = "reply.celery.pidbox";
/// More answers than this are not read.
const MAX_ANSWERS: u64 = 30_000;
/// More bindings than this are not removed at once.
const MAX_LEFT: usize = 1000;
/// How much longer than an inspection its list may last.
const REMAINDER: Duration = Duration::from_secs(10);

/// What a user has to be allowed. The keys in a selector of their own: Redis refuses names beside `~*`, which those who read have.
pub(crate) fn access(keys: &Keyspace, channels: &[String]) -> String {
    let binding = keys.binding(ANSWERS.as_bytes());
    let lists = keys.list(format!("{NAME}*.{ANSWERS}*").as_bytes(), 0);
    let (binding, lists) = (binding.escape_ascii(), lists.escape_ascii());
    let channels: String = channels.iter().map(|channel| format!(" &{channel}")).collect();
    let commands = "+sadd +srem +smembers +rpush +expire +llen +lrange +del";
    format!("+publish{channels} ({commands} ~{binding} ~{lists})")
}

/// What is asked. All of them together, so that one answer does not wait for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    ActiveQueues,
    Stats,
    Active,
}

impl Method {
    const ALL: [Self; 3] = [Self::ActiveQueues, Self::Stats, Self::Active];

    fn name(self) -> &'static str {
        match self {
            Self::ActiveQueues => "active_queues",
            Self::Stats => "stats",
            Self::Active => "active",
        }
    }

    fn arguments(self) -> Value {
        match self {
            // The arguments of tasks cut to a length, since they are not wanted.
            Self::Active => json!({"safe": true}),
            _ => json!({}),
        }
    }
}

/// Where to ask, and where the answers come.
#[derive(Debug)]
pub(crate) struct Mailbox {
    keys: Keyspace,
    id: String,
    /// A set of queues.
    binding: Vec<u8>,
    /// Our queue in it.
    member: String,
    /// Where its answers come, as they have no priority.
    list: Vec<u8>,
    /// Its lists for other priorities.
    others: Vec<Vec<u8>>,
    channels: Vec<String>,
    content_type: String,
}

/// Another process like this one, now or once.
#[derive(Debug)]
pub(crate) struct Asker {
    member: String,
    list: Vec<u8>,
}

impl Mailbox {
    pub(crate) fn new(keys: Keyspace, channels: Vec<String>, content_type: &str) -> Self {
        let id = format!("{NAME}{}", unique());
        let queue = format!("{id}.{ANSWERS}");
        let mut others = keys.lists(queue.as_bytes()).into_iter();
        Self {
            binding: keys.binding(ANSWERS.as_bytes()),
            member: keys.member(&id, &queue),
            list: others.next().unwrap_or_default(),
            others: others.collect(),
            channels,
            content_type: content_type.to_owned(),
            keys,
            id,
        }
    }

    /// Makes the list and asks. An element of our own keeps the list, and with it the time at which it expires, until it is removed. It is
    /// there before the binding, which otherwise would seem to be [`left`](Self::left).
    pub(crate) fn questions(&self, round: u64, within: Duration) -> Pipeline {
        let mut pipeline = self.removal();
        pipeline.add_command(command("RPUSH", &self.list)).arg("");
        pipeline.add_command(command("EXPIRE", &self.list)).arg((within + REMAINDER).as_secs());
        pipeline.add_command(command("SADD", &self.binding)).arg(&self.member);
        for method in Method::ALL {
            let ticket = self.ticket(round, method);
            let question = self.question(method, &ticket, within).to_string();
            for channel in &self.channels {
                pipeline.add_command(command("PUBLISH", channel.as_bytes())).arg(&question);
            }
        }
        pipeline
    }

    /// How many workers heard each question.
    pub(crate) fn heard(&self, answers: &mut Answers<'_>) -> Result<Vec<u64>, Error> {
        self.removed(answers)?;
        for key in [&self.list, &self.list, &self.binding] {
            answers.count(key)?;
        }
        let mut heard = Vec::new();
        for _ in Method::ALL {
            let mut workers = 0;
            for channel in &self.channels {
                workers += answers.count(channel.as_bytes())?.unwrap_or_default();
            }
            heard.push(workers);
        }
        Ok(heard)
    }

    /// Asks how many answers there are.
    pub(crate) fn look(&self) -> Pipeline {
        single(command("LLEN", &self.list))
    }

    /// How many answers there are.
    pub(crate) fn size(&self, answers: &mut Answers<'_>) -> Result<u64, Error> {
        Ok(answers.count(&self.list)?.unwrap_or_default().saturating_sub(1))
    }

    pub(crate) fn read(&self) -> Pipeline {
        let mut range = command("LRANGE", &self.list);
        range.arg(0).arg(MAX_ANSWERS);
        single(range)
    }

    pub(crate) fn messages(&self, answers: &mut Answers<'_>) -> Result<Vec<Vec<u8>>, Error> {
        Ok(answers.members(&self.list)?.unwrap_or_default())
    }

    pub(crate) fn removal(&self) -> Pipeline {
        let mut pipeline = Pipeline::new();
        pipeline.add_command(command("SREM", &self.binding)).arg(&self.member);
        pipeline.add_command(command("DEL", &self.list)).arg(&self.others);
        pipeline
    }

    pub(crate) fn removed(&self, answers: &mut Answers<'_>) -> Result<(), Error> {
        answers.count(&self.binding)?;
        answers.count(&self.list)?;
        Ok(())
    }

    /// Asks who waits for answers.
    pub(crate) fn askers(&self) -> Pipeline {
        single(command("SMEMBERS", &self.binding))
    }

    /// Those of them that are other processes like this one.
    pub(crate) fn others(&self, answers: &mut Answers<'_>) -> Result<Vec<Asker>, Error> {
        let members = answers.members(&self.binding)?.unwrap_or_default();
        let askers = members.into_iter().filter_map(|member| self.asker(String::from_utf8(member).ok()?));
        Ok(askers.take(MAX_LEFT).collect())
    }

    /// Asks for the lists of these.
    pub(crate) fn lists(others: &[Asker]) -> Pipeline {
        let mut pipeline = Pipeline::new();
        for other in others {
            pipeline.add_command(command("LLEN", &other.list));
        }
        pipeline
    }

    /// Those without a list: killed, and their lists have expired.
    pub(crate) fn left(others: Vec<Asker>, answers: &mut Answers<'_>) -> Result<Vec<Asker>, Error> {
        let mut left = Vec::new();
        for other in others {
            if answers.count(&other.list)? == Some(0) {
                left.push(other);
            }
        }
        Ok(left)
    }

    pub(crate) fn sweeping(&self, left: &[Asker]) -> Pipeline {
        let mut srem = command("SREM", &self.binding);
        srem.arg(left.iter().map(|asker| asker.member.as_str()).collect::<Vec<_>>());
        single(srem)
    }

    pub(crate) fn swept(&self, answers: &mut Answers<'_>) -> Result<(), Error> {
        answers.count(&self.binding).map(drop)
    }

    fn asker(&self, member: String) -> Option<Asker> {
        let (_, queue) = member.split_at_checked(member.rfind(NAME)?)?;
        let id = queue.strip_suffix(ANSWERS)?.strip_suffix('.')?;
        let is_like_ours = id != self.id && self.keys.member(id, queue) == member;
        let list = self.keys.lists(queue.as_bytes()).into_iter().next()?;
        is_like_ours.then_some(Asker { list, member })
    }

    /// Which question a ticket of this round belongs to.
    pub(crate) fn method(&self, round: u64, ticket: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| self.ticket(round, *method) == ticket)
    }

    fn ticket(&self, round: u64, method: Method) -> String {
        format!("{}.{round}.{}", self.id, method.name())
    }

    fn question(&self, method: Method, ticket: &str, within: Duration) -> Value {
        let body = json!({
            "method": method.name(),
            "arguments": method.arguments(),
            "destination": null,
            "pattern": null,
            "matcher": null,
            "ticket": ticket,
            "reply_to": {"exchange": ANSWERS, "routing_key": self.id},
        });
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        json!({
            "body": STANDARD.encode(body.to_string()),
            "content-encoding": "utf-8",
            "content-type": self.content_type,
            "headers": {"clock": 1, "expires": (now + within).as_secs_f64()},
            "properties": {
                "delivery_mode": 1,
                "delivery_info": {"exchange": QUESTIONS, "routing_key": ""},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": unique(),
            },
        })
    }
}

fn single(command: Cmd) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(1);
    pipeline.add_command(command);
    pipeline
}

/// A name that nobody else has.
fn unique() -> String {
    format!("{:032x}", fastrand::u128(..))
}
