//! An exporter as a program: flags in, collectors wired, server out.

mod neighbour;
mod run;
mod stock;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use metrics_core::{Descriptor, Family, Gauge};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::beside::Beside;
use crate::command::Command;
use crate::wiring::{Wiring, WiringError};
use crate::{flags, settings};

/// What makes one exporter different from another: its names, its port, and whose settings it understands.
///
/// [`run`](Program::run) gives it everything else that a user expects: flags, settings files and environment, logs,
/// formats, limits, health checks, an orderly stop. A complete exporter:
///
/// ```no_run
/// use exposition::{Program, Wiring, WiringError};
/// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
/// # static FILES: Family<Gauge, 0> = Family::gauge("acme_spool_files", "Files that wait.", []);
/// # struct Spool(std::path::PathBuf);
/// # impl Collector for Spool {
/// #     fn name(&self) -> &str { "spool" }
/// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
/// #     async fn collect(&self, _: &mut Samples) -> Result<(), CollectError> { Ok(()) }
/// # }
///
/// #[derive(Default, serde::Deserialize, serde::Serialize)]
/// #[serde(default, deny_unknown_fields)]
/// struct Settings {
///     spool: std::path::PathBuf,
/// }
///
/// fn wire(settings: &Settings, exporter: &mut Wiring) -> Result<(), WiringError> {
///     exporter.add(Spool(settings.spool.clone()));
///     Ok(())
/// }
///
/// fn main() -> std::process::ExitCode {
///     Program::new("acme-exporter", "1.0.0", "acme").listen(":19001").run(wire)
/// }
/// ```
#[derive(Debug)]
#[must_use = "a program does nothing until it is run"]
pub struct Program<S> {
    name: &'static str,
    version: &'static str,
    namespace: &'static str,
    about: &'static str,
    listen: &'static str,
    paths: Vec<&'static str>,
    prefix: String,
    environment: Vec<(String, String)>,
    urls: Vec<(String, Vec<String>)>,
    siblings: Vec<String>,
    processing: Option<Descriptor>,
    commands: Vec<Command<S>>,
    beside: Vec<Beside<S>>,
}

