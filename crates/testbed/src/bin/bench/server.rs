//! What is measured: one of our exporters, PyPI's, or Nautobot with the plugin.

use std::cell::Cell;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use testbed::http::{Response, request};
use testbed::{Port, Program, Supervisor};
use tokio::time::Instant;

use crate::Outcome;

/// What Prometheus 2.42 sends with a scrape.
const PROMETHEUS: &[(&str, &str)] = &[
    (
        "Accept",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
         text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    ),
    ("Accept-Encoding", "gzip"),
];

/// A program that makes a page, on a port of 127.0.0.1.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    path: &'static str,
    port: Port,
    supervisor: Supervisor,
}

impl Server {
    /// The exporter of this name that was built beside this program.
    pub(crate) fn ours(name: &'static str, settings: &Value) -> Outcome<Self> {
        let program = env::current_exe()?.with_file_name(name).into_os_string();
        let server = Self::new(name, "/metrics", |port| {
            let listen = format!("--web.listen-address=127.0.0.1:{port}");
            vec![program, "--config.file=settings.json".into(), listen.into()]
        })?;
        fs::write(server.directory().join("settings.json"), settings.to_string())?;
        Ok(server)
    }

    /// Any program that serves this path on the port that its command line names.
    pub(crate) fn new(
        name: &'static str,
        path: &'static str,
        command: impl FnOnce(u16) -> Vec<OsString>,
    ) -> Outcome<Self> {
        let port = Port::take()?;
        let supervisor = Supervisor::new(&Program {
            server: name,
            command: command(port.number()),
            prepare: "true".into(),
            stop_signal: "TERM",
            unprivileged: false,
        })?;
        Ok(Self { name, path, port, supervisor })
    }

    /// Where it runs, and finds its settings.
    pub(crate) fn directory(&self) -> &Path {
        self.supervisor.directory()
    }

    /// Starts it, and says how long it was from there to the first complete page.
    pub(crate) fn start(&self) -> Outcome<Duration> {
        let begin = Instant::now();
        let took = Cell::new(Duration::ZERO);
        self.supervisor.start(|_| {
            // a closer look than the supervisor's own, which comes back when the program has not ended meanwhile
            (0..1_000).any(|_| {
                let answers =
                    request("GET", self.port.number(), self.path, &[]).is_ok_and(|page| is_complete(&page));
                took.set(begin.elapsed());
                if !answers {
                    sleep(Duration::from_micros(500));
                }
                answers
            })
        })?;
        Ok(took.get())
    }

    pub(crate) fn stop(&self) {
        self.supervisor.stop();
    }

    /// Scrapes it as Prometheus does, and says how long it was from dialling to the last byte.
    pub(crate) fn scrape(&self) -> Outcome<Duration> {
        let page = request("GET", self.port.number(), self.path, PROMETHEUS)?;
        if page.status != 200 { Err(self.failure("has no page")) } else { Ok(page.took) }
    }

    /// The page as text, which has to be complete.
    pub(crate) fn page(&self) -> Outcome<String> {
        let page = request("GET", self.port.number(), self.path, &[])?;
        if is_complete(&page) {
            Ok(page.text().to_owned())
        } else {
            Err(self.failure("has no complete page"))
        }
    }

    /// Physical memory that it holds, `VmRSS` of Linux.
    pub(crate) fn resident_mebibytes(&self) -> Outcome<f64> {
        let pid = self.supervisor.pid().ok_or_else(|| self.failure("has ended"))?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"));
        let kibibytes: f64 = resident.ok_or("/proc knows no VmRSS")?.trim().parse()?;
        Ok(kibibytes / 1024.0)
    }

    fn failure(&self, what: &str) -> Box<dyn std::error::Error> {
        format!("{} {what}; its log:\n{}", self.name, self.supervisor.log()).into()
    }
}

/// Whether every collector that says how it went says that it went well.
fn is_complete(page: &Response) -> bool {
    let mut successes = page.text().lines().filter(|line| line.contains("_scrape_collector_success{"));
    page.status == 200 && successes.all(|success| success.ends_with(" 1"))
}
