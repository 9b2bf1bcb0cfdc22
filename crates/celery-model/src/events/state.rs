//! What follows from the events, without a clock or a connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::event::{Event, Heartbeat, Step, TaskEvent};
use super::known::Known;
use super::traffic::{Outcome, Traffic};
use super::workers::{Run, Workers};

/// The queue of tasks that nobody was heard sending.
pub const UNKNOWN: &str = "unknown";
/// The queue of tasks in queues beyond the first thousand.
pub const OTHER: &str = "other";

const MAX_QUEUES: usize = 1000;
/// Tasks of which it is known which queue they were sent to and not yet that they have been started.
const MAX_WAITING: usize = 100_000;
/// Tasks of which a worker has told and the client not yet.
const MAX_UNSENT: usize = 10_000;
/// How many steps of such a task are kept back.
const MAX_STEPS: usize = 8;
/// A client tells that it has sent a task after sending it, so that a worker may be faster: so much, at most.
const GRACE: Duration = Duration::from_secs(1);

/// What workers and their tasks are doing, made up from events.
///
/// Bounded, whatever the events say: 10,000 workers, 100,000 waiting and 100,000 running tasks, of which the oldest that
/// wait are forgotten, and 1,000 queues, beyond which they count for [`OTHER`].
#[derive(Debug)]
pub struct State {
    workers: Workers,
    queues: BTreeMap<Arc<str>, Traffic>,
    /// The queue of each task that was sent.
    waiting: Known<Arc<str>>,
    unsent: Known<Unsent>,
}

/// Steps of a task whose queue may be told any moment.
#[derive(Debug)]
struct Unsent {
    until: Instant,
    steps: Vec<TaskEvent>,
}

/// What workers and their tasks were doing at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Cluster {
    /// The workers that live: heard within two periods of their heartbeat (and a quarter, for one that comes late), and not said goodbye.
    /// One that was killed and started anew counts twice for as long.
    /// Workers without heartbeats (`--without-heartbeat`) and without events are not seen.
    pub workers: u64,
    /// The tasks that they run, by their last heartbeats.
    pub active: u64,
    /// The tasks that workers have taken up since they were first heard. Never falls.
    pub processed: u64,
    /// What has happened to tasks since the listening began, by queue, and among them [`UNKNOWN`] and [`OTHER`]. Never falls.
    pub queues: BTreeMap<Arc<str>, Traffic>,
    /// The tasks that living workers run, by queue, as far as they were heard starting.
    pub running: BTreeMap<Arc<str>, u64>,
    /// Whether `running` is complete: as many as each worker's last heartbeat said, and none of them [`UNKNOWN`].
    pub is_explained: bool,
}

impl Cluster {
    /// Adds the workers and queues of another broker.
    pub fn add(&mut self, other: &Self) {
        self.workers += other.workers;
        self.active += other.active;
        self.processed += other.processed;
        for (queue, traffic) in &other.queues {
            self.queues.entry(Arc::clone(queue)).or_default().add(traffic);
        }
        for (queue, tasks) in &other.running {
            *self.running.entry(Arc::clone(queue)).or_default() += tasks;
        }
        self.is_explained &= other.is_explained;
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            workers: Workers::default(),
            queues: BTreeMap::new(),
            waiting: Known::new(MAX_WAITING),
            unsent: Known::new(MAX_UNSENT),
        }
    }
}

impl State {
    /// Takes one event into account. `received_at` never runs backwards.
    pub fn apply(&mut self, event: Event, received_at: Instant) {
        self.give_up_waiting(received_at);
        match event {
            Event::Heartbeat(heartbeat) => self.heartbeat(heartbeat, received_at),
            Event::Offline(worker) => self.workers.offline(&worker),
            Event::Task(task) => self.task(task, received_at),
        }
    }

    /// Nothing could be heard between these two moments: workers that were alive at the first are still held to be alive at
    /// the second, and have their time again from there.
    pub fn resume(&mut self, lost_at: Instant, at: Instant) {
        self.workers.resume(lost_at, at);
    }

    /// How things are. `now` is not before the last event.
    pub fn snapshot(&mut self, now: Instant) -> Cluster {
        self.give_up_waiting(now);
        let alive = self.workers.alive(now);
        Cluster {
            workers: alive.workers,
            active: alive.active,
            processed: self.workers.processed(),
            queues: self.queues.clone(),
            is_explained: alive.is_explained && !alive.running.contains_key(UNKNOWN),
            running: alive.running,
        }
    }

