//! Running collectors, and their samples in the form in which testbed reads a page.

use std::time::Duration;

use metrics_core::{BoxCollector, Collector, Gathered, Limits, Registry, Scrape, Value};
use nautobot_collectors::{
    CollectorSettings, GitRepositories, Jobs, Models, ModelsSettings, NautobotSettings, Settings, Up, all,
};
use nautobot_db::Nautobot;
use testbed::{Database, Samples};

use super::access::Access;

/// A handle for collectors with these settings.
pub(crate) fn open(database: &Database, settings: &Settings) -> Nautobot {
    Access::to(database, settings).open()
}

/// Settings with the JSON of their key `models`.
pub(crate) fn with_models(models: &str) -> Settings {
    let mut settings = Settings::default();
    settings.models = serde_json::from_str(models).unwrap();
    settings
}

/// The collectors of what the plugin shows, whatever the settings switch off, but not those that ask a web server.
pub(crate) fn collectors(nautobot: &Nautobot, settings: &Settings) -> Vec<BoxCollector> {
    let web = NautobotSettings::default();
    let offered = all(nautobot, settings, &web, &CollectorSettings::default()).unwrap();
    let switched = offered
        .into_iter()
        .map(|(collector, _)| collector)
        .filter(|one| ["gitrepositories", "jobs", "models", "info"].contains(&one.name()));
    switched.chain([BoxCollector::new(Up::new(nautobot.clone()))]).collect()
}

pub(crate) async fn gather(collectors: Vec<BoxCollector>, time: Duration) -> Gathered {
    gather_limited(collectors, time, Limits::default()).await
}

pub(crate) async fn gather_limited(
    collectors: Vec<BoxCollector>,
    time: Duration,
    limits: Limits,
) -> Gathered {
    let mut registry = Registry::new();
    for collector in collectors {
        registry.register(collector, limits.clone()).unwrap();
    }
    registry.gather(&Scrape::within(time)).await
}

/// The samples of one run that has to succeed.
pub(crate) async fn collect(collector: BoxCollector) -> Samples {
    let gathered = gather(vec![collector], Duration::from_secs(20)).await;
    for run in gathered.runs() {
        assert!(run.outcome().is_success(), "{}: {:?}", run.collector(), run.outcome());
    }
    samples(&gathered)
}

pub(crate) async fn jobs(database: &Database) -> Samples {
    collect(BoxCollector::new(Jobs::new(open(database, &Settings::default())))).await
}

pub(crate) async fn gitrepositories(database: &Database) -> Samples {
    collect(BoxCollector::new(GitRepositories::new(open(database, &Settings::default())))).await
}

/// `models` is the JSON of the settings' key.
pub(crate) async fn models(database: &Database, models: &str) -> Samples {
    let settings = with_models(models);
    let nautobot = open(database, &settings);
    collect(BoxCollector::new(Models::new(nautobot, settings.models, ModelsSettings::default()))).await
}

/// All samples of these three on one page; `models` as for [`models`].
pub(crate) async fn everything(database: &Database, models: &str) -> Samples {
    let nautobot = open(database, &with_models(models));
    all_samples(&scrape(&registry(&nautobot, models)).await)
}

/// The collectors of the plugin's page, which may serve again what they read before; `models` as for [`models`].
pub(crate) fn registry(nautobot: &Nautobot, models: &str) -> Registry {
    let models = Models::new(nautobot.clone(), with_models(models).models, ModelsSettings::default());
    let mut registry = Registry::new();
    registry.register(GitRepositories::new(nautobot.clone()), Limits::default()).unwrap();
    registry.register(Jobs::new(nautobot.clone()), Limits::default()).unwrap();
    registry.register(models, Limits::default()).unwrap();
    registry
}

/// A page of which every part has to succeed.
pub(crate) async fn scrape(registry: &Registry) -> Gathered {
    let gathered = registry.gather(&Scrape::within(Duration::from_secs(20))).await;
    for run in gathered.runs() {
        assert!(run.outcome().is_success(), "{}: {:?}", run.collector(), run.outcome());
    }
    gathered
}

/// Without what a page says of how it was made, at which the tests of reuse look.
pub(crate) fn samples(gathered: &Gathered) -> Samples {
    without_reuse(all_samples(gathered))
}

pub(crate) fn without_reuse(mut samples: Samples) -> Samples {
    samples.retain(|family, _| !family.ends_with("_stood") && !family.starts_with("nautobot_model_tables_"));
    samples
}

pub(crate) fn all_samples(gathered: &Gathered) -> Samples {
    let mut samples = Samples::new();
    for family in gathered.families() {
        let name = family.descriptor().name();
        for sample in family.samples() {
            let value = match sample.value() {
                Value::Number(value) => *value,
                Value::Info => 1.0,
                other => panic!("{name} is no gauge: {other:?}"),
            };
            let names = family.descriptor().labels().map(str::to_owned);
            let mut labels: Vec<_> = names.zip(sample.labels().map(str::to_owned)).collect();
            labels.sort();
            let known = samples.entry(name.to_owned()).or_default().insert(labels, value);
            assert_eq!(known, None, "{name} has a series twice");
        }
    }
    samples
}

/// The statuses of one module that are not 0.
pub(crate) fn status<'a>(samples: &'a Samples, family: &str, module: &str) -> Vec<(&'a str, f64)> {
    let series = samples.get(family).into_iter().flatten();
    let of_module = series.filter(|(labels, value)| label(labels, "module") == module && **value != 0.0);
    of_module.map(|(labels, value)| (label(labels, "status"), *value)).collect()
}

/// The counts of one task, in alphabetical order of their statuses: failure, info, success, warning.
pub(crate) fn task(samples: &Samples, family: &str, module: &str, name: &str) -> Vec<f64> {
    let series = samples.get(family).into_iter().flatten();
    let of_task =
        series.filter(|(labels, _)| label(labels, "module") == module && label(labels, "name") == name);
    of_task.map(|(_, value)| *value).collect()
}

pub(crate) fn label<'a>(labels: &'a [(String, String)], name: &str) -> &'a str {
    labels.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}
