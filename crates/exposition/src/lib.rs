//! From samples to bytes to HTTP: what an exporter needs besides its collectors.

mod adapter;
mod compress;
mod encode;
mod flags;
mod logging;
mod negotiate;
mod process;
mod settings;

pub use adapter::PrometheusRegistry;
pub use encode::{Format, encode};
pub use settings::{
    CollectorSettings, ExporterSettings, Listen, ListenError, Log, LogFormat, LogLevel, Place,
    ScrapeSettings, SettingsError, Web,
};
