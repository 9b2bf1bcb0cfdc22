#![expect(clippy::panic, reason = "a test whose exporter does not run has failed")]

use std::fs;
use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::runtime;
use tokio::time::{Instant, timeout};

use crate::http::{self, Response};
use crate::supervisor::{Program, Supervisor};
use crate::{Error, Port, Samples, programs, samples};

/// By when a program that is to end has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running exporter with a settings file of its own. Dropped, it is stopped.
#[derive(Debug)]
pub struct Exporter {
    port: Port,
    supervisor: Supervisor,
}

impl Exporter {
    /// Starts `program` with these settings and waits until it is ready.
    ///
    /// `settings` are JSON if they start with a brace, and TOML else.
    ///
    /// # Errors
    /// It ended, with its log, or was not ready in time.
    pub fn start(program: &str, settings: &str, arguments: &[&str]) -> Result<Self, Error> {
        let port = Port::take()?;
        let file = settings_file(settings);
        let listen = format!("--web.listen-address=127.0.0.1:{}", port.number());
        let config = format!("--config.file={file}");
        let command = [program, &config, &listen].into_iter().chain(arguments.iter().copied());
        let supervisor = Supervisor::new(&Program {
            server: "exporter",
            command: command.map(Into::into).collect(),
            prepare: "true".into(),
            stop_signal: "TERM",
            unprivileged: false,
        })?;
        fs::write(supervisor.directory().join(file), settings)
            .map_err(|cause| Error::Directory { server: "exporter", cause })?;
        let exporter = Self { port, supervisor };
        exporter.supervisor.start(|_| exporter.is_ready())?;
        Ok(exporter)
    }

    /// The port of 127.0.0.1 that it listens on.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Whether it has not ended.
    pub fn is_running(&self) -> bool {
        self.supervisor.pid().is_some()
    }

    /// Its process.
    ///
    /// # Panics
    /// It has ended.
    pub fn pid(&self) -> u32 {
        self.supervisor.pid().unwrap_or_else(|| panic!("the exporter has ended; its log:\n{}", self.log()))
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.supervisor.log()
    }

    /// Asks it to stop (SIGTERM) and returns when it has; five seconds later it is killed. Says how long that took.
    pub fn stop(&self) -> Duration {
        let start = Instant::now();
        self.supervisor.stop();
        start.elapsed()
    }

    /// GET with further headers.
    ///
    /// # Panics
    /// It does not answer.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        http::request("GET", self.port(), path, headers)
            .unwrap_or_else(|error| panic!("GET {path}: {error}; the exporter's log:\n{}", self.log()))
    }

    /// The samples of a page, which has to be answered with 200.
    ///
    /// # Panics
    /// It is not.
    pub fn scrape(&self) -> Samples {
        let page = self.get("/metrics", &[]);
        assert_eq!(page.status, 200, "{}", page.text());
        samples(page.text())
    }

    fn is_ready(&self) -> bool {
        http::request("GET", self.port(), "/-/ready", &[]).is_ok_and(|ready| ready.status == 200)
    }
}

/// Runs `program` once with a settings file, to its end, which has to come within a minute.
///
/// # Panics
/// It cannot be run or does not end.
pub fn run(program: &str, settings: &str, arguments: &[&str]) -> Output {
    let run = || {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join(settings_file(settings));
        fs::write(&file, settings)?;
        let mut command = programs::command(program);
        command.arg("--config.file").arg(&file).args(arguments).stdin(Stdio::null());
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let mut command = tokio::process::Command::from(command);
        runtime.block_on(async { timeout(PATIENCE, command.kill_on_drop(true).output()).await? })
    };
    run().unwrap_or_else(|error: io::Error| panic!("cannot run {program} {arguments:?}: {error}"))
}

fn settings_file(settings: &str) -> &'static str {
    if settings.trim_start().starts_with('{') { "settings.json" } else { "settings.toml" }
}
