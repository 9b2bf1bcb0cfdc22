//! Jobs whose worker died: found in the third round trip, looked up in a fourth one.

use std::collections::{BTreeSet, HashSet};

use redis::Pipeline;

use super::counts::Counts;
use super::{command, parts};
use crate::answers::{Answers, complaint};
use crate::error::Error;
use crate::keys::{self, RETRIES_LEFT, Registry};

/// How many expired started jobs are looked at in one call.
const MAX_EXPIRED: u64 = 10_000;

/// For each queue, how many started jobs are over their time.
pub(crate) struct Expired<'a> {
    queues: Vec<(&'a Counts, Option<u64>)>,
}

/// For each queue, the jobs that a worker has in hand for longer than RQ allows.
pub(crate) struct Jobs {
    queues: Vec<Option<Abandoned>>,
}

impl<'a> Expired<'a> {
    /// Leaves out a queue with more than what is left of the budget: part of a number is no number.
    pub(crate) fn of(queues: &'a [Counts], complaints: &mut BTreeSet<String>) -> Self {
        let mut budget = MAX_EXPIRED;
        let mut expired = |queue: &'a Counts| match budget.checked_sub(queue.expired) {
            Some(rest) => {
                budget = rest;
                (queue, Some(queue.expired))
            }
            None => {
                let why = format!(
                    "is beyond the {MAX_EXPIRED} abandoned jobs that are looked up: its queue shows no failed jobs"
                );
                complaints.insert(complaint(&started(queue), &why));
                (queue, None)
            }
        };
        Self { queues: queues.iter().map(&mut expired).collect() }
    }

    /// The commands whose answers [`take`](Self::take) reads, in its order.
    pub(crate) fn ask(&self, now: u64) -> impl Iterator<Item = Pipeline> + Clone {
        parts(self.queues.len()).map(move |part| {
            let part = self.queues.get(part).unwrap_or_default();
            let mut commands = Pipeline::new();
            for (queue, expired) in part {
                if let Some(expired @ 1..) = expired {
                    let mut ids = command("ZRANGEBYSCORE", &started(queue));
                    ids.arg(0).arg(now).arg("LIMIT").arg(0).arg(*expired);
                    commands.add_command(ids);
                }
            }
            commands
        })
    }

    pub(crate) fn take(&self, answers: &mut Answers<'_>) -> Result<Jobs, Error> {
        let mut queues = Vec::with_capacity(self.queues.len());
        for (queue, expired) in &self.queues {
            let members = match expired {
                Some(0) => Some(Vec::new()),
                Some(_) => answers.members(&started(queue))?,
                None => None,
            };
            queues.push(members.map(|members| Abandoned::new(&queue.name, members)));
        }
        Ok(Jobs { queues })
    }
}

impl Jobs {
    /// The commands whose answers [`take`](Self::take) reads, in its order.
    pub(crate) fn ask(&self) -> impl Iterator<Item = Pipeline> + Clone {
        (0..self.queues.len()).map(|queue| {
            let mut commands = Pipeline::new();
            if let Some(queue) = self.queues.get(queue).and_then(Option::as_ref) {
                queue.members.iter().flatten().for_each(|job| job.ask(&queue.failed, &mut commands));
            }
            commands
        })
    }

    /// How many jobs of each queue RQ's clean-up would add to the failed ones.
    pub(crate) fn take(&self, answers: &mut Answers<'_>, now: u64) -> Result<Vec<Option<u64>>, Error> {
        let mut abandoned = |queue: &Option<Abandoned>| match queue {
            Some(queue) => queue.count(answers, now).map(Some),
            None => Ok(None),
        };
        self.queues.iter().map(&mut abandoned).collect()
    }
}

struct Abandoned {
    /// The key of the queue's failed jobs.
    failed: Vec<u8>,
    /// For each member of the registry, the jobs it may stand for: the first one that exists is meant.
    members: Vec<Vec<Job>>,
}

impl Abandoned {
    fn new(queue: &[u8], members: Vec<Vec<u8>>) -> Self {
        let members = members.into_iter().map(jobs).collect();
        Self { failed: keys::registry(Registry::Failed, queue), members }
    }

    fn count(&self, answers: &mut Answers<'_>, now: u64) -> Result<u64, Error> {
        // Two runs of one job are two members, but one failed job.
        let mut abandoned = HashSet::new();
        for jobs in &self.members {
            let mut decided = false;
            for job in jobs {
                let exists = answers.count(&job.key)?.is_some_and(|fields| fields > 0);
                let retries = answers.number(&job.key)?.flatten().unwrap_or(0.0);
                let score = answers.number(&self.failed)?.flatten();
                let counted = score.is_some_and(|score| !(0.0..=now as f64).contains(&score));
                if exists && !decided {
                    decided = true;
                    if retries <= 0.0 && !counted {
                        abandoned.insert(&job.id);
                    }
                }
            }
        }
        Ok(abandoned.len() as u64)
    }
}

struct Job {
    id: Vec<u8>,
    key: Vec<u8>,
}

impl Job {
    fn new(id: Vec<u8>) -> Self {
        Self { key: keys::job(&id), id }
    }

    fn ask(&self, failed: &[u8], commands: &mut Pipeline) {
        let mut retries = command("HGET", &self.key);
        retries.arg(RETRIES_LEFT);
        let mut score = command("ZSCORE", failed);
        score.arg(self.id.as_slice());
        commands.add_command(command("HLEN", &self.key)).add_command(retries).add_command(score);
    }
}

/// `job_id`, or from RQ 2.0 on `job_id:execution_id`. Ids with a colon in them are possible in RQ 1.
fn jobs(member: Vec<u8>) -> Vec<Job> {
    let colon = member.iter().rposition(|&byte| byte == b':');
    let before_colon = colon.and_then(|colon| member.get(..colon)).map(<[u8]>::to_vec);
    std::iter::once(member).chain(before_colon).map(Job::new).collect()
}

fn started(queue: &Counts) -> Vec<u8> {
    keys::registry(Registry::Started, &queue.name)
}
