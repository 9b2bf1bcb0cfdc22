//! Collectors that behave in one way each.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use metrics_core::{
    CollectError, Collector, Descriptor, Family, Gathered, Gauge, Kind, Limits, Registry, Samples, Scrape,
    Value,
};
use tokio::time::sleep;

/// What a [`Fake`] does when it runs.
pub enum Does {
    Succeed,
    Fail,
    Hang,
    Panic,
    Take(Duration),
    /// Takes so long if it has the time, and else gives up when most of it is gone, as a database does.
    GiveUp(Duration),
    Emit(fn(&Descriptor, &mut Samples)),
}

/// A collector of one gauge `fake_<name>{who}`, which pushes one sample first and then does as it is told.
pub struct Fake {
    name: &'static str,
    does: Does,
    pub runs: Arc<AtomicUsize>,
    pub cancelled: Arc<AtomicUsize>,
}

impl Fake {
    pub fn new(name: &'static str, does: Does) -> Self {
        Self { name, does, runs: Arc::default(), cancelled: Arc::default() }
    }

    pub fn family(&self) -> Descriptor {
        Descriptor::new(Kind::Gauge, &format!("fake_{}", self.name), "A fake.", ["who"]).unwrap()
    }
}

/// Counts when it is dropped before it was disarmed, as a future that is cancelled does.
struct Guard(Option<Arc<AtomicUsize>>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(cancelled) = &self.0 {
            cancelled.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Collector for Fake {
    fn name(&self) -> &str {
        self.name
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![self.family()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let mut guard = Guard(Some(Arc::clone(&self.cancelled)));
        let run = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        out.push(&self.family(), &["run"], Value::Number(run as f64));
        match self.does {
            Does::Succeed => {}
            Does::Fail => return Err(CollectError::new("no such table")),
            Does::Hang => pending().await,
            Does::Panic => panic!("a collector that panics"),
            Does::Take(time) => sleep(time).await,
            Does::GiveUp(time) if out.time_left() < time => {
                sleep(out.time_left().mul_f64(0.95)).await;
                return Err(CollectError::new("canceling statement due to statement timeout"));
            }
            Does::GiveUp(time) => sleep(time).await,
            Does::Emit(emit) => emit(&self.family(), out),
        }
        guard.0 = None;
        Ok(())
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(30)
    }
}

pub static UNDESCRIBED: Family<Gauge, 0> = Family::gauge("fake_undescribed", "Nobody described it.", []);

pub fn registry(fakes: impl IntoIterator<Item = Fake>) -> Registry {
    let mut registry = Registry::new();
    for fake in fakes {
        registry.register(fake, Limits::default()).unwrap();
    }
    registry
}

pub async fn gather(registry: &Registry, seconds: u64) -> Gathered {
    registry.gather(&Scrape::within(Duration::from_secs(seconds))).await
}

/// The names of the families that have samples.
pub fn families(gathered: &Gathered) -> Vec<&str> {
    gathered.families().map(|family| family.descriptor().name()).collect()
}
