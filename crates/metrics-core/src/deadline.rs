//! Moments to come.

use std::time::Duration;

use tokio::time::Instant;

/// What no run lasts: longer times, which settings may ask for, are as good as this one and do not overflow.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The moment this long after `start`, at most a day.
pub(crate) fn after(start: Instant, time: Duration) -> Instant {
    start + time.min(A_DAY)
}
