//! What workers say when they are asked, as `celery inspect` asks them.
//!
//! The only way to learn which queues a worker listens to. It costs writing to Redis, and each worker's main loop a moment, so
//! nothing of this happens unless somebody asks.

mod answer;
mod question;

use std::collections::BTreeMap;
use std::iter::once;
use std::sync::Arc;
use std::time::Duration;

use nautobot_redis::{Error, Redis, Settings};
use tokio::sync::{Mutex, oneshot};
use tokio::time::{Instant, sleep, timeout};

use answer::Answers;
use question::{Mailbox, Method, QUESTIONS, access};

use crate::TransportOptions;
use crate::keys::Keyspace;

/// The content type that Nautobot's workers accept, and no other (`CELERY_ACCEPT_CONTENT`, 2.0 to 3.2).
pub const NAUTOBOT_JSON: &str = "application/x-nautobot-json";

/// How often it is looked whether all have answered: at first, and at last.
const LOOK: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));
/// How long one attempt to clean up may take, and how many there are.
const CLEAN_UP: Duration = Duration::from_secs(2);
const CLEAN_UPS: u32 = 3;

/// Asks the workers of one broker.
///
/// It writes: a binding and a list for the answers, named after this handle. Both are removed when the answers are there or too late, or nobody waits for
/// them any more. If the process is killed before that, the list expires, and whoever asks next after that, in whatever process, removes the binding.
#[derive(Clone, Debug)]
pub struct Inspect {
    redis: Redis,
    mailbox: Arc<Mailbox>,
    /// How often it was asked. Held while it is, as there is one list for the answers.
    rounds: Arc<Mutex<u64>>,
}

/// What the workers answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspected {
    /// How many workers heard the question. One that was killed counts until Redis notices, and one that listens to two channels
    /// (`sentinel_fanout_compat`) counts twice.
    pub asked: u64,
    /// Those that answered in time, by `NAME@HOST`.
    pub workers: BTreeMap<String, Worker>,
}

/// What one worker answered. What it did not answer is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Worker {
    /// The queues that it listens to.
    pub queues: Option<Vec<String>>,
    /// How much it takes on.
    pub capacity: Option<Capacity>,
    /// How many tasks it runs, by queue.
    pub running: Option<BTreeMap<String, u64>>,
}

/// How much work a worker takes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capacity {
    /// How many tasks it runs at once. Not every kind of pool says so.
    pub concurrency: Option<u64>,
}

impl Inspected {
    /// Whether every worker that heard the questions has answered them all.
    pub fn is_complete(&self) -> bool {
        let complete = |worker: &&Worker| {
            worker.queues.is_some() && worker.capacity.is_some() && worker.running.is_some()
        };
        self.workers.values().filter(complete).count() as u64 >= self.asked
    }
}

impl Inspect {
    /// Dials nothing. A user needs this, with the number of the database, and kombu's `global_keyprefix` before each name:
    ///
    /// ```text
    /// +publish &/0.celery.pidbox (+sadd +srem +smembers +rpush +expire +llen +lrange +del
    /// ~_kombu.binding.reply.celery.pidbox ~metrics-*.reply.celery.pidbox*)
    /// ```
    ///
    /// and behind Sentinels the same channel once more with `{db}` as the number, as kombu before 5.4 has it there. Redis 6 knows no
    /// parentheses; they are needed for a user that has `~*`, beside which Redis refuses further names.
    ///
    /// `content_type` is one that the workers accept: [`NAUTOBOT_JSON`] for those of Nautobot, who refuse `application/json`.
    ///
    /// # Errors
    /// [`Error::Settings`] for a value that cannot be used, one of the options included.
    pub fn open(settings: &Settings, options: &TransportOptions, content_type: &str) -> Result<Self, Error> {
        let redis = Redis::open(settings, "")?;
        let keys = Keyspace::of(options)?;
        let channels = keys.channels(settings, redis.database(), QUESTIONS);
        let redis = redis.with_access(&access(&keys, &channels));
        let mailbox = Mailbox::new(keys, channels, content_type);
        Ok(Self { redis, mailbox: Arc::new(mailbox), rounds: Arc::default() })
    }

