//! The second round trip: what the keys of each queue hold, and which workers need not be alive.

use std::collections::{BTreeMap, HashSet};

use nautobot_redis::{Answers, Error, command, part_size, parts};
use redis::{Cmd, Pipeline};

use super::dead::Suspects;
use super::{Queue, Session};
use crate::keys::{Keyspace, Registry};

/// One queue before its abandoned jobs and dead workers are settled.
pub(crate) struct Counts {
    /// The name of the queue in keys.
    pub(crate) name: Vec<u8>,
    /// How many members of the registry of started jobs are over their time.
    pub(crate) expired: u64,
    /// How many workers listen to it, dead or alive; `None` if that cannot be told.
    pub(crate) workers: Option<u64>,
    /// The numbers, without abandoned jobs among the failed ones and without workers.
    pub(crate) queue: Queue,
}

/// Asks for the queues of these names, shown and in keys, and which workers need not be alive.
///
/// Without a register there is nothing to be said of workers.
pub(crate) async fn read(
    session: &mut Session<'_>,
    names: BTreeMap<String, Vec<u8>>,
    registered: Option<&[Vec<u8>]>,
) -> Result<(Vec<Counts>, Suspects), Error> {
    let keys = session.keys;
    let queues: Vec<Keys> = names.into_iter().map(|(shown, name)| Keys::new(keys, shown, name)).collect();
    let now = session.now;
    let of_queues = parts(queues.len()).map(|part| {
        let part = queues.get(part).unwrap_or_default();
        let mut commands = Pipeline::with_capacity(part.len() * Keys::COMMANDS);
        part.iter().for_each(|queue| queue.ask(&mut commands, now));
        if registered.is_some() {
            // Not `SDIFF` with the register: that makes Redis tidy up the register on the way, which shows in a `DUMP`.
            let mut everybody = Cmd::new();
            everybody.arg("SUNION");
            part.iter().for_each(|queue| _ = everybody.arg(queue.workers.as_slice()));
            commands.add_command(everybody);
        }
        commands
    });
    let mut answers = session.ask(of_queues.chain(ask_whether_alive(registered.unwrap_or_default()))).await?;
    take(keys, queues, registered, &mut answers)
}

fn take(
    keys: &Keyspace,
    queues: Vec<Keys>,
    registered: Option<&[Vec<u8>]>,
    answers: &mut Answers<'_>,
) -> Result<(Vec<Counts>, Suspects), Error> {
    let known: HashSet<&Vec<u8>> = registered.into_iter().flatten().collect();
    let mut suspects = Suspects { registered: known.len(), ..Suspects::default() };
    let mut counts = Vec::with_capacity(queues.len());
    let part = part_size(queues.len());
    let mut queues = queues.into_iter().peekable();
    while queues.peek().is_some() {
        for queue in queues.by_ref().take(part) {
            let count = queue.take(answers)?;
            counts.push(Counts { workers: count.workers.filter(|_| registered.is_some()), ..count });
        }
        if registered.is_some() {
            // With a key of a wrong type among them, its neighbours have no strangers.
            let everybody = answers.members(&keys.workers_of(b"*"))?.unwrap_or_default();
            suspects.strangers.push(everybody.into_iter().filter(|worker| !known.contains(worker)).collect());
        }
    }
    for worker in registered.unwrap_or_default() {
        if answers.count(worker)? != Some(1) {
            suspects.dead.push(worker.clone());
        }
    }
    Ok((counts, suspects))
}

/// One answer for each: 1 if the worker is alive.
pub(crate) fn ask_whether_alive<T: AsRef<[u8]>>(workers: &[T]) -> impl Iterator<Item = Pipeline> + Clone {
    parts(workers.len()).map(|part| {
        let part = workers.get(part).unwrap_or_default();
        let mut commands = Pipeline::with_capacity(part.len());
        for worker in part {
            commands.add_command(command("EXISTS", worker.as_ref()));
        }
        commands
    })
}

/// The keys of one queue.
struct Keys {
    shown: String,
    name: Vec<u8>,
    queued: Vec<u8>,
    started: Vec<u8>,
    finished: Vec<u8>,
    failed: Vec<u8>,
    deferred: Vec<u8>,
    scheduled: Vec<u8>,
    canceled: Vec<u8>,
    workers: Vec<u8>,
}

impl Keys {
    const COMMANDS: usize = 12;

    fn new(keys: &Keyspace, shown: String, name: Vec<u8>) -> Self {
        Self {
            shown,
            queued: keys.queue(&name),
            started: keys.registry(Registry::Started, &name),
            finished: keys.registry(Registry::Finished, &name),
            failed: keys.registry(Registry::Failed, &name),
            deferred: keys.registry(Registry::Deferred, &name),
            scheduled: keys.registry(Registry::Scheduled, &name),
            canceled: keys.registry(Registry::Canceled, &name),
            workers: keys.workers_of(&name),
            name,
        }
    }

    /// Writes the commands whose answers [`take`](Self::take) reads, in its order.
    fn ask(&self, commands: &mut Pipeline, now: u64) {
        commands.add_command(command("LLEN", &self.queued));
        for expiring in [&self.started, &self.finished, &self.failed] {
            let mut expired = command("ZCOUNT", expiring);
            expired.arg(0).arg(now);
            commands.add_command(command("ZCARD", expiring)).add_command(expired);
        }
        for lasting in [&self.deferred, &self.scheduled, &self.canceled] {
            commands.add_command(command("ZCARD", lasting));
        }
        commands.add_command(command("SCARD", &self.workers));
    }

    fn take(self, answers: &mut Answers<'_>) -> Result<Counts, Error> {
        let queued = answers.count(&self.queued)?;
        let started = Expiring::take(answers, &self.started)?;
        let queue = Queue {
            name: self.shown,
            queued,
            started: started.as_ref().map(Expiring::lasting),
            finished: Expiring::take(answers, &self.finished)?.as_ref().map(Expiring::lasting),
            failed: Expiring::take(answers, &self.failed)?.as_ref().map(Expiring::lasting),
            deferred: answers.count(&self.deferred)?,
            scheduled: answers.count(&self.scheduled)?,
            canceled: answers.count(&self.canceled)?,
            workers: None,
        };
        let workers = answers.count(&self.workers)?;
        Ok(Counts { name: self.name, expired: started.map_or(0, |started| started.expired), workers, queue })
    }
}

/// The members of a sorted set whose scores are times.
struct Expiring {
    all: u64,
    /// Those whose score is in `[0, now]`. RQ writes -1 or +inf for "never".
    expired: u64,
}

impl Expiring {
    fn take(answers: &mut Answers<'_>, key: &[u8]) -> Result<Option<Self>, Error> {
        let all = answers.count(key)?;
        let expired = answers.count(key)?;
        Ok(all.zip(expired).map(|(all, expired)| Self { all, expired }))
    }

    fn lasting(&self) -> u64 {
        self.all.saturating_sub(self.expired)
    }
}
