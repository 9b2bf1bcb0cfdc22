//! Reading what the workers say of themselves: two round trips.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use nautobot_redis::{Answers, Error, command, distinct, parts};
use redis::Pipeline;

use crate::queues::Session;
use crate::times::age;

/// What is asked of a worker.
const FIELDS: [&str; 6] =
    ["queues", "state", "last_heartbeat", "successful_job_count", "failed_job_count", "total_working_time"];

/// The live workers, and the queues that they or others know.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Workers {
    /// The names of all queues, sorted: those that were asked for, those that RQ has registered and those that a worker
    /// listens to. Each is unique; bytes that are not UTF-8 are written `\xNN`.
    pub queues: Vec<Arc<str>>,
    /// Workers whose key has not expired. `None` if they cannot be told: more than 10,000 are registered, or the register
    /// is no set.
    pub workers: Option<Vec<Worker>>,
}

/// One live worker. A number is `None` if the worker has not written it, or not as RQ writes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Worker {
    /// The names of the queues that it listens to, in its own order.
    pub queues: Vec<Arc<str>>,
    /// What it does.
    pub state: WorkerState,
    /// How long ago it last said that it is alive, by this machine's clock; 0 for a time that is yet to come.
    pub heartbeat_age: Option<Duration>,
    /// Jobs that it has done; 0 for a worker that has not done one.
    pub successful_jobs: Option<u64>,
    /// Jobs that failed in its hands; 0 as before.
    pub failed_jobs: Option<u64>,
    /// Seconds that it has spent on jobs; 0 as before.
    pub working_time: Option<f64>,
}

/// What a worker does (`WorkerStatus` in RQ's `worker.py`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WorkerState {
    /// It has begun and not yet looked for a job.
    Started,
    /// It waits for a job.
    Idle,
    /// It has a job in hand.
    Busy,
    /// It was told to take no jobs.
    Suspended,
    /// It has not said, or something that RQ does not say.
    Unknown,
}

impl WorkerState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Started, Self::Idle, Self::Busy, Self::Suspended, Self::Unknown];

    /// As RQ writes it, or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Idle => "idle",
            Self::Busy => "busy",
            Self::Suspended => "suspended",
            Self::Unknown => "unknown",
        }
    }

    fn of(text: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|state| text == Some(state.as_str())).unwrap_or(Self::Unknown)
    }
}

impl Session<'_> {
    pub(crate) async fn workers(&mut self, configured: &[String]) -> Result<Workers, Error> {
        let registered = self.registered().await?;
        let found = match &registered.workers {
            Some(keys) => Some(self.hashes(keys).await?),
            None => None,
        };
        let configured = configured.iter().map(|name| name.clone().into_bytes());
        let listened = found.iter().flatten().flat_map(Fields::queues).map(<[u8]>::to_vec);
        let names = distinct(configured.chain(registered.queues).chain(listened));
        let shown: BTreeMap<Vec<u8>, Arc<str>> =
            names.into_iter().map(|(shown, name)| (name, shown.into())).collect();
        let workers = found.map(|found| found.iter().map(|fields| fields.worker(&shown)).collect());
        let mut queues: Vec<_> = shown.into_values().collect();
        queues.sort_unstable();
        Ok(Workers { queues, workers })
    }

    /// Those of the live ones.
    async fn hashes(&mut self, workers: &[Vec<u8>]) -> Result<Vec<Fields>, Error> {
        let commands = parts(workers.len()).map(|part| {
            let part = workers.get(part).unwrap_or_default();
            let mut commands = Pipeline::with_capacity(2 * part.len());
            for worker in part {
                let mut fields = command("HMGET", worker);
                fields.arg(&FIELDS);
                commands.add_command(command("EXISTS", worker)).add_command(fields);
            }
            commands
        });
        let mut answers = self.ask(commands).await?;
        let found = workers.iter().filter_map(|worker| Fields::take(&mut answers, worker).transpose());
        found.collect()
    }
}

/// The values of [`FIELDS`].
struct Fields([Option<Vec<u8>>; FIELDS.len()]);

impl Fields {
    /// `None` if the worker is dead, or its key is no hash.
    fn take(answers: &mut Answers<'_>, worker: &[u8]) -> Result<Option<Self>, Error> {
        let is_alive = answers.count(worker)? == Some(1);
        let fields = answers.fields(worker)?.and_then(|fields| fields.try_into().ok());
        Ok(fields.filter(|_| is_alive).map(Self))
    }

    fn queues(&self) -> impl Iterator<Item = &[u8]> {
        let [queues, ..] = &self.0;
        queues.iter().flat_map(|queues| queues.split(|&byte| byte == b',')).filter(|name| !name.is_empty())
    }

    fn worker(&self, shown: &BTreeMap<Vec<u8>, Arc<str>>) -> Worker {
        let [_, state, heartbeat, successful, failed, working_time] = self.0.each_ref().map(text);
        Worker {
            queues: self.queues().filter_map(|name| shown.get(name)).cloned().collect(),
            state: WorkerState::of(state),
            heartbeat_age: heartbeat.and_then(age),
            successful_jobs: successful.map_or(Some(0), |count| count.parse().ok()),
            failed_jobs: failed.map_or(Some(0), |count| count.parse().ok()),
            working_time: working_time.map_or(Some(0.0), |seconds| {
                seconds.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
            }),
        }
    }
}

/// What is not text stands for something that RQ does not write, which no number and no state is.
fn text(field: &Option<Vec<u8>>) -> Option<&str> {
    field.as_deref().map(|bytes| std::str::from_utf8(bytes).unwrap_or("\u{fffd}"))
}
