//! The workers of each queue that are alive: all but the dead, who are looked for in the third round trip.
//!
//! Most workers are alive and registered, so their names are never fetched queue by queue: a queue has as many live
//! workers as its set has members, without the dead among them.

use std::collections::{BTreeSet, HashSet};

use nautobot_redis::{Answers, Complaints, Error, command, part_size, parts};
use redis::Pipeline;

use super::MAX_MEMBERS;
use super::counts::Counts;
use super::register::ask_whether_alive;
use crate::keys::Keyspace;

/// How often one call asks whether a worker, who may be dead, listens to a queue.
const MAX_LOOKUPS: usize = 100_000;

/// Workers that need not be alive.
#[derive(Default)]
pub(crate) struct Suspects {
    /// How many workers are registered, dead or alive.
    pub(crate) registered: usize,
    /// The registered ones that are dead.
    pub(crate) dead: Vec<Vec<u8>>,
    /// For each part of the queues, the workers that only their sets know. RQ's clean-up of one queue strikes a dead
    /// worker off the register and off that queue, and leaves it in the sets of other queues.
    pub(crate) strangers: Vec<Vec<Vec<u8>>>,
}

impl Suspects {
    pub(crate) fn is_empty(&self) -> bool {
        self.dead.is_empty() && self.strangers.iter().all(Vec::is_empty)
    }
}

/// What is to be found out about the sets of workers.
pub(crate) struct Living<'a> {
    queues: Vec<Option<Workers<'a>>>,
    dead: &'a [Vec<u8>],
    /// Those of all queues, each once.
    strangers: Vec<&'a [u8]>,
}

/// The set of workers of one queue.
struct Workers<'a> {
    key: Vec<u8>,
    all: u64,
    strangers: &'a [Vec<u8>],
    suspects: Members,
}

/// Which of the suspects the set has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    None,
    All,
    /// Each has to be looked up.
    Some,
}

impl<'a> Living<'a> {
    pub(crate) fn of(
        keys: &Keyspace,
        queues: &'a [Counts],
        suspects: &'a Suspects,
        complaints: &mut Complaints,
    ) -> Self {
        let mut budget = MAX_LOOKUPS;
        let mut strangers = BTreeSet::new();
        let part = part_size(queues.len());
        let mut workers = |position: usize, queue: &Counts| {
            let beside = suspects.strangers.get(position / part).map(Vec::as_slice).unwrap_or_default();
            let workers = Workers::new(keys, queue, suspects, beside)?;
            let lookups =
                if workers.suspects == Members::Some { suspects.dead.len() + beside.len() } else { 0 };
            if lookups > budget || strangers.len() + beside.len() > MAX_MEMBERS {
                let why = "is one of more sets with dead workers than are looked into";
                complaints.add(&workers.key, why);
                return None;
            }
            budget -= lookups;
            strangers.extend(beside.iter().map(Vec::as_slice));
            Some(workers)
        };
        let queues = queues.iter().enumerate().map(|(position, queue)| workers(position, queue)).collect();
        Self { queues, dead: &suspects.dead, strangers: strangers.into_iter().collect() }
    }

    /// The commands whose answers [`take`](Self::take) reads, in its order.
    pub(crate) fn ask(&self) -> impl Iterator<Item = Pipeline> + Clone {
        let lookups = parts(self.queues.len()).map(|part| {
            let part = self.queues.get(part).unwrap_or_default();
            let mut commands = Pipeline::new();
            for queue in part.iter().flatten().filter(|queue| queue.suspects == Members::Some) {
                for worker in self.dead.iter().chain(queue.strangers) {
                    let mut lookup = command("SISMEMBER", &queue.key);
                    lookup.arg(worker.as_slice());
                    commands.add_command(lookup);
                }
            }
            commands
        });
        ask_whether_alive(&self.strangers).chain(lookups)
    }

    /// How many live workers each queue has.
    pub(crate) fn take(&self, answers: &mut Answers<'_>) -> Result<Vec<Option<u64>>, Error> {
        let mut alive = HashSet::new();
        for &worker in &self.strangers {
            if answers.count(worker)? == Some(1) {
                alive.insert(worker);
            }
        }
        let mut living = Vec::with_capacity(self.queues.len());
        for queue in &self.queues {
            living.push(match queue {
                Some(queue) => queue.living(self.dead, &alive, answers)?,
                None => None,
            });
        }
        Ok(living)
    }
}

impl<'a> Workers<'a> {
    /// `None` if its number of members is not known.
    fn new(keys: &Keyspace, queue: &Counts, suspects: &Suspects, strangers: &'a [Vec<u8>]) -> Option<Self> {
        let all = queue.workers?;
        let everybody = (suspects.registered + strangers.len()) as u64;
        let members = match all {
            0 => Members::None,
            _ if suspects.dead.is_empty() && strangers.is_empty() => Members::None,
            all if all >= everybody => Members::All,
            _ => Members::Some,
        };
        Some(Self { key: keys.workers_of(&queue.name), all, strangers, suspects: members })
    }

    fn living(
        &self,
        dead: &[Vec<u8>],
        alive: &HashSet<&[u8]>,
        answers: &mut Answers<'_>,
    ) -> Result<Option<u64>, Error> {
        let mut living = Some(self.all);
        for worker in dead.iter().chain(self.strangers) {
            let is_member = match self.suspects {
                Members::None => Some(0),
                Members::All => Some(1),
                Members::Some => answers.count(&self.key)?,
            };
            let struck = if alive.contains(worker.as_slice()) { Some(0) } else { is_member };
            living = living.zip(struck).map(|(living, struck)| living.saturating_sub(struck));
        }
        Ok(living)
    }
}
