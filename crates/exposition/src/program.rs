//! An exporter as a program: flags in, collectors wired, server out.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use metrics_core::{Descriptor, Family, Gauge, Scrape};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::encode::Format;
use crate::flags::{self, Flags};
use crate::instrumentation::Instrumentation;
use crate::page::Page;
use crate::self_metrics::SelfMetrics;
use crate::server::{CANCELLING, Listener, Routes, landing_page, serve};
use crate::settings::{self, ExporterSettings, Known, Loaded};
use crate::wiring::{Wiring, WiringError};
use crate::{listing, logging};

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
pub struct Program {
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
}

/// Why a program ended early, with the exit code that says so.
enum Failure {
    /// Bad settings: 78, `EX_CONFIG`.
    Settings(String),
    /// Anything that went wrong later: 1.
    Runtime(String),
}

impl Program {
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
    /// Exit codes: 0, 1 for a failure at run time, 2 for wrong usage, 78 for bad settings.
    pub fn run<S>(self, wire: impl Fn(&S, &mut Wiring) -> Result<(), WiringError>) -> ExitCode
    where
        S: Default + DeserializeOwned + Serialize,
    {
        let stock = match self.stock(&wire) {
            Ok(stock) => stock,
            Err(failure) => return self.fail(&failure),
        };
        let flags = match flags::parse(&self.about_for_flags(), &stock.switches(), std::env::args_os()) {
            Ok(flags) => flags,
            Err(usage) => usage.exit(),
        };
        match self.run_with(flags, &stock, wire) {
            Ok(code) => code,
            Err(failure) => self.fail(&failure),
        }
    }

    /// The collectors as they are with default settings: their names, families and switches.
    fn stock<S: Default + Serialize>(
        &self,
        wire: impl Fn(&S, &mut Wiring) -> Result<(), WiringError>,
    ) -> Result<Wiring, Failure> {
        let own = self.self_metrics()?;
        let mut stock = Wiring::default();
        let defaults = S::default();
        let wired = wire(&defaults, &mut stock)
            .and_then(|()| stock.check(&own.families()))
            .and_then(|()| Ok(settings::check_sections(&defaults, &names(&stock))?));
        wired.map_err(|error| {
            Failure::runtime("the collectors cannot be wired with default settings", &*error)
        })?;
        Ok(stock)
    }

    fn run_with<S>(
        &self,
        flags: Flags,
        stock: &Wiring,
        wire: impl Fn(&S, &mut Wiring) -> Result<(), WiringError>,
    ) -> Result<ExitCode, Failure>
    where
        S: Default + DeserializeOwned + Serialize,
    {
        if flags.list {
            return Ok(self.print(&listing::markdown(stock, &self.self_metrics()?.families())));
        }
        #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
        let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
        let loaded: Loaded<S> =
            settings::load(&self.known(stock), &flags.config_files, environment, &flags.settings)
                .map_err(|error| Failure::settings(&error))?;
        if flags.print {
            return Ok(self.print(&loaded.print()));
        }
        logging::init(&loaded.exporter.log);
        let mut wiring = Wiring::default();
        wire(&loaded.own, &mut wiring).map_err(|error| Failure::settings(&*error))?;
        let page = self.page(wiring, &loaded.exporter, &flags)?;
        if flags.check {
            let names: Vec<&str> = page.registry().names().collect();
            return Ok(self.print(&format!("settings are valid; collectors: {}\n", names.join(", "))));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| Failure::runtime("cannot start", &error))?;
        let code = if flags.once {
            runtime.block_on(self.once(page, &loaded.exporter))
        } else {
            runtime.block_on(self.serve(page, &loaded.exporter))?
        };
        runtime.shutdown_background();
        Ok(code)
    }

    /// Registers the collectors that are switched on.
    fn page(&self, wiring: Wiring, settings: &ExporterSettings, flags: &Flags) -> Result<Page, Failure> {
        let own = self.self_metrics()?;
        let instrumentation =
            Instrumentation::new(self.namespace).map_err(|error| Failure::misnamed(&error))?;
        let registry = wiring.into_registry(&own.families(), settings, flags.disable_defaults);
        let registry = registry.map_err(|error| Failure::settings(&error))?;
        Ok(Page::new(registry, own, instrumentation))
    }

    fn self_metrics(&self) -> Result<SelfMetrics, Failure> {
        SelfMetrics::new(self.namespace, self.version, self.processing.clone())
            .map_err(|error| Failure::misnamed(&error))
    }

    async fn once(&self, page: Page, settings: &ExporterSettings) -> ExitCode {
        let rendered = page.render(&Scrape::within(settings.scrape.timeout), Format::Text).await;
        let printed = self.print(&rendered.body);
        if rendered.complete {
            return printed;
        }
        // What was given up is being cancelled on its backend.
        sleep(CANCELLING).await;
        ExitCode::FAILURE
    }

    async fn serve(&self, page: Page, settings: &ExporterSettings) -> Result<ExitCode, Failure> {
        let stop = stop_signal().map_err(|error| Failure::runtime("cannot wait for signals", &error))?;
        let mut listeners = Vec::new();
        for listen in &settings.web.listen_address {
            let listener = Listener::bind(listen).await.map_err(|error| Failure::Runtime(chain(&error)))?;
            tracing::info!(address = %listener, path = settings.web.telemetry_path, version = self.version, "listening");
            listeners.push(listener);
        }
        let path = &settings.web.telemetry_path;
        let landing = landing_page(self.name, self.about, self.version, path, page.registry());
        let routes = Routes::new(page, landing, &self.paths, &settings.web, settings.scrape.clone());
        serve(listeners, Arc::new(routes), stop).await;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }

    fn about_for_flags(&self) -> flags::About {
        let platform = format!("{} ({}, {})", self.version, std::env::consts::OS, std::env::consts::ARCH);
        flags::About {
            name: self.name,
            version: platform,
            about: self.about,
            default_listen: self.listen,
            prefix: self.prefix.clone(),
            environment: self.environment.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    fn known(&self, stock: &Wiring) -> Known {
        Known {
            prefix: self.prefix.clone(),
            environment: self.environment.clone(),
            urls: self.urls.clone(),
            siblings: self.siblings.clone(),
            collectors: names(stock),
            default_listen: self.listen.to_owned(),
        }
    }

    /// To standard output; a reader that went away, such as `head`, is no failure.
    fn print(&self, text: &str) -> ExitCode {
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                self.fail(&Failure::runtime("cannot print", &error))
            }
            _ => ExitCode::SUCCESS,
        }
    }

    fn fail(&self, failure: &Failure) -> ExitCode {
        let (Failure::Settings(message) | Failure::Runtime(message)) = failure;
        // There is nobody left to tell when standard error is closed.
        let _ = writeln!(std::io::stderr(), "{}: {message}", self.name);
        match failure {
            Failure::Settings(_) => ExitCode::from(78),
            Failure::Runtime(_) => ExitCode::FAILURE,
        }
    }
}

impl Failure {
    fn settings(error: &dyn Error) -> Self {
        Self::Settings(chain(error))
    }

    fn misnamed(error: &dyn Error) -> Self {
        Self::runtime("the namespace does not fit", error)
    }

    fn runtime(what: &str, error: &dyn Error) -> Self {
        Self::Runtime(format!("{what}: {}", chain(error)))
    }
}

/// The names that may follow `collectors.`
fn names(stock: &Wiring) -> Vec<String> {
    stock.switches().into_iter().map(|(name, _)| name).collect()
}

/// An error with those that caused it.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Resolves at SIGTERM or SIGINT; both are caught from now on.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
