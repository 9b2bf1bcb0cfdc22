//! What lies in Redis, and who works on it.

use std::time::Duration;

use serde_json::json;
use testbed::{Celery, CeleryWorker, Error, Redis, Task};

use crate::options::Nautobot;

/// Who works on the queues.
pub(crate) enum Workers {
    /// Nobody: RQ's workers are keys.
    Rq,
    /// A real worker, and who sends it tasks.
    Celery { worker: CeleryWorker, client: Box<Celery> },
    /// Nobody, as this machine has no Celery.
    None,
}

/// What Celery's worker serves: of the tasks in the dump none waits here.
const QUEUE: &str = "default";

/// Until a worker puts back what others have taken and not finished, as those of the dump have.
const NEVER: Duration = Duration::from_hours(100 * 365 * 24);

/// Loads what a real Nautobot left in Redis.
pub(crate) fn load(nautobot: Nautobot, redis: &Redis) {
    match nautobot {
        Nautobot::V1_6 => redis.load_rq(),
        Nautobot::V3_2 => redis.load_celery(),
    }
}

impl Workers {
    /// Starts a worker of Celery if `just test` has installed it; otherwise standard error says so.
    pub(crate) fn start(nautobot: Nautobot, broker: &str) -> Result<Self, Error> {
        if nautobot == Nautobot::V1_6 {
            return Ok(Self::Rq);
        }
        let options = json!({ "visibility_timeout": NEVER.as_secs() });
        let Some(client) = Celery::with(broker, options) else { return Ok(Self::None) };
        Ok(Self::Celery { worker: client.worker("demo", &[QUEUE], 2)?, client: Box::new(client) })
    }

    /// Who they are.
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Rq => "RQ's workers are keys in Redis, kept alive.".into(),
            Self::Celery { .. } => {
                format!(
                    "A real Celery worker serves the queue `{QUEUE}` and is sent some tasks now and then."
                )
            }
            Self::None => {
                "No Celery worker runs, as only `just test` installs Celery: nothing happens in the queues."
                    .into()
            }
        }
    }

    /// Lets something happen. One of RQ's workers and its job expire 80 seconds after they were loaded unless someone
    /// stands in for their heartbeat.
    pub(crate) fn work(&self, redis: &Redis) {
        match self {
            Self::Rq => redis.load_rq(),
            Self::Celery { client, .. } => tasks().into_iter().for_each(|task| drop(client.send(task))),
            Self::None => {}
        }
    }

    /// Ends at once, whatever is being worked on.
    pub(crate) fn kill(self) {
        if let Self::Celery { worker, .. } = self {
            worker.kill();
        }
    }
}

/// One that succeeds at once, one that takes a while, and one that fails.
fn tasks() -> [Task; 3] {
    let task = || Task::new(QUEUE);
    [task(), task().lasting(Duration::from_secs(4)), task().job("jobs.FailingJob")]
}
