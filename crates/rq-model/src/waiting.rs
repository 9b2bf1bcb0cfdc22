//! Reading for how long the jobs of each queue have been waiting: three round trips, two while no job waits.

use std::time::Duration;

use nautobot_redis::{Answers, Error, command, distinct, parts};
use redis::Pipeline;

use crate::keys::Keyspace;
use crate::queues::Session;
use crate::times::age;

/// How many jobs at the head of a queue are looked at. The first one is the next to run and most often the oldest, but
/// some are put in front of others, and some are gone.
const MAX_HEAD: usize = 10;

/// What waits in one queue. A value is `None` if its key holds another type than RQ writes, or where its line says so.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Waiting {
    /// The name, as in [`Queue::name`](crate::Queue::name).
    pub name: String,
    /// How long ago the oldest of the first ten waiting jobs was put into the queue, by this machine's clock; 0 if none
    /// waits, `None` if none of them says when.
    pub oldest_age: Option<Duration>,
    /// Jobs that a worker has taken from the queue but not yet begun; they stay when it dies in between. Written by
    /// workers that listen to one queue, by RQ 1.16 and later at the latest.
    pub intermediate: Option<u64>,
    /// Whether some worker is the scheduler of this queue: only then do scheduled jobs come into it.
    pub has_scheduler: Option<bool>,
}

impl Session<'_> {
    pub(crate) async fn waiting(&mut self, configured: &[String]) -> Result<Vec<Waiting>, Error> {
        let keys = self.keys;
        let registered = self.registered().await?;
        let configured = configured.iter().map(|name| name.clone().into_bytes());
        let queues: Vec<_> = distinct(configured.chain(registered.queues))
            .into_iter()
            .map(|(shown, name)| Keys::new(keys, shown, &name))
            .collect();
        let mut answers = self.ask(ask(&queues, Keys::ask)).await?;
        let heads = queues.into_iter().map(|queue| Head::take(keys, queue, &mut answers));
        let heads: Vec<Head> = heads.collect::<Result<_, _>>()?;
        let mut answers = self.ask(ask(&heads, Head::ask)).await?;
        heads.into_iter().map(|head| head.settle(&mut answers)).collect()
    }
}

/// The commands of all of these, part by part.
fn ask<T>(all: &[T], one: impl Fn(&T, &mut Pipeline) + Copy) -> impl Iterator<Item = Pipeline> + Clone {
    parts(all.len()).map(move |part| {
        let mut commands = Pipeline::new();
        all.get(part).unwrap_or_default().iter().for_each(|item| one(item, &mut commands));
        commands
    })
}

/// The keys of one queue.
struct Keys {
    shown: String,
    queued: Vec<u8>,
    intermediate: Vec<u8>,
    lock: Vec<u8>,
}

impl Keys {
    fn new(keys: &Keyspace, shown: String, name: &[u8]) -> Self {
        Self {
            shown,
            queued: keys.queue(name),
            intermediate: keys.intermediate(name),
            lock: keys.scheduler_lock(name),
        }
    }

    fn ask(&self, commands: &mut Pipeline) {
        let mut head = command("LRANGE", &self.queued);
        head.arg(0).arg(MAX_HEAD - 1);
        commands
            .add_command(head)
            .add_command(command("LLEN", &self.intermediate))
            .add_command(command("EXISTS", &self.lock));
    }
}

/// One queue before the ages of its jobs are known.
struct Head {
    /// With an age of 0 if no job waits.
    waiting: Waiting,
    /// The keys of the first jobs.
    jobs: Vec<Vec<u8>>,
}

impl Head {
    fn take(keys: &Keyspace, queue: Keys, answers: &mut Answers<'_>) -> Result<Self, Error> {
        let ids = answers.members(&queue.queued)?;
        let waiting = Waiting {
            name: queue.shown,
            oldest_age: ids.as_ref().map(|_| Duration::ZERO),
            intermediate: answers.count(&queue.intermediate)?,
            has_scheduler: answers.count(&queue.lock)?.map(|locks| locks > 0),
        };
        Ok(Self { waiting, jobs: ids.unwrap_or_default().iter().map(|id| keys.job(id)).collect() })
    }

    fn ask(&self, commands: &mut Pipeline) {
        for job in &self.jobs {
            let mut times = command("HMGET", job);
            times.arg("enqueued_at").arg("created_at");
            commands.add_command(times);
        }
    }

    fn settle(self, answers: &mut Answers<'_>) -> Result<Waiting, Error> {
        let mut oldest = None;
        let mut gone = 0;
        for job in &self.jobs {
            let times = answers.fields(job)?.unwrap_or_default();
            let mut written =
                times.into_iter().flatten().filter_map(|time| String::from_utf8(time).ok()).peekable();
            gone += usize::from(written.peek().is_none());
            oldest = oldest.max(written.find_map(|time| age(&time)));
        }
        // All that there are, and none of them is a job any more.
        let nobody = gone == self.jobs.len() && gone < MAX_HEAD;
        let oldest_age = if nobody { self.waiting.oldest_age } else { oldest };
        Ok(Waiting { oldest_age, ..self.waiting })
    }
}
