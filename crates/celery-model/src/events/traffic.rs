use std::collections::BTreeMap;

use super::event::Step;
use super::run_times::RunTimes;

/// What happened to tasks, as Celery's events tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A client has sent it.
    Sent,
    /// A worker holds it.
    Received,
    /// A worker runs it.
    Started,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// It ended badly and is tried again.
    Retried,
    /// It is not wanted any more.
    Revoked,
    /// A worker did not take it.
    Rejected,
}

impl Outcome {
    /// All of them, in the order of a task's life.
    pub const ALL: [Self; 8] = [
        Self::Sent,
        Self::Received,
        Self::Started,
        Self::Succeeded,
        Self::Failed,
        Self::Retried,
        Self::Revoked,
        Self::Rejected,
    ];

    /// In lower case, as the event has it: `sent`, `received`, and so on.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Retried => "retried",
            Self::Revoked => "revoked",
            Self::Rejected => "rejected",
        }
    }

    pub(crate) fn of(step: &Step) -> Self {
        match step {
            Step::Sent { .. } => Self::Sent,
            Step::Received => Self::Received,
            Step::Started => Self::Started,
            Step::Succeeded { .. } => Self::Succeeded,
            Step::Failed => Self::Failed,
            Step::Retried => Self::Retried,
            Step::Revoked => Self::Revoked,
            Step::Rejected { .. } => Self::Rejected,
        }
    }
}

/// What has happened to the tasks of one queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    counts: BTreeMap<Outcome, u64>,
    run_times: BTreeMap<Outcome, RunTimes>,
}

impl Traffic {
    /// How often. Never falls.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.counts.get(&outcome).copied().unwrap_or_default()
    }

    /// How long those tasks ran that ended in each way, as far as they were heard starting. A worker tells it of those that
    /// succeeded; for others it is the time between two events of theirs.
    pub fn run_times(&self) -> impl Iterator<Item = (Outcome, &RunTimes)> {
        self.run_times.iter().map(|(&outcome, run_times)| (outcome, run_times))
    }

    /// Adds what has happened in a queue of this name at another broker.
    pub(crate) fn add(&mut self, other: &Self) {
        other.counts.iter().for_each(|(&outcome, count)| *self.counts.entry(outcome).or_default() += count);
        other
            .run_times
            .iter()
            .for_each(|(&outcome, runs)| self.run_times.entry(outcome).or_default().add(runs));
    }

    pub(crate) fn count(&mut self, outcome: Outcome) {
        *self.counts.entry(outcome).or_default() += 1;
    }

    pub(crate) fn ran(&mut self, outcome: Outcome, seconds: f64) {
        self.run_times.entry(outcome).or_default().observe(seconds);
    }
}
