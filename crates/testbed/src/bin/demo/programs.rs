//! The programs in front of the servers.

use std::fmt::Write as _;
use std::{env, fs};

use serde_json::json;
use testbed::http::request;
use testbed::{Exporter, Port, Program, Supervisor, is_installed, models};

use crate::Outcome;
use crate::options::Nautobot;

/// The exporter of the database, with every model that the plugin's page counts.
pub(crate) fn app_exporter(nautobot: Nautobot, database: &str) -> Outcome<Exporter> {
    let settings = json!({
        "database": { "url": database },
        "app_metrics": { "models": models(nautobot.dataset()), "jobs": true, "gitrepositories": true },
    });
    exporter("app-exporter", &settings.to_string())
}

/// The exporter of the queues, with how long jobs have been waiting in them.
pub(crate) fn rq_exporter(nautobot: Nautobot, redis: &str, database: &str) -> Outcome<Exporter> {
    let waiting = match nautobot {
        Nautobot::V1_6 => "waiting",
        Nautobot::V3_2 => "celery_waiting",
    };
    let settings = json!({
        "redis": { "url": redis },
        "database": { "url": database },
        "collectors": { waiting: { "enabled": true } },
    });
    exporter("rq-exporter", &settings.to_string())
}

/// Built beside this program.
fn exporter(name: &str, settings: &str) -> Outcome<Exporter> {
    let program = env::current_exe()?.with_file_name(name);
    let program = program.to_str().ok_or("this program lies in a folder whose name is no text")?;
    Ok(Exporter::start(program, settings, &[])?)
}

/// A Prometheus that scrapes the exporters.
pub(crate) struct Prometheus {
    port: Port,
    _supervisor: Supervisor,
}

impl Prometheus {
    /// `None` if it is not installed.
    pub(crate) fn start(targets: &[(&str, &Exporter)]) -> Outcome<Option<Self>> {
        if !is_installed(PROMETHEUS) {
            return Ok(None);
        }
        let port = Port::take()?;
        let listen = format!("--web.listen-address=127.0.0.1:{}", port.number());
        let supervisor = Supervisor::new(&Program {
            server: PROMETHEUS,
            command: [PROMETHEUS, &format!("--config.file={SETTINGS}"), &listen].map(Into::into).into(),
            prepare: "true".into(),
            stop_signal: "TERM",
            unprivileged: false,
        })?;
        fs::write(supervisor.directory().join(SETTINGS), scraping(targets)?)?;
        supervisor.start(|_| {
            request("GET", port.number(), "/-/ready", &[]).is_ok_and(|ready| ready.status == 200)
        })?;
        Ok(Some(Self { port, _supervisor: supervisor }))
    }

    /// Where to see whether it reaches the exporters.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/targets", self.port.number())
    }
}

const PROMETHEUS: &str = "prometheus";
const SETTINGS: &str = "prometheus.yml";

fn scraping(targets: &[(&str, &Exporter)]) -> Outcome<String> {
    let mut settings = String::from("global: { scrape_interval: 5s }\nscrape_configs:\n");
    for (name, exporter) in targets {
        let port = exporter.port();
        writeln!(
            settings,
            "  - {{ job_name: {name}, static_configs: [ {{ targets: ['127.0.0.1:{port}'] }} ] }}"
        )?;
    }
    Ok(settings)
}
