use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::event::{Heartbeat, Process};

/// More workers than this are not looked at.
const MAX_WORKERS: usize = 10_000;
/// More running tasks than this are not told apart.
const MAX_RUNNING: usize = 100_000;
/// How long a worker that is gone is remembered: it may only have been out of reach, and its tasks may still end.
const REMEMBERED: Duration = Duration::from_secs(600);
/// How often room is made for newcomers.
const CLEAN_UP: Duration = Duration::from_secs(1);

/// The workers that have been heard.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    by_process: HashMap<Process, Worker>,
    /// How many tasks all of them run.
    running: usize,
    /// How many tasks any of them has taken up since it was first heard.
    processed: u64,
    cleaned_at: Option<Instant>,
}

/// One task at work.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) queue: Arc<str>,
    /// In seconds, by the worker's clock.
    pub(crate) started: f64,
}

/// The workers that live.
#[derive(Debug, Default)]
pub(crate) struct Alive {
    pub(crate) workers: u64,
    pub(crate) active: u64,
    pub(crate) running: BTreeMap<Arc<str>, u64>,
    /// Whether `running` are all that are active.
    pub(crate) is_explained: bool,
}

impl Workers {
    /// Returns the tasks that have ended, as it turns out.
    pub(crate) fn heartbeat(&mut self, heartbeat: Heartbeat, at: Instant) -> Vec<(Arc<str>, Run)> {
        let Some(worker) = self.admitted(&heartbeat.worker, at) else { return Vec::new() };
        let (ended, processed) = worker.beat(&heartbeat, at);
        self.running -= ended.len();
        self.processed = self.processed.saturating_add(processed);
        ended
    }

    pub(crate) fn offline(&mut self, process: &Process) {
        if let Some(worker) = self.by_process.get_mut(process) {
            worker.is_beating = false;
        }
    }

    /// Whatever a worker says shows that it lives; Celery sees it that way, too.
    pub(crate) fn heard(&mut self, process: &Process, at: Instant) {
        if let Some(worker) = self.by_process.get_mut(process) {
            worker.heard_at = at;
        }
    }

    pub(crate) fn started(&mut self, process: &Process, id: Arc<str>, run: Run, at: Instant) {
        if self.running < MAX_RUNNING
            && let Some(worker) = self.admitted(process, at)
            && worker.running.insert(id, run).is_none()
        {
            self.running += 1;
        }
    }

    pub(crate) fn ended(&mut self, process: &Process, id: &str) -> Option<Run> {
        let run = self.by_process.get_mut(process)?.running.remove(id)?;
        self.running -= 1;
        Some(run)
    }

    pub(crate) fn run(&self, process: &Process, id: &str) -> Option<&Run> {
        self.by_process.get(process)?.running.get(id)
    }

    /// Nobody could be heard between these two moments, so nobody is missed for it.
    pub(crate) fn resume(&mut self, lost_at: Instant, at: Instant) {
        for worker in self.by_process.values_mut().filter(|worker| worker.lives(lost_at)) {
            worker.heard_at = at;
        }
    }

    pub(crate) fn alive(&mut self, now: Instant) -> Alive {
        self.clean_up(now);
        let mut alive = Alive { is_explained: true, ..Alive::default() };
        for worker in self.by_process.values().filter(|worker| worker.lives(now)) {
            alive.workers += 1;
            alive.active = alive.active.saturating_add(worker.active);
            alive.is_explained &= worker.is_explained;
            for run in worker.running.values() {
                *alive.running.entry(Arc::clone(&run.queue)).or_default() += 1;
            }
        }
        alive
    }

    pub(crate) fn processed(&self) -> u64 {
        self.processed
    }

    /// The longest that a living worker waits between two heartbeats.
    pub(crate) fn period(&self, now: Instant) -> Option<Duration> {
        self.by_process.values().filter(|worker| worker.lives(now)).map(|worker| worker.period).max()
    }

