//! Prometheus exporter for the queues of Nautobot, RQ's and Celery's: settings in, collectors wired, page out.

use std::path::Path;
use std::process::ExitCode;

use exposition::{Beside, Program, Wiring, WiringError};
use nautobot_db::Nautobot;
use rq_collectors::Brokers;
use serde::{Deserialize, Serialize};

/// The sections of the settings file that are this exporter's own.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    redis: rq_model::Settings,
    celery: rq_collectors::CelerySettings,
    database: nautobot_db::Settings,
    app_metrics: rq_collectors::AppMetrics,
    rq_metrics: rq_collectors::Settings,
    collectors: Collectors,
}

/// The keys of `[collectors.NAME]` that one collector has.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Collectors {
    multiproc: rq_collectors::MultiprocSettings,
}

/// What app-exporter reads from the same file.
const SIBLINGS: &[&str] = &[
    "nautobot",
    "app_metrics.gitrepositories",
    "app_metrics.jobs",
    "app_metrics.models",
    "app_metrics.versions",
    "collectors.approvals",
    "collectors.gitrepositories",
    "collectors.info",
    "collectors.job_durations",
    "collectors.job_log_entries",
    "collectors.job_results",
    "collectors.jobs",
    "collectors.metrics_directory",
    "collectors.models",
    "collectors.object_changes",
    "collectors.schedules",
    "collectors.unfinished_results",
    "collectors.versions",
];

fn main() -> ExitCode {
    Program::new("rq-exporter", env!("CARGO_PKG_VERSION"), "nautobot_rq")
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .listen(":18726")
        .path("/api/plugins/capacity-metrics/rq-metrics")
        .environment_prefix("NAUTOBOT_EXPORTER_")
        .environment("redis", rq_model::ENVIRONMENT)
        .environment("celery", rq_collectors::CELERY_ENVIRONMENT)
        .environment("database", nautobot_db::ENVIRONMENT)
        .url_replaces("redis", &["host", "port", "database", "username", "password", "tls"])
        .url_replaces("database", &["host", "port", "name", "user", "password", "tls"])
        .siblings(SIBLINGS)
        .processing_time_ms(&rq_collectors::PROCESSING_MS)
        .beside(worker())
        .run(wire)
}

/// What the plugin's `nautobot-server rqworker_metrics` is, for any program that counts with `prometheus_client`.
fn worker() -> Beside<Settings> {
    Beside::new("worker", "Serve what the processes of a worker count, beside the worker", wire_worker)
        .port("prom-port", 8001)
        .directory("multiproc-dir", &["PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"])
}

fn wire(settings: &Settings, exporter: &mut Wiring) -> Result<(), WiringError> {
    let Settings { redis, celery, database, app_metrics, rq_metrics, .. } = settings;
    let brokers = Brokers::open(redis, rq_metrics, celery)?;
    let nautobot = database.is_given().then(|| Nautobot::open(database)).transpose()?;
    exporter.add_all(rq_collectors::all(&brokers, nautobot, rq_metrics, app_metrics));
    exporter.up(rq_collectors::Up::new(brokers));
    Ok(())
}

fn wire_worker(settings: &Settings, directory: &Path, page: &mut Wiring) -> Result<(), WiringError> {
    let collector =
        rq_collectors::Multiproc::new(directory, &settings.collectors.multiproc, page.own_families());
    page.add(collector);
    Ok(())
}
