//! What the connections have learnt about their server.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Health {
    opened: Instant,
    /// Microseconds from `opened` to the latest answer, plus one; zero before the first.
    answered: AtomicU64,
    /// Transactions that the server has begun and that are not over.
    transactions: AtomicUsize,
    epoch: AtomicU64,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            opened: Instant::now(),
            answered: AtomicU64::new(0),
            transactions: AtomicUsize::new(0),
            epoch: AtomicU64::new(0),
        }
    }

    /// The server has just answered.
    pub(crate) fn answered(&self) {
        self.answered.fetch_max(self.microseconds(Instant::now()) + 1, Ordering::Relaxed);
    }

    pub(crate) fn answered_since(&self, instant: Instant) -> bool {
        self.answered.load(Ordering::Relaxed) > self.microseconds(instant)
    }

    pub(crate) fn transaction_begins(&self) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn transaction_ends(&self) {
        self.transactions.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether the server is at work for us: it has answered since `instant`, and a transaction is open.
    pub(crate) fn is_at_work(&self, instant: Option<Instant>) -> bool {
        let has_answered = instant.is_none_or(|instant| self.answered_since(instant));
        has_answered && self.transactions.load(Ordering::Relaxed) > 0
    }

    /// Something happened after which the schema may be another one.
    pub(crate) fn unsettle(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// Changes whenever knowledge about the schema is to be renewed.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    fn microseconds(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.opened);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_counts_for_every_instant_before_it() {
        let health = Health::new();
        let start = Instant::now();
        assert!(!health.answered_since(start));
        tokio::time::advance(Duration::from_secs(1)).await;
        health.answered();
        let now = Instant::now();
        assert!(health.answered_since(start) && health.answered_since(now));
        assert!(!health.answered_since(now + Duration::from_millis(1)));
    }
}
