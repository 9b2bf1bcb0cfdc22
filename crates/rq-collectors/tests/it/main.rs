//! `rq-collectors` on real Redis servers, run by the registry as an exporter runs them.
#![cfg(test)]

mod celery_waiting;
mod operations;
mod outages;
mod plugin;
mod rq_exporter;
mod several;

use std::collections::BTreeMap;
use std::time::Duration;

use metrics_core::{Collector, Limits, Registry, Scrape, Value};
use rq_collectors::{AppMetrics, Brokers, CelerySettings, Settings, Up};
use serde_json::json;

/// Values by family and labels, which are sorted.
type Samples = BTreeMap<String, BTreeMap<Vec<(String, String)>, f64>>;

/// An exporter of this Redis with `queues` in its settings.
struct Exporter(Registry);

impl Exporter {
    fn new(redis: &testbed::Redis, queues: &[&str]) -> Self {
        let settings: Settings = serde_json::from_value(json!({"queues": queues})).unwrap();
        Self::limited(redis, &settings, Limits::default())
    }

    fn limited(redis: &testbed::Redis, settings: &Settings, limits: Limits) -> Self {
        Self::wired(redis, settings, limits, |_, wanted| wanted)
    }

    /// Only the collector of this name, besides `up`.
    fn only(redis: &testbed::Redis, collector: &str) -> Self {
        Self::wired(redis, &Settings::default(), Limits::default(), |name, _| name == collector)
    }

    fn wired(
        redis: &testbed::Redis,
        settings: &Settings,
        limits: Limits,
        is_on: impl Fn(&str, bool) -> bool,
    ) -> Self {
        let patient = json!({"url": redis.url(), "connect_timeout": "1m", "response_timeout": "1m"});
        let redis = serde_json::from_value(patient).unwrap();
        let brokers = Brokers::open(&redis, settings, &CelerySettings::default()).unwrap();
        let mut registry = Registry::new();
        registry.register(Up::new(brokers.clone()), limits.clone()).unwrap();
        let offered = rq_collectors::all(&brokers, None, settings, &AppMetrics::default());
        for (collector, _) in
            offered.into_iter().filter(|(collector, wanted)| is_on(collector.name(), *wanted))
        {
            registry.register(collector, limits.clone()).unwrap();
        }
        Self(registry)
    }

    /// One scrape, and which collectors succeeded.
    async fn scrape(&self, limit: Duration) -> (Samples, BTreeMap<String, bool>) {
        let gathered = self.0.gather(&Scrape::within(limit)).await;
        let mut samples = Samples::new();
        for family in gathered.families() {
            let names: Vec<_> = family.descriptor().labels().map(str::to_owned).collect();
            for sample in family.samples() {
                let mut labels: Vec<_> =
                    names.iter().cloned().zip(sample.labels().map(str::to_owned)).collect();
                labels.sort();
                let Value::Number(value) = sample.value() else { panic!("{sample:?}") };
                let of_family = samples.entry(family.descriptor().name().to_owned()).or_default();
                assert_eq!(of_family.insert(labels, *value), None, "{sample:?}");
            }
        }
        let outcomes = gathered.runs().map(|run| (run.collector().to_owned(), run.outcome().is_success()));
        (samples, outcomes.collect())
    }

    async fn page(&self) -> Samples {
        let (samples, outcomes) = self.scrape(Duration::from_secs(60)).await;
        assert!(outcomes.values().all(|success| *success), "{outcomes:?}");
        samples
    }
}

fn populated() -> testbed::Redis {
    let redis = testbed::Redis::start().unwrap();
    redis.load_rq();
    redis
}

/// An empty server after these commands, whose arguments are separated by spaces.
fn after(commands: &[&str]) -> testbed::Redis {
    let redis = testbed::Redis::start().unwrap();
    for command in commands {
        redis.cli(&command.split(' ').collect::<Vec<_>>());
    }
    redis
}

/// The values of a family with its labels as `a=b,c=d`.
fn of(page: &Samples, family: &str) -> BTreeMap<String, f64> {
    let labels = |labels: &[(String, String)]| {
        labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
    };
    page.get(family).into_iter().flatten().map(|(names, value)| (labels(names), *value)).collect()
}

/// The same, written down.
fn values<const N: usize>(values: [(&str, f64); N]) -> BTreeMap<String, f64> {
    values.into_iter().map(|(labels, value)| (labels.to_owned(), value)).collect()
}
