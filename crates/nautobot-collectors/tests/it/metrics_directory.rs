//! Files of a metrics directory, good and bad, each of which ends as `docs/metrics-directory.md` says.

mod files;
mod reload;
mod samples_for_apps;

use std::fs;
use std::path::Path;
use std::time::Duration;

use metrics_core::{Limits, Registry, Scrape};
use nautobot_collectors::{MetricsDirectory, MetricsDirectorySettings, metrics_directory};
use nautobot_db::Nautobot;
use testbed::{Database, Samples};

use crate::it::access::through_pgbouncer;
use crate::it::page;

/// As the superuser, whom nothing but the transaction keeps from writing.
fn open(database: &Database) -> Nautobot {
    let mut settings = nautobot_db::Settings::default();
    let through = through_pgbouncer();
    settings.url =
        Some(if through { database.url_through_pgbouncer("postgres") } else { database.url() }.into());
    Nautobot::open(&settings).unwrap()
}

fn directory(database: &Database, path: &Path) -> MetricsDirectory {
    let mut settings = MetricsDirectorySettings::default();
    settings.path = Some(path.to_owned());
    metrics_directory(&open(database), &settings).unwrap()
}

fn registry(database: &Database, path: &Path) -> Registry {
    let mut registry = Registry::new();
    registry.register(directory(database, path), Limits::default()).unwrap();
    registry
}

async fn scrape(registry: &Registry) -> Samples {
    let gathered = registry.gather(&Scrape::within(Duration::from_secs(60))).await;
    for run in gathered.runs() {
        assert!(run.outcome().is_success(), "{:?}", run.outcome());
    }
    page::all_samples(&gathered)
}

/// What is said of a file: `what` is the end of the family's name.
fn told(samples: &Samples, what: &str, file: &str) -> Option<f64> {
    let family = samples.get(&format!("nautobot_metrics_directory_file_{what}"))?;
    family.get(&vec![("file".to_owned(), file.to_owned())]).copied()
}

/// A gauge of this statement, with these labels, and further lines at the file's start.
fn gauge(name: &str, sql: &str, labels: &[&str], head: &str) -> String {
    format!(
        "{head}\nsql = '''{sql}'''\n[[metric]]\nname = \"{name}\"\nhelp = \"Of a test.\"\nkind = \"gauge\"\nlabels = {labels:?}\n"
    )
}

fn write(path: &Path, name: &str, text: impl AsRef<[u8]>) {
    fs::write(path.join(name), text).unwrap();
}
