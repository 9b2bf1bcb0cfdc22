//! Jobs whose worker died: found in the third round trip, looked up in a fourth one.
//!
//! What becomes of them is read in `StartedJobRegistry.cleanup` of RQ 1.16, 2.6 and 3.0, and in `Job.retry`.

use std::collections::HashSet;
use std::iter::once;

use nautobot_redis::{Answers, Complaints, Error, command, parts};
use redis::Pipeline;

use super::counts::Counts;
use crate::keys::{Keyspace, Registry};

/// How many expired started jobs are looked at in one call.
const MAX_EXPIRED: u64 = 10_000;

/// How many workers are asked which RQ they run. All of them run the same, but while it is upgraded.
const MAX_VERSIONS: usize = 100;

/// What tells of a job what becomes of it.
const FIELDS: [&str; 4] = ["status", "retries_left", "retry_intervals", "failure_ttl"];

/// For each queue, how many started jobs are over their time.
pub(crate) struct Expired<'a> {
    keys: &'a Keyspace,
    queues: Vec<(&'a Counts, Option<u64>)>,
    /// Who says by which rules: none if nothing is over its time.
    workers: &'a [Vec<u8>],
}

/// For each queue, the jobs that a worker has in hand for longer than RQ allows.
pub(crate) struct Jobs {
    queues: Vec<Option<Abandoned>>,
    rules: Option<Rules>,
}

/// What RQ's clean-up would add to the registries of one queue.
#[derive(Clone, Copy, Default)]
pub(crate) struct Added {
    pub(crate) failed: u64,
    pub(crate) scheduled: u64,
}

/// Whose clean-up is foretold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rules {
    /// Until RQ 2: whatever is over its time was abandoned.
    Any,
    /// Since RQ 3.0: only what is still `started`; the rest has ended, and its entry is a leftover.
    StartedOnly,
}

impl<'a> Expired<'a> {
    /// Leaves out a queue with more than what is left of the budget: part of a number is no number.
    pub(crate) fn of(
        keys: &'a Keyspace,
        queues: &'a [Counts],
        workers: &'a [Vec<u8>],
        complaints: &mut Complaints,
    ) -> Self {
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
                complaints.add(&started(keys, queue), &why);
                (queue, None)
            }
        };
        let queues: Vec<_> = queues.iter().map(&mut expired).collect();
        let is_clean = queues.iter().all(|(_, expired)| expired.is_none_or(|expired| expired == 0));
        let asked = if is_clean { 0 } else { workers.len().min(MAX_VERSIONS) };
        Self { keys, queues, workers: workers.get(..asked).unwrap_or_default() }
    }

    /// The commands whose answers [`take`](Self::take) reads, in its order.
    pub(crate) fn ask(&self, now: u64) -> impl Iterator<Item = Pipeline> + Clone {
        let expired = parts(self.queues.len()).map(move |part| {
            let part = self.queues.get(part).unwrap_or_default();
            let mut commands = Pipeline::new();
            for (queue, expired) in part {
                if let Some(expired @ 1..) = expired {
                    let mut ids = command("ZRANGEBYSCORE", &started(self.keys, queue));
                    ids.arg(0).arg(now).arg("LIMIT").arg(0).arg(*expired);
                    commands.add_command(ids);
                }
            }
            commands
        });
        let mut versions = Pipeline::new();
        for worker in self.workers {
            let mut version = command("HMGET", worker);
            version.arg("version");
            versions.add_command(version);
        }
        expired.chain(once(versions))
    }

    pub(crate) fn take(&self, answers: &mut Answers<'_>) -> Result<Jobs, Error> {
        let mut queues = Vec::with_capacity(self.queues.len());
        for (queue, expired) in &self.queues {
            let members = match expired {
                Some(0) => Some(Vec::new()),
                Some(_) => answers.members(&started(self.keys, queue))?,
                None => None,
            };
            queues.push(members.map(|members| Abandoned::new(self.keys, &queue.name, members)));
        }
        let mut rules = None;
        for worker in self.workers {
            let version = answers.fields(worker)?.into_iter().flatten().next().flatten();
            rules = rules.max(version.and_then(|version| Rules::of(&version)));
        }
        Ok(Jobs { queues, rules })
    }
}

impl Jobs {
    /// The commands whose answers [`take`](Self::take) reads, in its order.
    pub(crate) fn ask(&self) -> impl Iterator<Item = Pipeline> + Clone {
        (0..self.queues.len()).map(|queue| {
            let mut commands = Pipeline::new();
            if let Some(queue) = self.queues.get(queue).and_then(Option::as_ref) {
                queue.members.iter().flatten().for_each(|job| queue.ask(job, &mut commands));
            }
            commands
        })
    }

    /// What becomes of the abandoned jobs of each queue.
    pub(crate) fn take(&self, answers: &mut Answers<'_>, now: u64) -> Result<Vec<Option<Added>>, Error> {
        let abandoned = |queue: &Option<Abandoned>| match queue {
            Some(queue) => queue.count(answers, self.rules, now).map(Some),
            None => Ok(None),
        };
        self.queues.iter().map(abandoned).collect()
    }
}

