//! An exporter as a program: flags in, collectors wired, server out.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use metrics_core::{Descriptor, Family, Gauge, Scrape};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::signal::unix::{SignalKind, signal};

use crate::encode::Format;
use crate::flags::{self, Flags};
use crate::instrumentation::Instrumentation;
use crate::page::Page;
use crate::self_metrics::SelfMetrics;
use crate::server::{Listener, Routes, landing_page, serve};
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
    environment: Vec<(String, String)>,
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
            environment: Vec::new(),
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

    /// Environment variables of another program that set keys of `section`, below files and the program's own variables.
    pub fn environment(mut self, section: &str, names: &[(&str, &str)]) -> Self {
        let keys = names.iter().map(|(name, key)| ((*name).to_owned(), format!("{section}.{key}")));
        self.environment.extend(keys);
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
    /// `wire` makes the collectors from the settings. It is called with the default settings first, for their names in
    /// `--help`, and must neither connect nor wait: open handles lazily.
    ///
    /// Exit codes: 0, 1 for a failure at run time, 2 for wrong usage, 78 for bad settings.
    pub fn run<S>(self, wire: impl Fn(&S, &mut Wiring) -> Result<(), WiringError>) -> ExitCode
    where
        S: Default + DeserializeOwned + Serialize,
    {
        let mut stock = Wiring::default();
        if let Err(error) = wire(&S::default(), &mut stock) {
            return self.fail(&Failure::Runtime(format!("cannot wire the collectors: {error}")));
        }
        let flags = match flags::parse(&self.about_for_flags(), &stock.switches(), std::env::args_os()) {
            Ok(flags) => flags,
            Err(usage) => usage.exit(),
        };
        match self.run_with(flags, &stock, wire) {
            Ok(code) => code,
            Err(failure) => self.fail(&failure),
        }
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
                .map_err(Failure::settings)?;
        if flags.print {
            return Ok(self.print(&loaded.print()));
        }
        logging::init(&loaded.exporter.log);
        let mut wiring = Wiring::default();
        wire(&loaded.own, &mut wiring).map_err(Failure::settings)?;
        let page = self.page(wiring, &loaded.exporter, &flags)?;
        if flags.check {
            let names: Vec<&str> = page.registry().names().collect();
            return Ok(self.print(&format!("settings are valid; collectors: {}\n", names.join(", "))));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Runtime(format!("cannot start: {error}")))?;
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
        let instrumentation = Instrumentation::new(self.namespace);
        let instrumentation = instrumentation.map_err(|error| Failure::Runtime(error.to_string()))?;
        let registry = wiring.into_registry(&own.families(), settings, flags.disable_defaults);
        let registry = registry.map_err(Failure::settings)?;
        Ok(Page::new(registry, own, instrumentation))
    }

    fn self_metrics(&self) -> Result<SelfMetrics, Failure> {
        let own = SelfMetrics::new(self.namespace, self.version, self.processing.clone());
        own.map_err(|error| Failure::Runtime(format!("the namespace does not fit: {error}")))
    }

    async fn once(&self, page: Page, settings: &ExporterSettings) -> ExitCode {
        let rendered = page.render(&Scrape::within(settings.scrape.timeout), Format::Text).await;
        let printed = self.print(&rendered.body);
        if rendered.complete { printed } else { ExitCode::FAILURE }
    }

    async fn serve(&self, page: Page, settings: &ExporterSettings) -> Result<ExitCode, Failure> {
        let stop =
            stop_signal().map_err(|error| Failure::Runtime(format!("cannot wait for signals: {error}")))?;
        let mut listeners = Vec::new();
        for listen in &settings.web.listen_address {
            let listener = Listener::bind(listen).await.map_err(Failure::runtime)?;
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
            environment: self.environment.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    fn known(&self, stock: &Wiring) -> Known {
        Known {
            environment: self.environment.clone(),
            siblings: self.siblings.clone(),
            collectors: stock.switches().into_iter().map(|(name, _)| name).collect(),
            default_listen: self.listen.to_owned(),
        }
    }

    /// To standard output; a reader that went away, such as `head`, is no failure.
    fn print(&self, text: &str) -> ExitCode {
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                self.fail(&Failure::Runtime(format!("cannot print: {error}")))
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
    fn settings(error: impl Display) -> Self {
        Self::Settings(error.to_string())
    }

    fn runtime(error: impl std::error::Error) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Self::Runtime(format!("{error}{cause}"))
    }
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
