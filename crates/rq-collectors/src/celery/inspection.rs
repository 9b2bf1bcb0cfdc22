use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use celery_model::Error;
use celery_model::inspect::{Inspect, Inspected, Worker};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long workers have for their answers. One that is alive takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long they are left alone at most after they could not be asked.
const PAUSE: Duration = Duration::from_secs(10);
/// How long a silent worker may be busy. Then it is stuck, and what the others say is all there is.
const BUSY: Duration = Duration::from_secs(600);

/// What the workers of one broker last answered; they are asked again when that is too old.
#[derive(Debug)]
pub(crate) struct Inspection {
    inspect: Inspect,
    interval: Duration,
    /// Held while they are asked, so that one question serves all who wait.
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    outcome: Option<(Instant, Result<Answer, Arc<Error>>)>,
    /// Since when not all have answered.
    silent_since: Option<Instant>,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) inspected: Inspected,
    pub(crate) at: Instant,
    /// Whether it is that of all workers but those that are stuck.
    pub(crate) is_whole: bool,
}

impl Inspection {
    pub(crate) fn new(inspect: Inspect, interval: Duration) -> Self {
        Self { inspect, interval, last: Mutex::default() }
    }

    /// That they could not be asked stands as well, though not for as long.
    pub(crate) async fn answer(&self, within: Duration) -> Result<Answer, Arc<Error>> {
        let mut last = self.last.lock().await;
        if let Some(outcome) = last.standing(self.interval) {
            return outcome.clone();
        }
        let outcome = self.inspect.workers(within.min(PATIENCE)).await;
        // A hasty scrape does not spoil a patient one.
        let is_hasty = within < PATIENCE && matches!(outcome, Err(Error::Deadline { .. }));
        let outcome = outcome.map(|inspected| last.take(inspected, Instant::now())).map_err(Arc::new);
        last.outcome = Some((Instant::now(), outcome.clone())).filter(|_| !is_hasty);
        outcome
    }
}

impl Last {
    fn standing(&self, interval: Duration) -> Option<&Result<Answer, Arc<Error>>> {
        let (at, outcome) = self.outcome.as_ref()?;
        let stands_for = if outcome.is_ok() { interval } else { interval.min(PAUSE) };
        (at.elapsed() < stands_for).then_some(outcome)
    }

    fn take(&mut self, inspected: Inspected, at: Instant) -> Answer {
        let mut answer = Answer { inspected, at, is_whole: true };
        if answer.silent() == 0 {
            self.silent_since = None;
        } else {
            let since = *self.silent_since.get_or_insert(at);
            answer.is_whole = at.duration_since(since) >= BUSY;
        }
        answer
    }
}

impl Answer {
    /// The workers that answered.
    pub(crate) fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.inspected.workers.values()
    }

    /// How many did not say which queues they listen to.
    pub(crate) fn silent(&self) -> u64 {
        let told = self.workers().filter(|worker| worker.queues.is_some()).count();
        self.inspected.asked.saturating_sub(told as u64)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_worker_is_waited_for_until_it_is_stuck() {
        let (mut last, begin) = (Last::default(), Instant::now());
        let mut is_whole = |asked, after: Duration| {
            let mut inspected = Inspected::default();
            inspected.asked = asked;
            last.take(inspected, begin + after).is_whole
        };
        assert!(is_whole(0, Duration::ZERO));
        assert!(!is_whole(1, Duration::ZERO));
        assert!(!is_whole(2, BUSY / 2));
        assert!(is_whole(1, BUSY));
        assert!(is_whole(0, BUSY));
        assert!(!is_whole(1, BUSY), "it has answered in between");
    }
}
