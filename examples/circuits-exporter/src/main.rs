//! The standard Nautobot collectors and one of our own, with every flag, format and limit of the standard exporters.

use std::process::ExitCode;

use circuits_exporter::Circuits;
use exposition::{Program, Wiring, WiringError};
use nautobot_collectors::Up;
use nautobot_db::Nautobot;

#[derive(Default, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    database: nautobot_db::Settings,
    app_metrics: nautobot_collectors::Settings,
    nautobot: nautobot_collectors::NautobotSettings,
    collectors: nautobot_collectors::CollectorSettings,
}

fn main() -> ExitCode {
    Program::new("circuits-exporter", env!("CARGO_PKG_VERSION"), "acme")
        .listen(":19187")
        .url_replaces("database", &["host", "port", "name", "user", "password", "tls"])
        .run(wire)
}

fn wire(settings: &Settings, exporter: &mut Wiring) -> Result<(), WiringError> {
    let Settings { database, app_metrics, nautobot: web, collectors } = settings;
    let nautobot = Nautobot::open(database)?;
    exporter.up(Up::new(nautobot.clone()));
    exporter.add_all(nautobot_collectors::all(&nautobot, app_metrics, web, collectors)?);
    exporter.add(Circuits(nautobot));
    Ok(())
}