impl<S> Program<S> {
    /// A program of this name and version, whose own metrics start with `namespace`. Listens on port 9000 unless told otherwise.
    pub fn new(name: &'static str, version: &'static str, namespace: &'static str) -> Self {
        Self {
            name,
            version,
            namespace,
            about: "",
            listen: ":9000",
            paths: Vec::new(),
            prefix: settings::prefix_of(name),
            environment: Vec::new(),
            urls: Vec::new(),
            siblings: Vec::new(),
            processing: None,
            commands: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// One sentence about it, for `--help` and the landing page.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Where it listens unless told otherwise: `:port`, `host:port` or `unix:/path`.
    pub fn listen(mut self, address: &'static str) -> Self {
        self.listen = address;
        self
    }

    /// A further path that serves the page.
    pub fn path(mut self, path: &'static str) -> Self {
        self.paths.push(path);
        self
    }

    /// How its own environment variables start: `ACME_` for `ACME_WEB__TELEMETRY_PATH`. Without it, they start with the
    /// program's name: `ACME_EXPORTER_` for `acme-exporter`.
    pub fn environment_prefix(mut self, prefix: &'static str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Environment variables of another program that set keys of `section`, below files and the program's own variables.
    pub fn environment(mut self, section: &str, names: &[(&str, &str)]) -> Self {
        let keys = names.iter().map(|(name, key)| ((*name).to_owned(), format!("{section}.{key}")));
        self.environment.extend(keys);
        self
    }

    /// Keys of `section` that stand for a part of its key `url`: a `url` replaces what a lower-ranked source says of them,
    /// such as an earlier file, or other programs' variables.
    pub fn url_replaces(mut self, section: &str, keys: &[&str]) -> Self {
        self.urls.push((section.to_owned(), keys.iter().map(|&key| key.to_owned()).collect()));
        self
    }

    /// Sections or dotted keys that a sibling program reads from the same file: accepted here and not read.
    pub fn siblings(mut self, keys: &[&str]) -> Self {
        self.siblings.extend(keys.iter().map(|&key| key.to_owned()));
        self
    }

    /// A gauge that shall tell how many milliseconds gathering a page took.
    pub fn processing_time_ms(mut self, family: &Family<Gauge, 0>) -> Self {
        self.processing = Some(family.descriptor());
        self
    }

    /// Something that the program does besides serving: `acme-exporter NAME` prints the text and ends. `about` is its line
    /// in `--help`.
    ///
    /// It is given the settings, checked as for serving and from the same sources, and the time of `scrape.timeout`, a
    /// little after which it is given up. Its error is told on one line, with exit code 1.
    ///
    /// ```no_run
    /// use std::error::Error;
    /// use std::time::Duration;
    ///
    /// use exposition::Program;
    ///
    /// #[derive(Default, serde::Deserialize, serde::Serialize)]
    /// #[serde(default, deny_unknown_fields)]
    /// struct Settings {
    ///     spool: std::path::PathBuf,
    /// }
    ///
    /// /// What `acme-exporter files` prints.
    /// async fn files(settings: &Settings, _within: Duration) -> Result<String, Box<dyn Error>> {
    ///     let mut listing = String::new();
    ///     let mut files = tokio::fs::read_dir(&settings.spool).await?;
    ///     while let Some(file) = files.next_entry().await? {
    ///         listing += &format!("{}\n", file.path().display());
    ///     }
    ///     Ok(listing)
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     Program::new("acme-exporter", "1.0.0", "acme")
    ///         .command("files", "List the files that wait", files)
    ///         .run(|_: &Settings, _| Ok(()))
    /// }
    /// ```
    pub fn command(
        mut self,
        name: &'static str,
        about: &'static str,
        action: impl AsyncFn(&S, Duration) -> Result<String, Box<dyn Error>> + 'static,
    ) -> Self {
        self.commands.push(Command::new(name, about, action));
        self
    }

    /// As [`command`](Self::command), for one that reads a file: `acme-exporter NAME FILE`. `file` is the line of `--help`
    /// about that argument. The path is handed over as it was given; nobody has looked whether there is a file.
    ///
    /// ```no_run
    /// use std::error::Error;
    /// use std::path::Path;
    /// use std::time::Duration;
    ///
    /// use exposition::Program;
    ///
    /// /// What `acme-exporter convert FILE` prints.
    /// async fn convert(_: &(), file: &Path, _within: Duration) -> Result<String, Box<dyn Error>> {
    ///     Ok(tokio::fs::read_to_string(file).await?.replace('=', ": "))
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     Program::new("acme-exporter", "1.0.0", "acme")
    ///         .file_command("convert", "Print the settings of acme 1 as ours", "Settings of acme 1", convert)
    ///         .run(|_: &(), _| Ok(()))
    /// }
    /// ```
    pub fn file_command(
        mut self,
        name: &'static str,
        about: &'static str,
        file: &'static str,
        action: impl AsyncFn(&S, &Path, Duration) -> Result<String, Box<dyn Error>> + 'static,
    ) -> Self {
        self.commands.push(Command::of_file(name, about, file, action));
        self
    }

    /// A page of its own that is served beside another program.
    pub fn beside(mut self, beside: Beside<S>) -> Self {
        self.beside.push(beside);
        self
    }

    /// Runs the program with the process' arguments and environment until it is told to stop.
    ///
    /// `wire` makes the collectors from the settings. **It is called with the default settings first**, for their names in
    /// `--help`, and again with those of the user. It has to succeed with the defaults, and neither connects nor waits:
    /// handles are opened lazily.
    ///
    /// The fields of `S` are sections of the settings file. `#[serde(default, deny_unknown_fields)]` on each type gives
    /// every key a default; secrets serialise masked, since `--print-config` shows what serialises. `S` may be `()`.
    ///
    /// A field `collectors` of `S` adds keys to `[collectors.NAME]`, beside `enabled`, `timeout`, `min_interval` and
    /// `max_series`, which every collector has and `S` cannot read:
    ///
    /// ```no_run
    /// use exposition::{Program, Wiring, WiringError};
    /// use serde::{Deserialize, Serialize};
    /// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
    /// # static FILES: Family<Gauge, 0> = Family::gauge("acme_spool_files", "Files that wait.", []);
    /// # struct Spool(u32);
    /// # impl Collector for Spool {
    /// #     fn name(&self) -> &str { "spool" }
    /// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
    /// #     async fn collect(&self, _: &mut Samples) -> Result<(), CollectError> { Ok(()) }
    /// # }
    ///
    /// #[derive(Default, Deserialize, Serialize)]
    /// #[serde(default, deny_unknown_fields)]
    /// struct Settings {
    ///     collectors: CollectorSettings,
    /// }
    ///
    /// #[derive(Default, Deserialize, Serialize)]
    /// #[serde(default, deny_unknown_fields)]
    /// struct CollectorSettings {
    ///     spool: SpoolSettings,
    /// }
    ///
    /// /// `[collectors.spool]`
    /// #[derive(Default, Deserialize, Serialize)]
    /// #[serde(default, deny_unknown_fields)]
    /// struct SpoolSettings {
    ///     depth: u32,
    /// }
    ///
    /// fn wire(settings: &Settings, exporter: &mut Wiring) -> Result<(), WiringError> {
    ///     exporter.add(Spool(settings.collectors.spool.depth));
    ///     Ok(())
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     Program::new("acme-exporter", "1.0.0", "acme").run(wire)
    /// }
    /// ```
    ///
    /// A section there for a collector that `wire` does not add is an error of the program, told at each start.
    ///
    /// Exit codes: 0, 1 for a failure at run time, 2 for wrong usage, 78 for bad settings; after a program
    /// [beside](Beside) which it ran, that program's.
    pub fn run(self, wire: impl Fn(&S, &mut Wiring) -> Result<(), WiringError>) -> ExitCode
    where
        S: Default + DeserializeOwned + Serialize,
    {
        let stock = match self.stock(&wire) {
            Ok(stock) => stock,
            Err(failure) => return failure.tell(self.name),
        };
        let flags = match flags::parse(&self.about_for_flags(&stock), std::env::args_os()) {
            Ok(flags) => flags,
            Err(usage) => usage.exit(),
        };
        match self.run_with(flags, &stock, wire) {
            Ok(code) => code,
            Err(failure) => failure.tell(self.name),
        }
    }
}
