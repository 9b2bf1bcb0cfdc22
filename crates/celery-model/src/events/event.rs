//! What workers and clients publish to the exchange `celeryev`.

use std::time::Duration;

use serde::Deserialize;

use crate::envelope::Envelope;

/// Longer messages are not looked into. Celery cuts arguments and results at 1,024 characters and sends 24 events at once at most.
const MAX_MESSAGE: usize = 4 << 20;
/// Longer names of workers, queues and tasks are not Celery's.
const MAX_NAME: usize = 255;
/// No worker counts further, so that sums can be made.
const MAX_COUNT: u64 = 1 << 32;
/// How long a worker's heartbeats are apart if it does not say so (`Worker.freq` in `celery/events/state.py`).
const PERIOD: Duration = Duration::from_secs(60);
/// No worker beats faster, and none is believed to be alive for more than two of the longest.
const PERIODS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3600));

/// One event, with the fields that are used here (Celery 5.6, `celery/worker/heartbeat.py`, `celery/worker/request.py`).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// `worker-online` or `worker-heartbeat`: the worker lives.
    Heartbeat(Heartbeat),
    /// `worker-offline`: the worker has stopped.
    Offline(Process),
    /// Something happened to a task.
    Task(TaskEvent),
}

/// Who says something. Two workers may have the same name, though Celery warns of it, and then they are two nevertheless.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// `NAME@HOST`.
    pub hostname: String,
    /// The number of the process.
    pub pid: u64,
}

/// What a worker says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Heartbeat {
    /// Which worker.
    pub worker: Process,
    /// How long heartbeats are apart: Celery's `freq`, 2 s unless told otherwise.
    pub period: Duration,
    /// How many tasks it runs at this moment.
    pub active: u64,
    /// How many tasks it has taken up since its start.
    pub processed: u64,
}

/// What happened to a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskEvent {
    /// The task's id.
    pub id: String,
    /// Who says so: a worker, or a client that has sent the task.
    pub origin: Process,
    /// When, in seconds since 1970, by the clock of `origin`.
    pub timestamp: f64,
    /// What.
    pub step: Step,
}

/// The steps of a task's life that Celery tells of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// `task-sent`, by the client. It alone names the queue.
    Sent {
        /// The queue, or else the routing key.
        queue: Option<String>,
    },
    /// `task-received`: a worker holds it.
    Received,
    /// `task-started`: a worker runs it.
    Started,
    /// `task-succeeded`.
    Succeeded {
        /// For how many seconds it ran.
        runtime: Option<f64>,
    },
    /// `task-failed`.
    Failed,
    /// `task-retried`: it failed and has been sent again.
    Retried,
    /// `task-revoked`.
    Revoked,
    /// `task-rejected`.
    Rejected {
        /// Whether it went back into its queue.
        requeue: bool,
    },
}

/// What one message says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// What tells it from all other messages, even if it comes twice.
    pub tag: Option<String>,
    /// One event (`task.sent`, `worker.heartbeat`) or several (`task.multi`). Those of other types, which an application may add, are left
    /// out.
    pub events: Vec<Event>,
}

impl Message {
    /// Opens kombu's envelope.
    ///
    /// `None` if this is not such a message: too long, not JSON, not base64, or a field of another type than Celery's. Nothing
    /// but strings and numbers is kept of it, whatever else it holds and however deep.
    pub fn read(message: &[u8]) -> Option<Self> {
        let envelope = Envelope::read(message, MAX_MESSAGE)?;
        let body = envelope.body()?;
        let fields: Vec<Fields> = match body.trim_ascii_start().first()? {
            b'[' => serde_json::from_slice(&body).ok()?,
            _ => vec![serde_json::from_slice(&body).ok()?],
        };
        let events = fields.into_iter().filter_map(Fields::event).collect();
        Some(Self { tag: name(envelope.tag().map(str::to_owned)), events })
    }
}

#[derive(Deserialize)]
struct Fields {
    r#type: String,
    hostname: Option<String>,
    timestamp: Option<f64>,
    pid: Option<u64>,
    freq: Option<f64>,
    active: Option<u64>,
    processed: Option<u64>,
    uuid: Option<String>,
    queue: Option<String>,
    routing_key: Option<String>,
    runtime: Option<f64>,
    requeue: Option<bool>,
}

impl Fields {
    fn event(self) -> Option<Event> {
        match self.r#type.as_str() {
            "worker-online" | "worker-heartbeat" => self.heartbeat().map(Event::Heartbeat),
            "worker-offline" => self.origin().map(Event::Offline),
            _ => self.task().map(Event::Task),
        }
    }

    fn heartbeat(self) -> Option<Heartbeat> {
        let period = self.freq.and_then(|freq| Duration::try_from_secs_f64(freq).ok()).unwrap_or(PERIOD);
        let (shortest, longest) = PERIODS;
        Some(Heartbeat {
            worker: self.origin()?,
            period: period.clamp(shortest, longest),
            active: self.active.unwrap_or_default().min(MAX_COUNT),
            processed: self.processed.unwrap_or_default().min(MAX_COUNT),
        })
    }

    fn origin(&self) -> Option<Process> {
        Some(Process { hostname: name(self.hostname.clone())?, pid: self.pid.unwrap_or_default() })
    }

    fn task(self) -> Option<TaskEvent> {
        let step = match self.r#type.as_str() {
            "task-sent" => Step::Sent { queue: name(self.queue.clone()).or(name(self.routing_key.clone())) },
            "task-received" => Step::Received,
            "task-started" => Step::Started,
            "task-succeeded" => Step::Succeeded { runtime: self.runtime },
            "task-failed" => Step::Failed,
            "task-retried" => Step::Retried,
            "task-revoked" => Step::Revoked,
            "task-rejected" => Step::Rejected { requeue: self.requeue.unwrap_or_default() },
            _ => return None,
        };
        let (origin, timestamp) = (self.origin()?, self.timestamp.unwrap_or_default());
        Some(TaskEvent { id: name(self.uuid)?, origin, timestamp, step })
    }
}

fn name(name: Option<String>) -> Option<String> {
    name.filter(|name| !name.is_empty() && name.len() <= MAX_NAME)
}

#[cfg(test)]
mod tests;
