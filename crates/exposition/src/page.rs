//! The page: what the collectors gathered and what the exporter says of itself, encoded.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hyper::StatusCode;
use metrics_core::{Descriptor, Gathered, Kind, Outcome, Registry, Samples, Scrape, Value};

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
        log_failures(&gathered);
        let mut own = Samples::default();
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

/// One line for each reason: a backend that is away fails many collectors at once, and many scrapes share a run.
fn log_failures(gathered: &Gathered) {
    let mut failed: BTreeMap<Cow<'_, str>, Vec<&str>> = BTreeMap::new();
    for run in gathered.runs().filter(|run| run.is_first_report()) {
        if let Some(reason) = reason(run.outcome()) {
            failed.entry(reason).or_default().push(run.collector());
        }
    }
    for (reason, collectors) in failed {
        tracing::warn!(collectors = collectors.join(","), error = %reason, "collectors failed");
    }
}

fn reason(outcome: &Outcome) -> Option<Cow<'_, str>> {
    match outcome {
        Outcome::Success => None,
        Outcome::Failed(error) => Some(error.into()),
        Outcome::Refused(violation) => Some(format!("the collector is faulty: {violation}").into()),
        Outcome::TimedOut => Some("ran out of time".into()),
        Outcome::Panicked => Some("the collector is faulty: it panicked".into()),
        other => Some(format!("{other:?}").into()),
    }
}