    /// Asks all workers three questions: what they listen to, how many tasks they can take, and which they run.
    ///
    /// Waits until all have answered, three quarters of the time at most; then those that did have to do. Costs a round trip to ask, a few to see
    /// whether the answers are there, one to read them, one to clean up and one, after the answer, to look for what others have left; each worker sends three answers.
    ///
    /// # Errors
    /// Redis cannot be reached, refuses a command, or does not answer within this time.
    pub async fn workers(&self, within: Duration) -> Result<Inspected, Error> {
        let begin = Instant::now();
        let late = || self.redis.late(begin.elapsed());
        let Ok(mut rounds) = timeout(within, Arc::clone(&self.rounds).lock_owned()).await else {
            return Err(late());
        };
        let (sender, receiver) = oneshot::channel();
        let inspect = self.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "who stops waiting must not stop the cleaning up; it ends by itself"
        )]
        tokio::spawn(async move {
            *rounds += 1;
            inspect.answer(*rounds, within.saturating_sub(begin.elapsed()), sender).await;
        });
        match timeout(within.saturating_sub(begin.elapsed()), receiver).await {
            Ok(Ok(answer)) => answer,
            _ => Err(late()),
        }
    }

    /// Asks for as long as somebody waits for it, and cleans up in any case: before the answer, if there is time.
    async fn answer(
        &self,
        round: u64,
        within: Duration,
        mut sender: oneshot::Sender<Result<Inspected, Error>>,
    ) {
        let begin = Instant::now();
        let answer = tokio::select! {
            answer = self.ask(round, within) => answer,
            () = sender.closed() => return self.clean_up().await,
        };
        let is_clean = timeout(within.saturating_sub(begin.elapsed()), self.remove()).await;
        // An error means that nobody waits any more.
        let _ = sender.send(answer);
        if !matches!(is_clean, Ok(Ok(()))) {
            self.clean_up().await;
        }
        if let Err(error) = self.sweep().await {
            tracing::debug!(
                redis = self.redis.target(),
                "cannot look for what killed processes left: {error}"
            );
        }
    }

    async fn ask(&self, round: u64, within: Duration) -> Result<Inspected, Error> {
        let begin = Instant::now();
        let mailbox = &self.mailbox;
        let session = || self.redis.session(within.saturating_sub(begin.elapsed()));
        let heard = mailbox.heard(&mut session().ask(once(mailbox.questions(round, within))).await?)?;
        let (mut wanted, mut pause) = (heard.iter().sum(), LOOK.0);
        loop {
            let is_late = begin.elapsed() >= within * 3 / 4;
            let size = mailbox.size(&mut session().ask(once(mailbox.look())).await?)?;
            if size >= wanted || is_late {
                let messages = mailbox.messages(&mut session().ask(once(mailbox.read())).await?)?;
                let inspected = inspected(&heard, &messages, |ticket| mailbox.method(round, ticket));
                if inspected.is_complete() || is_late {
                    return Ok(inspected);
                }
                // Somebody has answered an earlier round.
                wanted = size + 1;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LOOK.1);
        }
    }

    /// If even this fails, the list expires, and whoever asks next removes the binding.
    async fn clean_up(&self) {
        for attempt in 1..=CLEAN_UPS {
            match self.remove().await {
                Ok(()) => return,
                Err(error) if attempt == CLEAN_UPS => {
                    tracing::warn!(
                        redis = self.redis.target(),
                        "what celery's workers were asked with remains: {error}"
                    );
                }
                Err(_) => sleep(CLEAN_UP / 4).await,
            }
        }
    }

    async fn remove(&self) -> Result<(), Error> {
        let mut session = self.redis.session(CLEAN_UP);
        self.mailbox.removed(&mut session.ask(once(self.mailbox.removal())).await?)
    }

    /// Removes the bindings of processes that were killed. One that lives has a list for as long as it has a binding, and between two of its
    /// questions neither.
    async fn sweep(&self) -> Result<(), Error> {
        let mut session = self.redis.session(CLEAN_UP);
        let others = self.mailbox.others(&mut session.ask(once(self.mailbox.askers())).await?)?;
        if others.is_empty() {
            return Ok(());
        }
        let mut sizes = session.ask(once(Mailbox::lists(&others))).await?;
        let left = Mailbox::left(others, &mut sizes)?;
        if left.is_empty() {
            return Ok(());
        }
        self.mailbox.swept(&mut session.ask(once(self.mailbox.sweeping(&left))).await?)
    }
}

fn inspected(heard: &[u64], messages: &[Vec<u8>], method_of: impl Fn(&str) -> Option<Method>) -> Inspected {
    let mut answers = Answers::default();
    for message in messages {
        answers.add(message, &method_of);
    }
    Inspected { asked: heard.iter().copied().max().unwrap_or_default(), workers: answers.workers }
}