    #[cfg(test)]
    pub(crate) fn remembered(&self) -> (usize, usize) {
        (self.by_process.len(), self.running)
    }

    /// This worker, a new one if there is room.
    fn admitted(&mut self, process: &Process, at: Instant) -> Option<&mut Worker> {
        if !self.by_process.contains_key(process) {
            if self.by_process.len() >= MAX_WORKERS {
                self.clean_up(at);
            }
            if self.by_process.len() >= MAX_WORKERS {
                return None;
            }
            self.by_process.insert(process.clone(), Worker::unheard(at));
        }
        self.by_process.get_mut(process)
    }

    fn clean_up(&mut self, now: Instant) {
        if self.cleaned_at.is_some_and(|last| now.duration_since(last) < CLEAN_UP) {
            return;
        }
        self.cleaned_at = Some(now);
        let Self { by_process, running, .. } = self;
        by_process.retain(|_, worker| {
            let is_kept = worker.lives(now) || now.duration_since(worker.heard_at) < REMEMBERED;
            if !is_kept {
                *running -= worker.running.len();
            }
            is_kept
        });
    }
}

#[derive(Debug)]
struct Worker {
    period: Duration,
    heard_at: Instant,
    /// Whether its last word was a heartbeat, or what follows one, and not a goodbye.
    is_beating: bool,
    active: u64,
    /// At the last heartbeat.
    processed: Option<u64>,
    /// What it has started and not ended, as far as that was heard.
    running: HashMap<Arc<str>, Run>,
    /// How many more these were than the last heartbeat said.
    surplus: usize,
    /// Whether they were as many as it said.
    is_explained: bool,
}

impl Worker {
    fn unheard(heard_at: Instant) -> Self {
        Self {
            period: Duration::ZERO,
            heard_at,
            is_beating: false,
            active: 0,
            processed: None,
            running: HashMap::new(),
            surplus: 0,
            is_explained: false,
        }
    }

    /// The running tasks that have ended, as it turns out, and how many tasks were taken up since the heartbeat before.
    fn beat(&mut self, heartbeat: &Heartbeat, at: Instant) -> (Vec<(Arc<str>, Run)>, u64) {
        let before = self.processed.replace(heartbeat.processed).unwrap_or(heartbeat.processed);
        let ended = self.ended(usize::try_from(heartbeat.active).unwrap_or(usize::MAX));
        self.period = heartbeat.period;
        self.heard_at = at;
        self.is_beating = true;
        self.active = heartbeat.active;
        self.is_explained = u64::try_from(self.running.len()) == Ok(heartbeat.active);
        (ended, heartbeat.processed.saturating_sub(before))
    }

    /// A task that was rejected while it ran ends without an event, and so, for us, does one that ends while the connection is lost. An idle
    /// worker runs none of them any more. Of a busy one the oldest have ended, as many as two heartbeats in a row agree on: what ended a
    /// moment before the first one may be told a moment after it.
    fn ended(&mut self, active: usize) -> Vec<(Arc<str>, Run)> {
        let surplus = self.running.len().saturating_sub(active);
        let agreed = if active == 0 { surplus } else { surplus.min(self.surplus) };
        self.surplus = surplus - agreed;
        if agreed == 0 {
            return Vec::new();
        }
        let mut by_age: Vec<_> = self.running.iter().map(|(id, run)| (run.started, Arc::clone(id))).collect();
        by_age.sort_unstable_by(|(one, _), (other, _)| one.total_cmp(other));
        by_age.into_iter().take(agreed).filter_map(|(_, id)| self.running.remove_entry(&id)).collect()
    }

    /// Celery gives a worker two periods (`HEARTBEAT_EXPIRE_WINDOW` in `celery/events/state.py`). If one heartbeat gets lost, the
    /// next one comes just then or a little later, so here it is a quarter of a period more.
    fn lives(&self, now: Instant) -> bool {
        let patience = self.period * 2 + self.period / 4;
        self.is_beating && now.duration_since(self.heard_at) < patience
    }
}
