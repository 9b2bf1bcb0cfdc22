//! Reading all queues at once: two round trips, or up to four while workers and jobs of the dead lie about.

mod abandoned;
mod counts;
mod dead;

use std::collections::BTreeSet;
use std::iter::once;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use redis::{Cmd, Pipeline};
use tokio::time::Instant;

use crate::answers::{Answers, complaint};
use crate::connections::Connections;
use crate::error::Error;
use crate::keys::Keyspace;
use crate::names;

use abandoned::Expired;
use counts::Counts;
use dead::{Living, Suspects};

/// How many queues are read, and how many workers: far more than there are anywhere.
const MAX_MEMBERS: usize = 10_000;

/// In how many parts queues or workers are asked for at most, one being made while the server answers those before; and
/// how small a part may be.
const PARTS: usize = 12;
const SMALLEST_PART: usize = 50;

/// One queue. A number is `None` if its key holds another type than RQ writes, or where its line says so.
///
/// Entries of registries that have expired, but that no worker has cleaned up yet, are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Queue {
    /// The name, unique among the queues of one answer; bytes that are not UTF-8 are written `\xNN`.
    pub name: String,
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

/// One call: where to ask, until when, and what was left out on the way.
pub(crate) struct Session<'a> {
    connections: &'a Connections,
    pub(crate) keys: &'a Keyspace,
    deadline: Instant,
    /// Unix time as RQ writes it into scores: whole seconds, by the clock of whoever counts.
    now: u64,
    complaints: BTreeSet<String>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(connections: &'a Connections, keys: &'a Keyspace, deadline: Instant) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { connections, keys, deadline, now, complaints: BTreeSet::new() }
    }

    pub(crate) fn into_complaints(self) -> BTreeSet<String> {
        self.complaints
    }

    pub(crate) async fn queues(&mut self, configured: &[String]) -> Result<Vec<Queue>, Error> {
        let registered = self.registered().await?;
        let configured = configured.iter().map(|name| name.clone().into_bytes());
        let names = names::distinct(configured.chain(registered.queues));
        let (queues, suspects) = counts::read(self, names, registered.workers.as_deref()).await?;
        self.settle(queues, registered.workers.as_deref().unwrap_or_default(), &suspects).await
    }

    /// Takes the dead workers away and adds the abandoned jobs to the failed ones.
    async fn settle(
        &mut self,
        queues: Vec<Counts>,
        workers: &[Vec<u8>],
        suspects: &Suspects,
    ) -> Result<Vec<Queue>, Error> {
        let expired = Expired::of(self.keys, &queues, workers, &mut self.complaints);
        let living = Living::of(self.keys, &queues, suspects, &mut self.complaints);
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
        commands.add_command(members(&queues)).add_command(members(&workers));
        let mut answers = self.ask(once(commands)).await?;
        let found = answers.members(&queues)?.unwrap_or_default();
        let listed = answers.members(&workers)?;
        if found.len() > MAX_MEMBERS {
            let target = self.connections.target().to_owned();
            let register = String::from_utf8_lossy(&queues).into_owned();
            return Err(Error::TooManyQueues { target, bound: MAX_MEMBERS, register });
        }
        let within_bound = |workers: &Vec<_>| workers.len() <= MAX_MEMBERS;
        if listed.as_ref().is_some_and(|workers| !within_bound(workers)) {
            let why = format!("lists more than {MAX_MEMBERS} workers: no queue shows its workers");
            self.complaints.insert(complaint(&workers, &why));
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
        let replies = self.connections.ask(parts, self.deadline).await?;
        Ok(Answers::new(replies, &mut self.complaints))
    }
}

/// What RQ says there is: names of queues and keys of workers.
pub(crate) struct Registered {
    pub(crate) queues: Vec<Vec<u8>>,
    /// `None` if they cannot be told.
    pub(crate) workers: Option<Vec<Vec<u8>>>,
}

/// A command about one key.
pub(crate) fn command(name: &str, key: &[u8]) -> Cmd {
    let mut command = Cmd::with_capacity(4, name.len() + key.len() + 16);
    command.arg(name).arg(key);
    command
}

/// All members of a set if it has [`MAX_MEMBERS`] at most, and otherwise one more than that, which `SMEMBERS` would not
/// stop at.
fn members(key: &[u8]) -> Cmd {
    let mut command = command("SRANDMEMBER", key);
    command.arg(MAX_MEMBERS + 1);
    command
}

/// How many of them make a part.
fn part_size(total: usize) -> usize {
    total.div_ceil(PARTS).max(SMALLEST_PART)
}

/// The positions of all of them, part by part.
pub(crate) fn parts(total: usize) -> impl Iterator<Item = Range<usize>> + Clone {
    let size = part_size(total);
    (0..total).step_by(size).map(move |first| first..total.min(first + size))
}
