use std::collections::BTreeMap;
use std::time::Duration;

use celery_model::Error;
use celery_model::inspect::{Inspect, Inspected, Worker};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long workers have for their answers. One that is alive takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the workers of one broker last answered; they are asked again when that is too old.
#[derive(Debug)]
pub(crate) struct Inspection {
    inspect: Inspect,
    interval: Duration,
    /// Held while they are asked, so that one question serves all who wait.
    last: Mutex<Option<Answer>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) inspected: Inspected,
    pub(crate) at: Instant,
}

impl Inspection {
    pub(crate) fn new(inspect: Inspect, interval: Duration) -> Self {
        Self { inspect, interval, last: Mutex::default() }
    }

    pub(crate) async fn answer(&self, within: Duration) -> Result<Answer, Error> {
        let mut last = self.last.lock().await;
        if let Some(answer) = last.as_ref().filter(|answer| answer.at.elapsed() < self.interval) {
            return Ok(answer.clone());
        }
        let inspected = self.inspect.workers(within.min(PATIENCE)).await?;
        Ok(last.insert(Answer { inspected, at: Instant::now() }).clone())
    }
}

impl Answer {
    /// The workers that answered.
    pub(crate) fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.inspected.workers.values()
    }

    /// How many did not answer.
    pub(crate) fn silent(&self) -> u64 {
        self.inspected.asked.saturating_sub(self.inspected.workers.len() as u64)
    }
}

/// Adds up a number of each worker over the queues that it listens to.
pub(crate) fn by_queue(answers: &[Answer], number: impl Fn(&Worker) -> Option<u64>) -> BTreeMap<&str, u64> {
    let mut sums = BTreeMap::new();
    for worker in answers.iter().flat_map(Answer::workers) {
        let Some(number) = number(worker) else { continue };
        for queue in worker.queues.iter().flatten() {
            *sums.entry(queue.as_str()).or_default() += number;
        }
    }
    sums
}
