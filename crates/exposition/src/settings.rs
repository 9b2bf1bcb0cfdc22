//! Settings: what an exporter reads from flags, environment and files, and how it says what is wrong with them.
//!
//! Flag > environment of its own (`ACME_EXPORTER_…`) > files (the later wins) > other programs' environment > default.
//! An address is one thing: a `url` also wins over its parts of a lower rank.

mod collectors;
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
use std::num::NonZeroU16;
use std::time::Duration;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

pub(crate) use self::collectors::check_sections;
pub(crate) use self::environment::prefix_of;
pub(crate) use self::listen::{Listen, ListenError};
pub(crate) use self::load::{Known, Loaded, load};

/// The settings that every exporter has.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExporterSettings {
    /// `[web]`: addresses, paths and limits of the server.
    pub(crate) web: Web,
    /// `[scrape]`: how long a scrape may take.
    pub(crate) scrape: ScrapeSettings,
    /// `[log]`: what is logged, and how.
    pub(crate) log: Log,
    /// `[collectors.NAME]`: which collectors run, and their limits.
    pub(crate) collectors: BTreeMap<String, CollectorSettings>,
}

/// Section `[web]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Web {
    /// Where to listen. Empty: where the program listens by default.
    pub(crate) listen_address: Vec<Listen>,
    /// Path of the page with the metrics.
    #[serde(deserialize_with = "telemetry_path")]
    pub(crate) telemetry_path: String,
    /// How many scrapes are answered at the same time; more get status 503.
    pub(crate) max_requests: NonZeroU16,
}

const MAX_REQUESTS: NonZeroU16 = NonZeroU16::new(40).unwrap();

impl Default for Web {
    fn default() -> Self {
        Self { listen_address: Vec::new(), telemetry_path: "/metrics".to_owned(), max_requests: MAX_REQUESTS }
    }
}

/// Section `[scrape]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScrapeSettings {
    /// Longest time of a scrape; Prometheus' own limit, which it sends along, shortens it.
    #[serde(serialize_with = "humantime_serde::serialize", deserialize_with = "limit")]
    pub(crate) timeout: Duration,
    /// How much of the limit that Prometheus sends is kept back for the way of the answer.
    #[serde(with = "humantime_serde")]
    pub(crate) timeout_offset: Duration,
}

impl Default for ScrapeSettings {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), timeout_offset: Duration::from_millis(500) }
    }
}

/// Section `[log]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// The least urgent level that is logged.
    pub(crate) level: LogLevel,
    /// The form of a line.
    pub(crate) format: LogFormat,
}

/// How urgent a line of the log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
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
pub(crate) enum LogFormat {
    /// `ts=… level=… message=…`
    #[default]
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// Section `[collectors.NAME]`: what every collector has.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CollectorSettings {
    /// Whether it runs; if nothing is said, as the program has it.
    pub(crate) enabled: Option<bool>,
    /// Longest time of a run. Without one, the scrape's limit is the only one.
    #[serde(serialize_with = "humantime_serde::serialize", deserialize_with = "optional_limit")]
    pub(crate) timeout: Option<Duration>,
    /// How long a successful result is served again instead of running anew.
    #[serde(with = "humantime_serde")]
    pub(crate) min_interval: Duration,
    /// How many series a run may emit; what is beyond is dropped and counted.
    pub(crate) max_series: usize,
}

impl Default for CollectorSettings {
    fn default() -> Self {
        Self { enabled: None, timeout: None, min_interval: Duration::ZERO, max_series: 50_000 }
    }
}

/// A path that requests can have, letter by letter; the error says what one looks like.
pub(crate) fn path_to_serve(text: &str) -> Result<String, &'static str> {
    // Clients escape every other character, or take it for the end of the path.
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~$&+,:;=@".contains(c);
    if text.starts_with('/') && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("a path such as `/metrics`, without characters that a URL escapes")
    }
}

/// A duration that leaves time for something; the error says what one looks like.
pub(crate) fn time_limit(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time.is_zero() { Err(format!("expected {LIMIT}")) } else { Ok(time) }
}

const LIMIT: &str = "a duration longer than zero, such as `10s`";

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    longer_than_zero(humantime_serde::deserialize(deserializer)?)
}

fn optional_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let time: Option<Duration> = humantime_serde::deserialize(deserializer)?;
    time.map(longer_than_zero).transpose()
}

fn longer_than_zero<E: serde::de::Error>(time: Duration) -> Result<Duration, E> {
    if time.is_zero() { Err(E::invalid_value(Unexpected::Other("zero"), &LIMIT)) } else { Ok(time) }
}

fn telemetry_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let path = String::deserialize(deserializer)?;
    path_to_serve(&path).map_err(|expected| D::Error::invalid_value(Unexpected::Str(&path), &expected))
}
