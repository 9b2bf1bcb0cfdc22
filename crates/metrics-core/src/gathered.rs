//! What a scrape brought home.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::family_samples::FamilySamples;
use crate::samples::Samples;

/// The runs of one scrape, in the order in which their collectors were registered.
#[derive(Debug)]
pub struct Gathered {
    pub(crate) runs: Vec<Run>,
    pub(crate) elapsed: Duration,
}

impl Gathered {
    /// One entry for each collector that was selected, whatever became of it.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = &Run> {
        self.runs.iter()
    }

    /// The families of the runs that succeeded.
    pub fn families(&self) -> impl Iterator<Item = &FamilySamples> {
        self.runs.iter().flat_map(Run::families)
    }

    /// From the first run's start to the last one's end.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// What became of one collector in one scrape.
#[derive(Debug)]
pub struct Run {
    pub(crate) collector: Arc<str>,
    pub(crate) outcome: Outcome,
    pub(crate) duration: Duration,
    pub(crate) age: Duration,
    pub(crate) first_report: bool,
    pub(crate) last_success: Option<SystemTime>,
    pub(crate) dropped_total: u64,
    pub(crate) samples: Option<Arc<Samples>>,
}

impl Run {
    /// The collector's name.
    pub fn collector(&self) -> &str {
        &self.collector
    }

    /// How it ended.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// How long it took; when an earlier result was served again, how long that one had taken.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// How old the result is: zero, unless the collector's `min_interval` let an earlier one be served again.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// Whether no other scrape that shared the run has reported this outcome: what is to be logged once is logged then.
    pub fn is_first_report(&self) -> bool {
        self.first_report
    }

    /// When this collector last succeeded, this time included.
    pub fn last_success(&self) -> Option<SystemTime> {
        self.last_success
    }

    /// How many series were dropped in all runs so far because the collector was over its limit.
    pub fn dropped_total(&self) -> u64 {
        self.dropped_total
    }

    /// The families that it emitted; none unless it succeeded.
    pub fn families(&self) -> impl Iterator<Item = &FamilySamples> {
        self.samples.iter().flat_map(|samples| samples.families())
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// All its samples are there.
    Success,
    /// It returned an error.
    Failed(String),
    /// It emitted what it may not: a family it did not describe, or a series twice.
    Refused(String),
    /// It did not end before its deadline.
    TimedOut,
    /// It panicked.
    Panicked,
}

impl Outcome {
    /// Whether its samples are there.
    pub fn is_success(&self) -> bool {
        *self == Self::Success
    }
}
