//! The page: what the collectors gathered and what the exporter says of itself, encoded.

use std::time::Duration;

use hyper::StatusCode;
use metrics_core::{Gathered, Outcome, Registry, Run, Samples, Scrape};

use crate::encode::{Format, encode};
use crate::self_metrics::SelfMetrics;

/// The collectors of an exporter with what it says of itself.
#[derive(Debug)]
pub(crate) struct Page {
    registry: Registry,
    self_metrics: SelfMetrics,
}

/// A page that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) body: String,
    /// Whether every collector succeeded.
    pub(crate) complete: bool,
}

impl Page {
    /// A page of these collectors.
    pub(crate) fn new(registry: Registry, self_metrics: SelfMetrics) -> Self {
        Self { registry, self_metrics }
    }

    /// The collectors.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Counts an answer that was given, for the page itself.
    pub(crate) fn count_request(&self, status: StatusCode) {
        self.self_metrics.count_request(status.as_u16());
    }

    /// Scrapes the collectors and encodes what they gathered. Says in the log which of them failed.
    pub(crate) async fn render(&self, scrape: &Scrape, format: Format) -> Rendered {
        let gathered = self.registry.gather(scrape).await;
        gathered.runs().for_each(log_failure);
        let mut own = Samples::new(Duration::ZERO, usize::MAX);
        self.self_metrics.push(&gathered, &mut own);
        let body = encode(format, gathered.families().chain(own.families()));
        Rendered { body, complete: is_complete(&gathered) }
    }
}

fn is_complete(gathered: &Gathered) -> bool {
    gathered.runs().all(|run| run.outcome().is_success())
}

fn log_failure(run: &Run) {
    let collector = run.collector();
    let seconds = run.duration().as_secs_f64();
    match run.outcome() {
        Outcome::Success => {}
        Outcome::Failed(error) => tracing::warn!(collector, seconds, error, "collector failed"),
        Outcome::Refused(error) => tracing::error!(collector, error, "collector broke its contract"),
        Outcome::TimedOut => tracing::warn!(collector, seconds, "collector ran out of time and was cancelled"),
        Outcome::Panicked => tracing::error!(collector, "collector panicked"),
        other => tracing::warn!(collector, outcome = ?other, "collector failed"),
    }
}
