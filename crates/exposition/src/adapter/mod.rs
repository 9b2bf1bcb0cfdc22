//! What another library counts with the `prometheus` crate, on our page.

mod families;
mod value;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use metrics_core::{CollectError, Collector, Descriptor, Samples};
use prometheus::proto::MetricFamily;

pub(crate) use families::Families;

/// Any [`prometheus::Registry`] as a collector.
///
/// Its families are learnt when they first have series, so nothing is dialled or locked before the first scrape. They keep
/// their names; what differs from the page that the `prometheus` crate would print is what that page has wrong:
///
/// * A counter whose name does not end in `_total`, and a gauge whose name does, are shown as unknown (untyped), because
///   OpenMetrics could not say it without renaming them.
/// * Labels are sorted. Where the series of a family differ in their labels, each has all of them, the missing ones
///   empty, which to Prometheus is the same.
/// * Left out, with one warning in the log that names the family: a family with a name or a label that Prometheus would
///   refuse; a series with a label that its family did not have when it was first seen; a series that is there twice; an
///   untyped family, whose values the `prometheus` crate does not hand out with all of its features.
/// * Left out silently: families without series, timestamps, and the `process_*` that every exporter reports itself.
///
/// Gathering is synchronous, and calls whatever collectors the registry has, so it happens in a thread that may block.
/// That thread cannot be cancelled: when it outlives its deadline, runs fail until it is done, and never a second one
/// is started beside it.
///
/// ```
/// use exposition::PrometheusRegistry;
/// use metrics_core::{Limits, Registry};
///
/// let theirs = prometheus::Registry::new();
/// let jobs = prometheus::IntCounter::new("acme_jobs_total", "Jobs done.")?;
/// theirs.register(Box::new(jobs.clone()))?;
///
/// let mut registry = Registry::new();
/// registry.register(PrometheusRegistry::new("acme", theirs), Limits::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PrometheusRegistry {
    name: String,
    registry: prometheus::Registry,
    gathering: Arc<Mutex<()>>,
    families: Mutex<Families>,
}

impl PrometheusRegistry {
    /// The collector `name`, which shows what `registry` holds.
    pub fn new(name: impl Into<String>, registry: prometheus::Registry) -> Self {
        Self { name: name.into(), registry, gathering: Arc::default(), families: Mutex::default() }
    }

    /// The collector `name`, which shows what one collector of the `prometheus` crate collects.
    ///
    /// # Errors
    /// A [`prometheus::Registry`] would refuse it: it describes one metric twice.
    pub fn of_collector(
        name: impl Into<String>,
        collector: impl prometheus::core::Collector + 'static,
    ) -> Result<Self, prometheus::Error> {
        let registry = prometheus::Registry::new();
        registry.register(Box::new(collector))?;
        Ok(Self::new(name, registry))
    }

    async fn gather(&self) -> Result<Vec<MetricFamily>, CollectError> {
        let registry = self.registry.clone();
        let gathering = Arc::clone(&self.gathering);
        let gather = move || match gathering.try_lock() {
            Ok(_alone) => Some(registry.gather()),
            // A panic of the run before is no reason not to try again.
            Err(TryLockError::Poisoned(_alone)) => Some(registry.gather()),
            Err(TryLockError::WouldBlock) => None,
        };
        let gathered = tokio::task::spawn_blocking(gather).await?;
        gathered.ok_or_else(|| CollectError::new("the registry is still busy with a run that was given up"))
    }
}

impl Collector for PrometheusRegistry {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> Vec<Descriptor> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner).descriptors()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let gathered = self.gather().await?;
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        for family in &gathered {
            families.push(&self.name, family, out);
        }
        Ok(())
    }
}

impl fmt::Debug for PrometheusRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrometheusRegistry").field(&self.name).finish()
    }
}
