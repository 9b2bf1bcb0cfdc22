use std::time::Duration;

use celery_model::TransportOptions;
use secrecy::SecretString;

/// Nautobot's environment variable of Celery, and the key of [`CelerySettings`] that it stands for
/// (`CELERY_BROKER_URL` in `nautobot/core/settings.py`, 1.1 and later).
pub const CELERY_ENVIRONMENT: &[(&str, &str)] = &[("NAUTOBOT_CELERY_BROKER_URL", "url")];

/// Section `[celery]` of an exporter's settings.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CelerySettings {
    /// Celery's broker, as `CELERY_BROKER_URL` has it: see [`celery_model::broker`] for what it may look like.
    ///
    /// Default: where section `[redis]` leads, as Nautobot itself has it.
    #[serde(with = "nautobot_redis::masked_url")]
    pub url: Option<SecretString>,
    /// What the Sentinels of a `sentinel://` URL call the master: `master_name` of `CELERY_BROKER_TRANSPORT_OPTIONS`.
    pub sentinel_master: Option<String>,
    /// More brokers, each with the keys of section `[redis]`. Default: none.
    pub redis: Vec<nautobot_redis::Settings>,
    /// What `CELERY_BROKER_TRANSPORT_OPTIONS` say of the names of keys, for all brokers.
    pub transport_options: TransportOptions,
    /// Whether workers are asked which queues they listen to, which Redis does not know: that writes to Redis.
    /// Default: no.
    pub inspect: bool,
    /// For how long their answers are taken to hold.
    #[serde(with = "humantime_serde")]
    pub inspect_interval: Duration,
}

impl Default for CelerySettings {
    fn default() -> Self {
        Self {
            url: None,
            sentinel_master: None,
            redis: Vec::new(),
            transport_options: TransportOptions::default(),
            inspect: false,
            inspect_interval: Duration::from_secs(60),
        }
    }
}
