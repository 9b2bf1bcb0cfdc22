//! Settings: what an exporter reads from flags, environment and files, and how it says what is wrong with them.
//!
//! Flag > environment of its own (`ACME_EXPORTER_…`) > files (the later wins) > other programs' environment > default.

mod environment;
mod error;
mod file;
mod key;
mod layer;
mod listen;
mod load;
mod nearest;
mod print;
mod refusal;
mod schema;
mod secret_file;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

pub(crate) use self::environment::prefix_of;
pub use self::error::{Place, SettingsError};
pub use self::listen::{Listen, ListenError};
pub(crate) use self::load::{Known, Loaded, load};

/// The settings that every exporter has.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ExporterSettings {
    /// `[web]`: addresses, paths and limits of the server.
    pub web: Web,
    /// `[scrape]`: how long a scrape may take.
    pub scrape: ScrapeSettings,
    /// `[log]`: what is logged, and how.
    pub log: Log,
    /// `[collectors.NAME]`: which collectors run, and their limits.
    pub collectors: BTreeMap<String, CollectorSettings>,
}

/// Section `[web]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Web {
    /// Where to listen. Empty: where the program listens by default.
    pub listen_address: Vec<Listen>,
    /// Path of the page with the metrics.
    #[serde(deserialize_with = "absolute_path")]
    pub telemetry_path: String,
    /// How many scrapes are answered at the same time; more get status 503.
    #[serde(deserialize_with = "at_least_one")]
    pub max_requests: usize,
}

impl Default for Web {
    fn default() -> Self {
        Self { listen_address: Vec::new(), telemetry_path: "/metrics".to_owned(), max_requests: 40 }
    }
}

/// Section `[scrape]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ScrapeSettings {
    /// Longest time of a scrape; Prometheus' own limit, which it sends along, shortens it.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// How much of the limit that Prometheus sends is kept back for the way of the answer.
    #[serde(with = "humantime_serde")]
    pub timeout_offset: Duration,
}

impl Default for ScrapeSettings {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), timeout_offset: Duration::from_millis(500) }
    }
}

/// Section `[log]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Log {
    /// The least urgent level that is logged.
    pub level: LogLevel,
    /// The form of a line.
    pub format: LogFormat,
}

/// How urgent a line of the log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogLevel {
    /// Something failed that should not.
    Error,
    /// Something is not as it should be; the exporter goes on.
    Warn,
    /// What an operator wants to know of a healthy exporter.
    #[default]
    Info,
    /// What helps to find a fault.
    Debug,
    /// Everything.
    Trace,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogFormat {
    /// `ts=… level=… message=…`
    #[default]
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// Section `[collectors.NAME]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CollectorSettings {
    /// Whether it runs; if nothing is said, as the program has it.
    pub enabled: Option<bool>,
    /// Longest time of a run. Without one, the scrape's limit is the only one.
    #[serde(with = "humantime_serde")]
    pub timeout: Option<Duration>,
    /// How long a successful result is served again instead of running anew.
    #[serde(with = "humantime_serde")]
    pub min_interval: Duration,
    /// How many series a run may emit; what is beyond is dropped and counted.
    pub max_series: usize,
}

impl Default for CollectorSettings {
    fn default() -> Self {
        Self { enabled: None, timeout: None, min_interval: Duration::ZERO, max_series: 50_000 }
    }
}

fn absolute_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let path = String::deserialize(deserializer)?;
    if path.starts_with('/') {
        Ok(path)
    } else {
        Err(D::Error::invalid_value(Unexpected::Str(&path), &"a path that starts with `/`"))
    }
}

fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    match usize::deserialize(deserializer)? {
        0 => Err(D::Error::invalid_value(Unexpected::Unsigned(0), &"at least 1")),
        number => Ok(number),
    }
}
