//! What the exporter counts while it runs, kept in the `prometheus` crate.

use std::sync::{Mutex, PoisonError};

use metrics_core::{Descriptor, DescriptorError, Kind, Samples};
use prometheus::{IntCounterVec, Opts, Registry};

use crate::adapter::Families;

const HELP: &str = "Answers given, by HTTP status code.";

/// Counters about the server.
#[derive(Debug)]
pub(crate) struct Instrumentation {
    registry: Registry,
    requests: IntCounterVec,
    families: Mutex<Families>,
}

impl Instrumentation {
    /// Counters whose names start with `namespace`.
    ///
    /// # Errors
    /// `namespace` is not the start of a metric name.
    pub(crate) fn new(namespace: &str) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(Opts::new(requests_name(namespace), HELP), &["code"])?;
        registry.register(Box::new(requests.clone()))?;
        Ok(Self { registry, requests, families: Mutex::default() })
    }

    /// What it may push.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn describe(namespace: &str) -> Result<Descriptor, DescriptorError> {
        Descriptor::new(Kind::Counter, &requests_name(namespace), HELP, ["code"])
    }

    /// Counts an answer.
    pub(crate) fn count_request(&self, status: u16) {
        self.requests.with_label_values(&[status.to_string()]).inc();
    }

    /// Pushes what was counted so far.
    pub(crate) fn push(&self, out: &mut Samples) {
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        for family in self.registry.gather() {
            families.push("exporter", &family, out);
        }
    }
}

fn requests_name(namespace: &str) -> String {
    format!("{namespace}_exporter_http_requests_total")
}
