//! The programs in front of the servers.

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use serde_json::{Map, Value, json};
use testbed::http::request;
use testbed::{Program, Supervisor, free_port};

use crate::Outcome;

/// Where a page of metrics is.
pub(crate) const METRICS: &str = "/metrics";
const READY: &str = "/-/ready";

/// A program that serves HTTP on a port of 127.0.0.1.
pub(crate) struct Web {
    pub(crate) name: &'static str,
    port: u16,
    home: &'static str,
    supervisor: Supervisor,
}

impl Web {
    /// Where to look.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.home)
    }

    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let answer = request("GET", self.port, path, &[]).ok().filter(|answer| answer.status == 200)?;
        String::from_utf8(answer.body).ok()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.supervisor.pid().is_some()
    }

    pub(crate) fn failure(&self, what: &str) -> Box<dyn std::error::Error> {
        format!("{} {what}; its log:\n{}", self.name, self.supervisor.log()).into()
    }
}

/// The exporter of the database, with every model that the plugin's page counts.
pub(crate) fn app_exporter(database: &str, dataset: &str) -> Outcome<Web> {
    let page = testbed::samples(testbed::page(&format!("{dataset}/app-metrics.txt")));
    let mut models: Map<String, Value> = Map::new();
    for labels in page.get("nautobot_model_count").into_iter().flat_map(|counts| counts.keys()) {
        if let [(_, app), (_, model)] = labels.as_slice() {
            models.entry(app).or_insert_with(|| json!({}))[model] = json!(true);
        }
    }
    let settings = json!({
        "database": { "url": database },
        "app_metrics": { "models": models, "jobs": true, "gitrepositories": true },
    });
    exporter("app-exporter", &settings)
}

/// The exporter of the queues.
pub(crate) fn rq_exporter(redis: &str) -> Outcome<Web> {
    exporter("rq-exporter", &json!({ "redis": { "url": redis } }))
}

/// Prometheus with the given targets, if it is installed.
pub(crate) fn prometheus(targets: &[&Web]) -> Outcome<Option<Web>> {
    if Command::new("prometheus").arg("--version").output().is_err() {
        return Ok(None);
    }
    let mut settings = String::from("global: { scrape_interval: 5s }\nscrape_configs:\n");
    for target in targets {
        writeln!(
            settings,
            "  - {{ job_name: {}, static_configs: [ {{ targets: ['127.0.0.1:{}'] }} ] }}",
            target.name, target.port
        )?;
    }
    let settings = Settings { file: "prometheus.yml", text: settings };
    start("prometheus", "prometheus".into(), "/targets", &settings).map(Some)
}

fn exporter(name: &'static str, settings: &Value) -> Outcome<Web> {
    // built beside this program
    let program = env::current_exe()?.with_file_name(name).into_os_string();
    start(name, program, METRICS, &Settings { file: "settings.json", text: settings.to_string() })
}

/// A program's settings file.
struct Settings {
    file: &'static str,
    text: String,
}

fn start(name: &'static str, program: OsString, home: &'static str, settings: &Settings) -> Outcome<Web> {
    let port = free_port()?;
    let arguments =
        [format!("--config.file={}", settings.file), format!("--web.listen-address=127.0.0.1:{port}")];
    let supervisor = Supervisor::new(&Program {
        server: name,
        command: [program].into_iter().chain(arguments.map(OsString::from)).collect(),
        prepare: "true".into(),
        stop_signal: "TERM",
        unprivileged: false,
    })?;
    fs::write(supervisor.directory().join(settings.file), &settings.text)?;
    supervisor.start(|_| request("GET", port, READY, &[]).is_ok_and(|ready| ready.status == 200))?;
    Ok(Web { name, port, home, supervisor })
}
