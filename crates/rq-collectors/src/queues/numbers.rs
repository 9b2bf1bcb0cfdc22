//! What RQ and Celery say of the same queues, added up.

use std::collections::BTreeMap;

/// In the plugin's order, and then what the plugin does not show.
pub(super) const STATUSES: [&str; 8] =
    ["finished", "started", "deferred", "failed", "scheduled", "queued", "canceled", "reserved"];

/// The numbers of all queues, by name.
#[derive(Debug, Default)]
pub(super) struct Numbers(BTreeMap<String, Queue>);

#[derive(Debug, Default)]
struct Queue {
    workers: Number,
    jobs: [Number; STATUSES.len()],
}

/// A number to which several may add.
#[derive(Clone, Copy, Debug, Default)]
enum Number {
    /// Nobody has such a number.
    #[default]
    None,
    Known(u64),
    /// Somebody has, and cannot tell it: part of a number is no number.
    Unknown,
}

impl Numbers {
    pub(super) fn add_rq(&mut self, queue: rq_model::Queue) {
        let sum = self.0.entry(queue.name).or_default();
        sum.workers.add(queue.workers);
        let jobs = [
            queue.finished,
            queue.started,
            queue.deferred,
            queue.failed,
            queue.scheduled,
            queue.queued,
            queue.canceled,
        ];
        sum.jobs.iter_mut().zip(jobs).for_each(|(sum, jobs)| sum.add(jobs));
    }

    pub(super) fn add_celery(&mut self, queue: &celery_model::Queue) {
        let sum = self.queue(&queue.name);
        let [_, _, _, _, scheduled, queued, _, reserved] = &mut sum.jobs;
        scheduled.add(queue.scheduled);
        queued.add(queue.waiting);
        reserved.add(queue.reserved);
    }

    /// Running tasks of Celery's.
    pub(super) fn add_started(&mut self, queue: &str, tasks: u64) {
        let [_, started, ..] = &mut self.queue(queue).jobs;
        started.add(Some(tasks));
    }

    /// Workers of Celery's.
    pub(super) fn add_workers(&mut self, queue: &str, workers: Option<u64>) {
        self.queue(queue).workers.add(workers);
    }

    pub(super) fn workers(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().filter_map(|(name, queue)| Some((name.as_str(), queue.workers.known()?)))
    }

    /// By [`STATUSES`].
    pub(super) fn jobs(&self) -> impl Iterator<Item = (&str, [Option<u64>; STATUSES.len()])> {
        self.0.iter().map(|(name, queue)| (name.as_str(), queue.jobs.map(Number::known)))
    }

    fn queue(&mut self, name: &str) -> &mut Queue {
        self.0.entry(name.to_owned()).or_default()
    }
}

impl Number {
    fn add(&mut self, number: Option<u64>) {
        *self = match (*self, number) {
            (Self::None, Some(number)) => Self::Known(number),
            (Self::Known(sum), Some(number)) => Self::Known(sum.saturating_add(number)),
            (Self::Unknown, _) | (_, None) => Self::Unknown,
        };
    }

    fn known(self) -> Option<u64> {
        if let Self::Known(number) = self { Some(number) } else { None }
    }
}