impl Rules {
    /// By the version that a worker has written down, such as `2.6.1`.
    fn of(version: &[u8]) -> Option<Self> {
        let major: u64 = std::str::from_utf8(version).ok()?.split('.').next()?.parse().ok()?;
        Some(if major >= 3 { Self::StartedOnly } else { Self::Any })
    }
}

struct Abandoned {
    failed: Vec<u8>,
    scheduled: Vec<u8>,
    /// For each member of the registry, the jobs it may stand for: the first one that exists is meant.
    members: Vec<Vec<Job>>,
}

impl Abandoned {
    fn new(keys: &Keyspace, queue: &[u8], members: Vec<Vec<u8>>) -> Self {
        Self {
            failed: keys.registry(Registry::Failed, queue),
            scheduled: keys.registry(Registry::Scheduled, queue),
            members: members.into_iter().map(|member| jobs(keys, member)).collect(),
        }
    }

    fn ask(&self, job: &Job, commands: &mut Pipeline) {
        let mut fields = command("HMGET", &job.key);
        fields.arg(&FIELDS);
        commands.add_command(command("HLEN", &job.key)).add_command(fields);
        for registry in [&self.failed, &self.scheduled] {
            let mut score = command("ZSCORE", registry);
            score.arg(job.id.as_slice());
            commands.add_command(score);
        }
    }

    /// Without knowing whose rules apply, those of the oldest RQ that has such members, or of the newest.
    fn count(&self, answers: &mut Answers<'_>, rules: Option<Rules>, now: u64) -> Result<Added, Error> {
        // Two runs of one job are two members, but one job.
        let (mut failed, mut scheduled) = (HashSet::new(), HashSet::new());
        for jobs in &self.members {
            let mut decided = false;
            for job in jobs {
                let exists = answers.count(&job.key)?.is_some_and(|fields| fields > 0);
                let fate = job.fate(answers.fields(&job.key)?.unwrap_or_default(), rules);
                let score = answers.number(&self.failed)?.flatten();
                let has_failed = score.is_some_and(|score| !(0.0..=now as f64).contains(&score));
                let is_scheduled = answers.number(&self.scheduled)?.flatten().is_some();
                if exists && !decided {
                    decided = true;
                    match fate {
                        Fate::Fails if !has_failed => _ = failed.insert(&job.id),
                        Fate::IsScheduled if !is_scheduled => _ = scheduled.insert(&job.id),
                        _ => {}
                    }
                }
            }
        }
        Ok(Added { failed: failed.len() as u64, scheduled: scheduled.len() as u64 })
    }
}

/// What RQ's clean-up does with an abandoned job.
enum Fate {
    Fails,
    /// Is to be tried again after a while.
    IsScheduled,
    /// Is put back into its queue, or is forgotten at once, or was not abandoned.
    Leaves,
}

struct Job {
    id: Vec<u8>,
    key: Vec<u8>,
    /// Whether the registry has an execution of it, as RQ 2.0 and later write, and not the job.
    is_execution: bool,
}

impl Job {
    /// `fields` are the values of [`FIELDS`].
    fn fate(&self, fields: Vec<Option<Vec<u8>>>, rules: Option<Rules>) -> Fate {
        let mut fields = fields.into_iter();
        let mut field = || fields.next().flatten().and_then(|value| String::from_utf8(value).ok());
        let (status, retries, intervals, ttl) = (field(), field(), field(), field());
        let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok());
        let unknown = if self.is_execution { Rules::StartedOnly } else { Rules::Any };
        let retries = number(retries).unwrap_or(0);
        match rules.unwrap_or(unknown) {
            Rules::StartedOnly if status.as_deref() != Some("started") => Fate::Leaves,
            _ if retries > 0 && waits(retries, intervals.as_deref()) => Fate::IsScheduled,
            _ if retries > 0 => Fate::Leaves,
            // The registry of failed jobs forgets it as soon as it is counted.
            _ if number(ttl) == Some(0) => Fate::Leaves,
            _ => Fate::Fails,
        }
    }
}

/// Whether a job has to wait before it is tried again. RQ writes one pause in seconds for each retry, of which the first
/// ones may be missing.
fn waits(retries_left: i64, intervals: Option<&str>) -> bool {
    let intervals: Vec<f64> = intervals.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let done = usize::try_from(retries_left).map_or(0, |left| intervals.len().saturating_sub(left));
    intervals.get(done).is_some_and(|pause| *pause != 0.0)
}

/// `job_id`, or from RQ 2.0 on `job_id:execution_id`. Ids with a colon in them are possible in RQ 1.
fn jobs(keys: &Keyspace, member: Vec<u8>) -> Vec<Job> {
    let colon = member.iter().rposition(|&byte| byte == b':');
    let before_colon = colon.and_then(|colon| member.get(..colon)).map(<[u8]>::to_vec);
    let job = |id: Vec<u8>, is_execution| Job { key: keys.job(&id), id, is_execution };
    once(job(member, false)).chain(before_colon.map(|id| job(id, true))).collect()
}

fn started(keys: &Keyspace, queue: &Counts) -> Vec<u8> {
    keys.registry(Registry::Started, &queue.name)
}
