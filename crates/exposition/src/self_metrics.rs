//! What an exporter says of itself and of its collectors, on every page.

use std::time::{Duration, UNIX_EPOCH};

use metrics_core::{Descriptor, DescriptorError, Gathered, Kind, Run, Samples, Value};

use crate::instrumentation::Instrumentation;
use crate::process;

/// The families that carry the exporter's prefix.
#[derive(Debug)]
pub(crate) struct SelfMetrics {
    success: Descriptor,
    duration: Descriptor,
    last_success: Descriptor,
    age: Descriptor,
    dropped: Descriptor,
    build: Descriptor,
    requests: Descriptor,
    processing: Option<Descriptor>,
    version: &'static str,
}

impl SelfMetrics {
    /// The families of an exporter whose names start with `namespace`.
    ///
    /// # Errors
    /// `namespace` is not the start of a metric name.
    pub(crate) fn new(
        namespace: &str,
        version: &'static str,
        processing: Option<Descriptor>,
    ) -> Result<Self, DescriptorError> {
        let family = |kind, name: &str, help, labels: &[&str]| {
            Descriptor::new(kind, &format!("{namespace}_{name}"), help, labels.iter().copied())
        };
        let collector = ["collector"].as_slice();
        Ok(Self {
            success: family(
                Kind::Gauge,
                "scrape_collector_success",
                "Whether the collector's run succeeded; if not, none of its samples are on this page.",
                collector,
            )?,
            duration: family(
                Kind::Gauge,
                "scrape_collector_duration_seconds",
                "How long the collector's run took.",
                collector,
            )?,
            last_success: family(
                Kind::Gauge,
                "scrape_collector_last_success_timestamp_seconds",
                "When the collector last succeeded, in seconds since 1970; absent before the first time.",
                collector,
            )?,
            age: family(
                Kind::Gauge,
                "scrape_collector_age_seconds",
                "Age of the collector's samples: 0 when fresh, more when its min_interval let them be served again; absent without samples.",
                collector,
            )?,
            dropped: family(
                Kind::Counter,
                "scrape_collector_series_dropped_total",
                "Series that were dropped because the collector reached its max_series.",
                collector,
            )?,
            build: family(
                Kind::Info,
                "exporter_build_info",
                "The exporter's version and the platform it was built for.",
                &["version", "os", "arch"],
            )?,
            requests: Instrumentation::describe(namespace)?,
            processing,
            version,
        })
    }

    /// What no collector may describe.
    pub(crate) fn families(&self) -> Vec<Descriptor> {
        let mut families = vec![
            self.success.clone(),
            self.duration.clone(),
            self.last_success.clone(),
            self.age.clone(),
            self.dropped.clone(),
            self.build.clone(),
            self.requests.clone(),
        ];
        families.extend(self.processing.clone());
        families.extend(process::families());
        families
    }

    /// Pushes what is to be said of this scrape.
    pub(crate) fn push(&self, gathered: &Gathered, out: &mut Samples) {
        if let Some(processing) = &self.processing {
            out.push(processing, &[], Value::Number(milliseconds(gathered.elapsed())));
        }
        for run in gathered.runs() {
            self.push_run(run, out);
        }
        let platform = [self.version, std::env::consts::OS, std::env::consts::ARCH];
        out.push(&self.build, &platform, Value::Info);
        process::push(out);
    }

    fn push_run(&self, run: &Run, out: &mut Samples) {
        let labels = [run.collector()];
        let mut push = |family, value| out.push(family, &labels, Value::Number(value));
        push(&self.success, f64::from(run.outcome().is_success()));
        push(&self.duration, run.duration().as_secs_f64());
        if run.outcome().is_success() {
            push(&self.age, run.age().as_secs_f64());
        }
        push(&self.dropped, run.dropped_total() as f64);
        if let Some(at) = run.last_success().and_then(|at| at.duration_since(UNIX_EPOCH).ok()) {
            push(&self.last_success, at.as_secs_f64());
        }
    }
}

/// With five decimals at most, as the plugin prints it.
fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1e8).round() / 1e5
}
