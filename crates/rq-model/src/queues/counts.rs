//! The second round trip: what the keys of each queue hold, and which workers are alive.

use std::collections::{BTreeMap, HashMap};

use redis::Pipeline;

use super::{MAX_MEMBERS, Queue, Session, command, members};
use crate::answers::Answers;
use crate::error::Error;
use crate::keys::{self, Registry};

/// How many expired started jobs of one queue are looked at.
const MAX_EXPIRED: usize = 1_000;

/// How many queues or workers are asked for at once, while the server answers for those before.
const PART: usize = 50;

/// Whether a worker, by its key, is alive.
pub(crate) type Alive = HashMap<Vec<u8>, bool>;

/// One queue before its abandoned jobs and dead workers are settled.
pub(crate) struct Counts {
    /// The name of the queue in keys.
    pub(crate) name: Vec<u8>,
    /// Members of the registry of started jobs whose time is over.
    pub(crate) expired: Vec<Vec<u8>>,
    /// The keys of the workers that listen to it.
    pub(crate) workers: Option<Vec<Vec<u8>>>,
    /// The numbers, without abandoned jobs among the failed ones and without workers.
    queue: Queue,
}

impl Counts {
    pub(crate) fn settle(self, abandoned: u64, alive: &Alive) -> Queue {
        let is_alive = |worker: &&Vec<u8>| alive.get(*worker).is_some_and(|alive| *alive);
        let workers = self.workers.map(|workers| workers.iter().filter(is_alive).count() as u64);
        Queue { failed: self.queue.failed.map(|failed| failed + abandoned), workers, ..self.queue }
    }
}

/// Asks for the queues of these names, shown and in keys, and for the life of these workers.
pub(crate) async fn read(
    session: &mut Session<'_>,
    names: BTreeMap<String, Vec<u8>>,
    workers: Vec<Vec<u8>>,
) -> Result<(Vec<Counts>, Alive), Error> {
    let queues: Vec<Keys> = names.into_iter().map(|(shown, name)| Keys::new(shown, name)).collect();
    let now = session.now;
    let of_queues = (0..queues.len()).step_by(PART).map(|first| {
        let mut commands = Pipeline::with_capacity(PART * Keys::COMMANDS);
        queues.iter().skip(first).take(PART).for_each(|queue| queue.ask(&mut commands, now));
        commands
    });
    let of_workers = (0..workers.len()).step_by(PART).map(|first| {
        let mut commands = Pipeline::with_capacity(PART);
        for worker in workers.iter().skip(first).take(PART) {
            commands.add_command(command("EXISTS", worker));
        }
        commands
    });
    let mut answers = session.ask(of_queues.chain(of_workers)).await?;
    let counts = queues.into_iter().map(|queue| queue.take(&mut answers)).collect::<Result<_, _>>()?;
    let mut alive = Alive::with_capacity(workers.len());
    for worker in workers {
        let lives = answers.count(&worker)? == Some(1);
        alive.insert(worker, lives);
    }
    Ok((counts, alive))
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

    fn new(shown: String, name: Vec<u8>) -> Self {
        Self {
            shown,
            queued: keys::queue(&name),
            started: keys::registry(Registry::Started, &name),
            finished: keys::registry(Registry::Finished, &name),
            failed: keys::registry(Registry::Failed, &name),
            deferred: keys::registry(Registry::Deferred, &name),
            scheduled: keys::registry(Registry::Scheduled, &name),
            canceled: keys::registry(Registry::Canceled, &name),
            workers: keys::workers_of(&name),
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
        let mut expired = command("ZRANGEBYSCORE", &self.started);
        expired.arg(0).arg(now).arg("LIMIT").arg(0).arg(MAX_EXPIRED);
        commands.add_command(expired).add_command(members(&self.workers));
    }

    fn take(self, answers: &mut Answers<'_>) -> Result<Counts, Error> {
        let queue = Queue {
            name: self.shown,
            queued: answers.count(&self.queued)?,
            started: unexpired(answers, &self.started)?,
            finished: unexpired(answers, &self.finished)?,
            failed: unexpired(answers, &self.failed)?,
            deferred: answers.count(&self.deferred)?,
            scheduled: answers.count(&self.scheduled)?,
            canceled: answers.count(&self.canceled)?,
            workers: None,
        };
        let expired = answers.members(&self.started, MAX_EXPIRED)?.unwrap_or_default();
        let workers = answers.members(&self.workers, MAX_MEMBERS)?;
        Ok(Counts { name: self.name, expired, workers, queue })
    }
}

/// The members whose score is not in `[0, now]`. RQ writes -1 or +inf for "never".
fn unexpired(answers: &mut Answers<'_>, key: &[u8]) -> Result<Option<u64>, Error> {
    let all = answers.count(key)?;
    let expired = answers.count(key)?;
    Ok(all.zip(expired).map(|(all, expired)| all.saturating_sub(expired)))
}
