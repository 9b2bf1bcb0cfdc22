//! What a run may cost.

use std::time::Duration;

/// How far a collector may go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long a run may take; `None` leaves it to the collector. A scrape's deadline limits it further.
    pub timeout: Option<Duration>,
    /// How long a successful result is served again instead of running anew. Failures are never kept.
    pub min_interval: Duration,
    /// How many series a run may emit; what is beyond is dropped and counted.
    pub max_series: usize,
}

impl Limits {
    /// The same with this longest time of a run.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same with results served again for this long.
    #[must_use]
    pub fn min_interval(mut self, min_interval: Duration) -> Self {
        self.min_interval = min_interval;
        self
    }

    /// The same with this many series at most.
    #[must_use]
    pub fn max_series(mut self, max_series: usize) -> Self {
        self.max_series = max_series;
        self
    }
}

impl Default for Limits {
    /// The collector's own timeout, a fresh run for each scrape, 50,000 series.
    fn default() -> Self {
        Self { timeout: None, min_interval: Duration::ZERO, max_series: 50_000 }
    }
}
