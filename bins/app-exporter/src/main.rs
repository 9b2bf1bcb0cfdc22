//! Prometheus exporter for what Nautobot keeps in PostgreSQL: settings in, collectors wired, page out.

use std::process::ExitCode;

use exposition::{Program, Wiring, WiringError};
use nautobot_db::Nautobot;
use serde::{Deserialize, Serialize};

/// The sections of the settings file that are this exporter's own.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    database: nautobot_db::Settings,
    app_metrics: nautobot_collectors::Settings,
    collectors: nautobot_collectors::CollectorSettings,
}

fn main() -> ExitCode {
    Program::new("app-exporter", env!("CARGO_PKG_VERSION"), "nautobot_app")
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .listen(":18187")
        .path("/api/plugins/capacity-metrics/app-metrics")
        .environment_prefix("NAUTOBOT_EXPORTER_")
        .environment("database", nautobot_db::ENVIRONMENT)
        .url_replaces("database", &["host", "port", "name", "user", "password", "tls"])
        .siblings(&["redis", "rq_metrics", "collectors.queues"])
        .processing_time_ms(&nautobot_collectors::PROCESSING_MS)
        .run(wire)
}

fn wire(settings: &Settings, exporter: &mut Wiring) -> Result<(), WiringError> {
    let nautobot = Nautobot::open(&settings.database)?;
    exporter.up(nautobot_collectors::Up::new(nautobot.clone()));
    exporter.add_all(nautobot_collectors::all(&nautobot, &settings.app_metrics, &settings.collectors));
    Ok(())
}
