//! Reading all queues at once: two round trips, or up to five while workers die and the jobs of the dead lie about.

mod abandoned;
mod counts;
mod dead;
mod expected;
mod register;

use std::collections::HashSet;
use std::iter::once;
use std::time::{SystemTime, UNIX_EPOCH};

use nautobot_redis::{Answers, Error, command, distinct, members};
use redis::Pipeline;

use crate::keys::Keyspace;

use abandoned::Expired;
use counts::Counts;
use dead::{Living, Suspects};
pub(crate) use expected::Expected;

/// How many queues are read, and how many workers: far more than there are anywhere.
const MAX_MEMBERS: usize = 10_000;

/// One queue. A number is `None` if its key holds another type than RQ writes, or where its line says so.
///
/// Entries of registries that have expired, but that no worker has cleaned up yet, are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Queue {
    /// The name, unique among the queues of one answer; bytes that are not UTF-8 are written `\xNN`.
    pub name: String,
    /// Whether RQ has registered it: it does so when the first job comes, and for good.
    pub is_registered: bool,
    /// Jobs that wait for a worker.
    pub queued: Option<u64>,
    /// Jobs that a worker has in hand.
    pub started: Option<u64>,
    /// Jobs that are done and whose result is kept.
    pub finished: Option<u64>,
    /// Jobs that failed, with the abandoned ones: those whose worker died and that may not be tried again.
    /// Of the latter, 10,000 of all queues are looked up at most; `None` for a queue whose jobs are beyond that.
    pub failed: Option<u64>,
    /// Jobs that wait for another job.
    pub deferred: Option<u64>,
    /// Jobs that wait for their time, with the abandoned ones that are to be tried again after a while; `None` as
    /// `failed`.
    pub scheduled: Option<u64>,
    /// Jobs that were cancelled; RQ 1.8 and older do not keep them.
    pub canceled: Option<u64>,
    /// Workers that listen to this queue and are alive: the key of such a worker has not expired. `None` if more than
    /// 10,000 are registered, or if more are dead than this crate asks for.
    pub workers: Option<u64>,
}

/// One call, in one keyspace.
pub(crate) struct Session<'a> {
    redis: nautobot_redis::Session<'a>,
    pub(crate) keys: &'a Keyspace,
    /// Unix time as RQ writes it into scores: whole seconds, by the clock of whoever counts.
    now: u64,
}

impl<'a> Session<'a> {
    pub(crate) fn new(redis: nautobot_redis::Session<'a>, keys: &'a Keyspace) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { redis, keys, now }
    }

    pub(crate) async fn queues(
        &mut self,
        configured: &[String],
        expected: &mut Expected,
    ) -> Result<Vec<Queue>, Error> {
        let registered = self.registered().await?;
        let known: HashSet<&[u8]> = registered.queues.iter().map(Vec::as_slice).collect();
        let configured = configured.iter().map(|name| name.clone().into_bytes());
        let names = distinct(configured.chain(registered.queues.iter().cloned()));
        let is_registered: Vec<bool> = names.values().map(|name| known.contains(name.as_slice())).collect();
        let (queues, suspects) = counts::read(self, names, registered.workers.as_deref(), expected).await?;
        let workers = registered.workers.as_deref().unwrap_or_default();
        let mut queues = self.settle(queues, workers, &suspects).await?;
        queues.iter_mut().zip(is_registered).for_each(|(queue, known)| queue.is_registered = known);
        Ok(queues)
    }

    /// Takes the dead workers away and adds the abandoned jobs to the failed ones.
    async fn settle(
        &mut self,
        queues: Vec<Counts>,
        workers: &[Vec<u8>],
        suspects: &Suspects,
    ) -> Result<Vec<Queue>, Error> {
        if suspects.is_empty() && queues.iter().all(|queue| queue.expired == 0) {
            let settled = queues.into_iter().map(|Counts { queue, workers, .. }| Queue { workers, ..queue });
            return Ok(settled.collect());
        }
        let expired = Expired::of(self.keys, &queues, workers, self.redis.complaints());
        let living = Living::of(self.keys, &queues, suspects, self.redis.complaints());
        let now = self.now;
        let mut answers = self.ask(expired.ask(now).chain(living.ask())).await?;
        let jobs = expired.take(&mut answers)?;
        let workers = living.take(&mut answers)?;
        let mut answers = self.ask(jobs.ask()).await?;
        let added = jobs.take(&mut answers, now)?;
        let settled =
            queues.iter().zip(added).zip(workers).map(|((Counts { queue, .. }, added), workers)| Queue {
                failed: queue.failed.zip(added).map(|(failed, added)| failed + added.failed),
                scheduled: queue.scheduled.zip(added).map(|(scheduled, added)| scheduled + added.scheduled),
                workers,
                ..queue.clone()
            });
        Ok(settled.collect())
    }

    pub(crate) async fn probe(&mut self) -> Result<(), Error> {
        let key = self.keys.queues();
        let mut commands = Pipeline::new();
        commands.add_command(command("EXISTS", &key));
        self.ask(once(commands)).await?.count(&key).map(drop)
    }

    pub(crate) async fn registered(&mut self) -> Result<Registered, Error> {
        let (queues, workers) = (self.keys.queues(), self.keys.workers());
        let mut commands = Pipeline::new();
        commands.add_command(members(&queues, MAX_MEMBERS)).add_command(members(&workers, MAX_MEMBERS));
        let mut answers = self.ask(once(commands)).await?;
        let found = answers.members(&queues)?.unwrap_or_default();
        let listed = answers.members(&workers)?;
        if found.len() > MAX_MEMBERS {
            let target = self.redis.target().to_owned();
            let register = format!("the set {}", String::from_utf8_lossy(&queues));
            return Err(Error::TooManyQueues { target, bound: MAX_MEMBERS, register });
        }
        let within_bound = |workers: &Vec<_>| workers.len() <= MAX_MEMBERS;
        if listed.as_ref().is_some_and(|workers| !within_bound(workers)) {
            let why = format!("lists more than {MAX_MEMBERS} workers: no queue shows its workers");
            self.redis.complaints().add(&workers, &why);
        }
        let workers = listed.filter(within_bound);
        let queues = found.iter().filter_map(|key| self.keys.queue_name(key)).map(<[u8]>::to_vec).collect();
        Ok(Registered { queues, workers })
    }

    /// One round trip, whatever the number of parts.
    pub(crate) async fn ask(
        &mut self,
        parts: impl Iterator<Item = Pipeline> + Clone,
    ) -> Result<Answers<'_>, Error> {
        self.redis.ask(parts).await
    }

    /// Logs what was left out, when it is new.
    pub(crate) fn close(self, call: &'static str) {
        self.redis.close(call);
    }
}

/// What RQ says there is: names of queues and keys of workers.
pub(crate) struct Registered {
    pub(crate) queues: Vec<Vec<u8>>,
    /// `None` if they cannot be told.
    pub(crate) workers: Option<Vec<Vec<u8>>>,
}
