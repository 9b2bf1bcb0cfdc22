//! Logs: lines in logfmt or JSON on standard error, panics among them.

use std::panic;

use tracing::{Dispatch, Level};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{Log, LogFormat, LogLevel};

/// Libraries that log statements with the values in them, or what goes over the wire, below `info`.
const TALKATIVE: [&str; 6] =
    ["deadpool", "deadpool_postgres", "postgres_protocol", "redis", "rustls", "tokio_postgres"];

/// Sends the log of this process, and of libraries that use the `log` crate, to standard error from now on; a panic
/// becomes one line of it. Where the process has a log already, that one stays.
pub(crate) fn init(log: &Log) {
    if dispatch(log, std::io::stderr).try_init().is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
}

fn dispatch<W>(log: &Log, writer: W) -> Dispatch
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = match log.format {
        LogFormat::Logfmt => tracing_logfmt::builder()
            .with_span_name(false)
            .with_span_path(false)
            .layer()
            .with_writer(writer)
            .boxed(),
        LogFormat::Json => {
            tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer).boxed()
        }
    };
    Dispatch::new(Registry::default().with(lines.with_filter(filter(log.level))))
}

fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    };
    let capped = LevelFilter::from_level(level.min(Level::INFO));
    Targets::new().with_default(level).with_targets(TALKATIVE.map(|target| (target, capped)))
}

fn log_panic(panic: &panic::PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(panic = message, location, "panicked");
}

#[cfg(test)]
mod tests;
