#![expect(clippy::panic, reason = "a test whose exporter does not run has failed")]

use std::fs;
use std::process::{Command, Output};

use crate::http::{self, Response};
use crate::supervisor::{Program, Supervisor, free_port};
use crate::{Error, Samples, samples};

/// A running exporter with a settings file of its own. Dropped, it is stopped.
#[derive(Debug)]
pub struct Exporter {
    port: u16,
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
        let port = free_port().map_err(|cause| Error::Directory { server: "exporter", cause })?;
        let file = settings_file(settings);
        let listen = format!("--web.listen-address=127.0.0.1:{port}");
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
        supervisor
            .start(|_| http::request("GET", port, "/-/ready", &[]).is_ok_and(|ready| ready.status == 200))?;
        Ok(Self { port, supervisor })
    }

    /// The port of 127.0.0.1 that it listens on.
    pub fn port(&self) -> u16 {
        self.port
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

    /// Asks it to stop (SIGTERM) and returns when it has.
    pub fn stop(&self) {
        self.supervisor.stop();
    }

    /// GET with further headers.
    ///
    /// # Panics
    /// It does not answer.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        http::request("GET", self.port, path, headers)
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
}

/// Runs `program` once with a settings file, to its end.
///
/// # Panics
/// It cannot be run.
pub fn run(program: &str, settings: &str, arguments: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary directory: {error}"));
    let file = directory.path().join(settings_file(settings));
    fs::write(&file, settings).unwrap_or_else(|error| panic!("cannot write {}: {error}", file.display()));
    let output = Command::new(program).env_clear().arg("--config.file").arg(&file).args(arguments).output();
    output.unwrap_or_else(|error| panic!("cannot run {program}: {error}"))
}

fn settings_file(settings: &str) -> &'static str {
    if settings.trim_start().starts_with('{') { "settings.json" } else { "settings.toml" }
}
