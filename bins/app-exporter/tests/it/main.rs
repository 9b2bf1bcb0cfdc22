//! The program as an operator runs it, in front of a real database.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod budget;
mod commands;
mod docs;
mod door;
mod format;
mod import;
mod metrics_directory;
mod oracle;
mod outages;
mod program;
mod settings;
mod unix_socket;

use testbed::{Database, Exporter, Samples};

const PROGRAM: &str = env!("CARGO_BIN_EXE_app-exporter");

/// Settings in JSON that read this database and count two models.
fn settings(database: &Database) -> String {
    serde_json::json!({
        "database": { "url": database.url() },
        "app_metrics": { "models": { "dcim": { "Device": true, "Rack": true } }, "gitrepositories": true },
    })
    .to_string()
}

fn start(settings: &str) -> Exporter {
    Exporter::start(PROGRAM, settings, &[]).unwrap()
}

/// The value of a family without labels.
fn value(page: &Samples, family: &str) -> Option<f64> {
    page.get(family)?.get(&Vec::new()).copied()
}

/// The value of a series with one label.
fn labelled(page: &Samples, family: &str, label: &str, name: &str) -> Option<f64> {
    page.get(family)?.get(&vec![(label.to_owned(), name.to_owned())]).copied()
}

fn succeeded(page: &Samples, collector: &str) -> Option<f64> {
    labelled(page, "nautobot_app_scrape_collector_success", "collector", collector)
}
