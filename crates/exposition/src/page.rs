//! The page: what the collectors gathered and what the exporter says of itself, encoded.

use std::time::Duration;

use hyper::StatusCode;
use metrics_core::{Descriptor, Gathered, Kind, Outcome, Registry, Run, Samples, Scrape, Value};

use crate::UP;
use crate::encode::{Format, encode};
use crate::instrumentation::Instrumentation;
use crate::self_metrics::SelfMetrics;

/// The collectors of an exporter with what it says of itself.
#[derive(Debug)]
pub(crate) struct Page {
    registry: Registry,
    self_metrics: SelfMetrics,
    instrumentation: Instrumentation,
    up: Vec<Descriptor>,
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
    pub(crate) fn new(
        registry: Registry,
        self_metrics: SelfMetrics,
        instrumentation: Instrumentation,
    ) -> Self {
        let described = registry.describe().filter(|(collector, _)| *collector == UP);
        let up = described.flat_map(|(_, families)| families).filter(is_switch).collect();
        Self { registry, self_metrics, instrumentation, up }
    }

    /// The collectors.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Counts an answer that was given, for the page itself.
    pub(crate) fn count_request(&self, status: StatusCode) {
        self.instrumentation.count_request(status.as_u16());
    }

    /// Scrapes the collectors and encodes what they gathered. Says in the log which of them failed.
    pub(crate) async fn render(&self, scrape: &Scrape, format: Format) -> Rendered {
        let gathered = self.registry.gather(scrape).await;
        gathered.runs().for_each(log_failure);
        let mut own = Samples::new(Duration::ZERO, usize::MAX);
        self.push_down(&gathered, &mut own);
        self.self_metrics.push(&gathered, &mut own);
        self.instrumentation.push(&mut own);
        let body = encode(format, gathered.families().chain(own.families()));
        Rendered { body, complete: is_complete(&gathered) }
    }

    /// A backend whose collector `up` could not even say so is down.
    fn push_down(&self, gathered: &Gathered, out: &mut Samples) {
        if gathered.runs().any(|run| run.collector() == UP && !run.outcome().is_success()) {
            self.up.iter().for_each(|family| out.push(family, &[], Value::Number(0.0)));
        }
    }
}

fn is_switch(family: &Descriptor) -> bool {
    family.kind() == Kind::Gauge && family.labels().len() == 0
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
        Outcome::TimedOut => {
            tracing::warn!(collector, seconds, "collector ran out of time and was cancelled")
        }
        Outcome::Panicked => tracing::error!(collector, "collector panicked"),
        other => tracing::warn!(collector, outcome = ?other, "collector failed"),
    }
}
