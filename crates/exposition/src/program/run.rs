//! What a program does once its command line is known: print something, serve, or carry out a command.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use metrics_core::Scrape;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::Program;
use crate::command::Command;
use crate::encode::Format;
use crate::failure::{Failure, chain};
use crate::flags::{self, Flags};
use crate::instrumentation::Instrumentation;
use crate::page::Page;
use crate::self_metrics::SelfMetrics;
use crate::server::{CANCELLING, Listener, Routes, landing_page, serve};
use crate::settings::{self, ExporterSettings, Known, Loaded};
use crate::wiring::{Wiring, WiringError};
use crate::{listing, logging};

impl<S: Default + DeserializeOwned + Serialize> Program<S> {
    /// The collectors as they are with default settings: their names, families and switches.
    pub(super) fn stock(
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

    pub(super) fn run_with(
        &self,
        flags: Flags,
        stock: &Wiring,
        wire: impl Fn(&S, &mut Wiring) -> Result<(), WiringError>,
    ) -> Result<ExitCode, Failure> {
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
        let command = self.commands.iter().find(|command| flags.command.as_deref() == Some(command.name));
        let ended = match command {
            Some(command) => runtime.block_on(self.act(command, &loaded)),
            None if flags.once => Ok(runtime.block_on(self.once(page, &loaded.exporter))),
            None => runtime.block_on(self.serve(page, &loaded.exporter)),
        };
        runtime.shutdown_background();
        ended
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

    async fn act(&self, command: &Command<S>, loaded: &Loaded<S>) -> Result<ExitCode, Failure> {
        let printed = command.run(&loaded.own, loaded.exporter.scrape.timeout).await;
        printed.map(|text| self.print(&text)).map_err(|error| Failure::runtime(command.name, &*error))
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

    pub(super) fn about_for_flags(&self) -> flags::About {
        let platform = format!("{} ({}, {})", self.version, std::env::consts::OS, std::env::consts::ARCH);
        flags::About {
            name: self.name,
            version: platform,
            about: self.about,
            default_listen: self.listen,
            prefix: self.prefix.clone(),
            environment: self.environment.iter().map(|(name, _)| name.clone()).collect(),
            commands: self.commands.iter().map(|command| (command.name, command.about)).collect(),
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
                Failure::runtime("cannot print", &error).tell(self.name)
            }
            _ => ExitCode::SUCCESS,
        }
    }
}

/// The names that may follow `collectors.`
fn names(stock: &Wiring) -> Vec<String> {
    stock.switches().into_iter().map(|(name, _)| name).collect()
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
