//! What a program does once its command line is known: print something, serve, or carry out a command.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use metrics_core::{DescriptorError, Scrape};
use rustix::process::WaitStatus;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::Program;
use super::neighbour::Neighbour;
use super::stock::Stock;
use crate::beside::Beside;
use crate::child::follow;
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
    pub(super) fn run_with(
        &self,
        flags: Flags,
        stock: &Stock,
        wire: impl Fn(&S, &mut Wiring) -> Result<(), WiringError>,
    ) -> Result<ExitCode, Failure> {
        let beside = self.chosen(&flags, stock);
        if flags.list {
            return Ok(self.print(&listing::markdown(beside.map_or(&stock.page, |(_, page)| page))));
        }
        #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
        let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
        let loaded: Loaded<S> =
            settings::load(&self.known(stock), &flags.config_files, environment.clone(), &flags.settings)
                .map_err(|error| Failure::settings(&error))?;
        if flags.print {
            return Ok(self.print(&loaded.print()));
        }
        logging::init(&loaded.exporter.log);
        let neighbour = beside.map(|(beside, _)| Neighbour::of(beside, &flags, &environment)).transpose()?;
        let mut wiring = self.wiring(neighbour.is_none()).map_err(|error| Failure::misnamed(&error))?;
        let wired = match &neighbour {
            Some(neighbour) => neighbour.wire(&loaded.own, &mut wiring),
            None => wire(&loaded.own, &mut wiring),
        };
        wired.map_err(|error| Failure::settings(&*error))?;
        let defects = wiring.defects();
        let page = self.page(wiring, neighbour.is_none(), &loaded.exporter, &flags)?;
        if flags.check {
            if let Some(defects) = defects {
                return Err(Failure::Settings(defects));
            }
            let names: Vec<&str> = page.registry().names().collect();
            return Ok(self.print(&format!("settings are valid; collectors: {}\n", names.join(", "))));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| Failure::runtime("cannot start", &error))?;
        let command = self.commands.iter().find(|command| flags.command.as_deref() == Some(command.name));
        let ended = match (command, &neighbour) {
            (Some(command), _) => {
                runtime.block_on(self.act(command, flags.file.as_deref(), &loaded)).map(Ended::Ours)
            }
            _ if flags.once => Ok(Ended::Ours(runtime.block_on(self.once(page, &loaded.exporter)))),
            (_, Some(neighbour)) if neighbour.has_program() => {
                runtime.block_on(self.serve_beside(neighbour, page, &loaded.exporter)).map(Ended::As)
            }
            _ => runtime.block_on(self.serve(page, &loaded.exporter)).map(Ended::Ours),
        };
        runtime.shutdown_background();
        if let Some(neighbour) = neighbour {
            neighbour.leave();
        }
        ended.map(Ended::code)
    }

    /// The page beside another program that the command line asks for, and its collectors.
    fn chosen<'a>(&'a self, flags: &Flags, stock: &'a Stock) -> Option<(&'a Beside<S>, &'a Wiring)> {
        let mut pages = self.beside.iter().zip(&stock.beside);
        pages.find(|(beside, _)| flags.command.as_deref() == Some(beside.name))
    }

    /// Registers the collectors that are switched on.
    fn page(
        &self,
        wiring: Wiring,
        is_own: bool,
        settings: &ExporterSettings,
        flags: &Flags,
    ) -> Result<Page, Failure> {
        let own = self.self_metrics(is_own).map_err(|error| Failure::misnamed(&error))?;
        let instrumentation =
            Instrumentation::new(self.namespace).map_err(|error| Failure::misnamed(&error))?;
        let registry = wiring.into_registry(settings, flags.disable_defaults);
        let registry = registry.map_err(|error| Failure::settings(&error))?;
        Ok(Page::new(registry, own, instrumentation))
    }

    /// No collectors yet.
    pub(super) fn wiring(&self, is_own: bool) -> Result<Wiring, DescriptorError> {
        Ok(Wiring::new(self.self_metrics(is_own)?.families()))
    }

    /// What the program says of itself on its own page; on one beside another program it has no processing time.
    fn self_metrics(&self, is_own: bool) -> Result<SelfMetrics, DescriptorError> {
        SelfMetrics::new(self.namespace, self.version, self.processing.clone().filter(|_| is_own))
    }

    async fn act(
        &self,
        command: &Command<S>,
        file: Option<&Path>,
        loaded: &Loaded<S>,
    ) -> Result<ExitCode, Failure> {
        let printed = command.run(&loaded.own, file, loaded.exporter.scrape.timeout).await;
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
        let listeners = self.listeners(settings).await?;
        serve(listeners, self.routes(page, &self.paths, settings), stop).await;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }

    pub(super) async fn listeners(&self, settings: &ExporterSettings) -> Result<Vec<Listener>, Failure> {
        let mut listeners = Vec::new();
        for listen in &settings.web.listen_address {
            let listener = Listener::bind(listen).await.map_err(|error| Failure::Runtime(chain(&error)))?;
            tracing::info!(address = %listener, path = settings.web.telemetry_path, version = self.version, "listening");
            listeners.push(listener);
        }
        Ok(listeners)
    }

    pub(super) fn routes(&self, page: Page, paths: &[&str], settings: &ExporterSettings) -> Arc<Routes> {
        let path = &settings.web.telemetry_path;
        let landing = landing_page(self.name, self.about, self.version, path, page.registry());
        Arc::new(Routes::new(page, landing, paths, &settings.web, settings.scrape.clone()))
    }

    pub(super) fn about_for_flags(&self, stock: &Stock) -> flags::About {
        let platform = format!("{} ({}, {})", self.version, std::env::consts::OS, std::env::consts::ARCH);
        flags::About {
            name: self.name,
            version: platform,
            about: self.about,
            default_listen: self.listen,
            prefix: self.prefix.clone(),
            environment: self.environment.iter().map(|(name, _)| name.clone()).collect(),
            collectors: stock.page.switches(),
            commands: self.commands.iter().map(Command::flags).collect(),
            beside: self.beside.iter().zip(&stock.beside).map(|(beside, page)| beside.flags(page)).collect(),
        }
    }

    fn known(&self, stock: &Stock) -> Known {
        Known {
            prefix: self.prefix.clone(),
            environment: self.environment.clone(),
            urls: self.urls.clone(),
            siblings: self.siblings.clone(),
            collectors: stock.names(),
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

/// How the program ends.
enum Ended {
    /// With an exit code of its own.
    Ours(ExitCode),
    /// As another one that it ran.
    As(WaitStatus),
}

impl Ended {
    fn code(self) -> ExitCode {
        match self {
            Self::Ours(code) => code,
            Self::As(status) => follow(status),
        }
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