    /// The longest that a living worker waits between two heartbeats.
    pub(crate) fn period(&self, now: Instant) -> Option<Duration> {
        self.workers.period(now)
    }

    fn heartbeat(&mut self, heartbeat: Heartbeat, at: Instant) {
        // What these ended with may still be told.
        for (id, run) in self.workers.heartbeat(heartbeat, at) {
            self.waiting.insert(id, run.queue);
        }
    }

    fn task(&mut self, task: TaskEvent, at: Instant) {
        if let Step::Sent { queue } = &task.step {
            return self.sent(&task.id, queue.as_deref(), at);
        }
        self.workers.heard(&task.origin, at);
        match self.queue_of(&task) {
            Some(queue) => self.step(&queue, task, at),
            None => self.keep_back(task, at),
        }
    }

    fn sent(&mut self, id: &str, queue: Option<&str>, at: Instant) {
        let queue = self.queue(queue.unwrap_or(UNKNOWN));
        self.count(&queue, Outcome::Sent);
        self.waiting.insert(id.into(), Arc::clone(&queue));
        for step in self.unsent.remove(id).into_iter().flat_map(|unsent| unsent.steps) {
            self.step(&queue, step, at);
        }
    }

    /// What a worker said of a task of this queue.
    fn step(&mut self, queue: &Arc<str>, task: TaskEvent, at: Instant) {
        let outcome = Outcome::of(&task.step);
        self.count(queue, outcome);
        let id = Arc::from(task.id);
        if task.step == Step::Started {
            self.waiting.remove(&id);
            let run = Run { queue: Arc::clone(queue), started: task.timestamp };
            return self.workers.started(&task.origin, id, run, at);
        }
        // A task that is retried is sent and received again before its first run has ended.
        if task.step != Step::Received {
            let run = self.workers.ended(&task.origin, &id);
            let reported = if let Step::Succeeded { runtime } = task.step { runtime } else { None };
            let heard = run.map(|run| task.timestamp - run.started);
            if let (Some(seconds), Some(traffic)) = (reported.or(heard), self.queues.get_mut(queue)) {
                traffic.ran(outcome, seconds);
            }
        }
        match task.step {
            Step::Received | Step::Retried | Step::Rejected { requeue: true } => {
                self.waiting.insert(id, Arc::clone(queue));
            }
            _ => drop(self.waiting.remove(&id)),
        }
    }

    fn queue_of(&self, task: &TaskEvent) -> Option<Arc<str>> {
        let running = || self.workers.run(&task.origin, &task.id).map(|run| &run.queue);
        self.waiting.get(&task.id).or_else(running).cloned()
    }

    fn keep_back(&mut self, task: TaskEvent, at: Instant) {
        match self.unsent.get_mut(&task.id) {
            Some(unsent) if unsent.steps.len() < MAX_STEPS => unsent.steps.push(task),
            Some(_) => {
                let full = self.unsent.remove(&task.id);
                self.settle(full, at);
                self.task(task, at);
            }
            None => {
                let id = Arc::from(task.id.as_str());
                let oldest = self.unsent.insert(id, Unsent { until: at + GRACE, steps: vec![task] });
                self.settle(oldest, at);
            }
        }
    }

    fn give_up_waiting(&mut self, now: Instant) {
        while self.unsent.oldest().is_some_and(|unsent| unsent.until <= now) {
            let oldest = self.unsent.pop_oldest();
            self.settle(oldest, now);
        }
    }

    fn settle(&mut self, unsent: Option<Unsent>, at: Instant) {
        for step in unsent.into_iter().flat_map(|unsent| unsent.steps) {
            let queue = self.queue_of(&step).unwrap_or_else(|| self.queue(UNKNOWN));
            self.step(&queue, step, at);
        }
    }

    fn count(&mut self, queue: &Arc<str>, outcome: Outcome) {
        if let Some(traffic) = self.queues.get_mut(queue) {
            traffic.count(outcome);
        }
    }

    /// The queue's name as it is counted.
    fn queue(&mut self, name: &str) -> Arc<str> {
        let is_room = self.queues.len() < MAX_QUEUES || [UNKNOWN, OTHER].contains(&name);
        let name = match self.queues.get_key_value(name) {
            Some((name, _)) => return Arc::clone(name),
            None if is_room => name,
            None => OTHER,
        };
        let name = Arc::from(name);
        self.queues.entry(Arc::clone(&name)).or_default();
        name
    }
}

#[cfg(test)]
mod tests;
