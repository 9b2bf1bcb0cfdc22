//! The database server's clock: what is compared with times of its tables.

use nautobot_db::{Error, TextRow};
use tokio::time::Instant;

/// What time it was on the server when it was asked, so that it can be told later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    seconds: f64,
    asked: Instant,
}

impl Clock {
    /// By the column `now` of rows that have just been read: seconds since 1970.
    pub(crate) fn of_rows(rows: &[TextRow]) -> Result<Self, Error> {
        let now = rows.first().map(|row| row.number("now")).transpose()?;
        Ok(Self { seconds: now.flatten().unwrap_or_default(), asked: Instant::now() })
    }

    /// How long ago a time was, in seconds; 0 for one that is yet to come.
    pub(crate) fn since(&self, time: f64) -> f64 {
        let now = self.seconds + self.asked.elapsed().as_secs_f64();
        (now - time).max(0.0)
    }
}
