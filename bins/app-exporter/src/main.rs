//! Prometheus exporter for what Nautobot keeps in PostgreSQL: settings in, collectors wired, page out.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use exposition::{Program, Wiring, WiringError};
use nautobot_db::Nautobot;
use serde::{Deserialize, Serialize};

/// The sections of the settings file that are this exporter's own.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    database: nautobot_db::Settings,
    nautobot: nautobot_collectors::NautobotSettings,
    app_metrics: nautobot_collectors::Settings,
    collectors: nautobot_collectors::CollectorSettings,
}

/// What rq-exporter reads from the same file.
const SIBLINGS: &[&str] = &[
    "celery",
    "redis",
    "rq_metrics",
    "collectors.celery_inspect",
    "collectors.celery_tasks",
    "collectors.celery_waiting",
    "collectors.multiproc",
    "collectors.queues",
    "collectors.rq_exporter",
    "collectors.waiting",
    "collectors.workers",
];

fn main() -> ExitCode {
    Program::new("app-exporter", env!("CARGO_PKG_VERSION"), "nautobot_app")
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .listen(":18187")
        .path("/api/plugins/capacity-metrics/app-metrics")
        .environment_prefix("NAUTOBOT_EXPORTER_")
        .environment("database", nautobot_db::ENVIRONMENT)
        .url_replaces("database", &["host", "port", "name", "user", "password", "tls"])
        .siblings(SIBLINGS)
        .processing_time_ms(&nautobot_collectors::PROCESSING_MS)
        .command("models", "List the models that this database offers to count", models)
        .command("grants", "Print the SQL that makes a role which may do no more than is needed", grants)
        .file_command(
            "import",
            "Print the settings that a nautobot_config.py comes to, without running it",
            "Path of the nautobot_config.py",
            import,
        )
        .command(
            "metrics-directory",
            "Explain the files of the metrics directory, with what they cost",
            explain,
        )
        .run(wire)
}

fn wire(settings: &Settings, exporter: &mut Wiring) -> Result<(), WiringError> {
    let nautobot = Nautobot::open(&settings.database)?;
    exporter.up(nautobot_collectors::Up::new(nautobot.clone()));
    let Settings { app_metrics, nautobot: web, collectors, .. } = settings;
    let directory = nautobot_collectors::metrics_directory(&nautobot, &collectors.metrics_directory)?;
    directory.complaints().into_iter().for_each(|complaint| exporter.defect(complaint));
    exporter.add_all(nautobot_collectors::all(&nautobot, app_metrics, web, collectors)?);
    Ok(())
}

async fn models(settings: &Settings, within: Duration) -> Result<String, Box<dyn Error>> {
    let nautobot = Nautobot::open(&settings.database)?;
    Ok(nautobot_collectors::list_models(&nautobot, settings.app_metrics.models.as_ref(), within).await?)
}

async fn grants(settings: &Settings, within: Duration) -> Result<String, Box<dyn Error>> {
    let nautobot = Nautobot::open(&settings.database)?;
    Ok(nautobot_collectors::grants(&nautobot, &settings.app_metrics, "nautobot_exporter", within).await?)
}

async fn import(_: &Settings, file: &Path, _: Duration) -> Result<String, Box<dyn Error>> {
    Ok(nautobot_config::import(file)?)
}

async fn explain(settings: &Settings, within: Duration) -> Result<String, Box<dyn Error>> {
    let nautobot = Nautobot::open(&settings.database)?;
    let directory =
        nautobot_collectors::metrics_directory(&nautobot, &settings.collectors.metrics_directory)?;
    Ok(directory.explain(within).await?)
}
