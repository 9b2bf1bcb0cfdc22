//! Serves what dnsmasq tells, with every flag, format and limit of the standard exporters.

use std::process::ExitCode;

use dhcp_exporter::Leases;
use exposition::{Program, Wiring, WiringError};

#[derive(Default, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    collectors: Collectors,
}

#[derive(Default, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
struct Collectors {
    leases: Leases,
}

fn main() -> ExitCode {
    Program::new("dhcp-exporter", env!("CARGO_PKG_VERSION"), "acme").listen(":19188").run(wire)
}

fn wire(settings: &Settings, exporter: &mut Wiring) -> Result<(), WiringError> {
    exporter.add(settings.collectors.leases.clone());
    Ok(())
}
