//! The `[database]` section of an exporter's settings.

use std::{path::PathBuf, str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{address, glance::Reuse};

/// Nautobot's own environment names, each with the key of [`Settings`] that it sets
/// (`nautobot.core.settings`, every line from 1.0 to 3.2).
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("NAUTOBOT_DB_HOST", "host"),
    ("NAUTOBOT_DB_PORT", "port"),
    ("NAUTOBOT_DB_NAME", "name"),
    ("NAUTOBOT_DB_USER", "user"),
    ("NAUTOBOT_DB_PASSWORD", "password"),
];

/// How to reach Nautobot's PostgreSQL, and how much of it to use.
///
/// Serialising masks secrets, so that effective settings can be shown.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// A `postgresql://` URL or a list of `key=value`; the keys below override its parts. Of libpq's other
    /// parameters it knows `application_name`, `channel_binding`, `hostaddr` (with `host`), `load_balance_hosts`,
    /// `options`, `sslmode`, `sslnegotiation`, `target_session_attrs` and `tcp_user_timeout`. It refuses
    /// `connect_timeout`, which has a key below, and what would change the keepalives, which are fixed.
    #[serde(serialize_with = "masked_url", deserialize_with = "text")]
    pub url: Option<SecretString>,
    /// Server name or address; a directory means the Unix socket in it, a comma separates several servers,
    /// which are tried in order: one that refuses or cannot be reached is passed over, one that accepts and stays silent
    /// is not. Default: `localhost`.
    pub host: Option<String>,
    /// TCP port, or the number in the socket's name. Default: 5432.
    #[serde(deserialize_with = "optional_number")]
    pub port: Option<u16>,
    /// Database. Default: `nautobot`.
    pub name: Option<String>,
    /// Role. Default: the name of the system user that runs the exporter.
    pub user: Option<String>,
    /// The role's password.
    #[serde(serialize_with = "masked", deserialize_with = "text")]
    pub password: Option<SecretString>,
    /// Whether to encrypt, and how far to trust the server.
    pub tls: TlsMode,
    /// Certificates (PEM) of the authorities to trust instead of the system's. Refused where certificates are not
    /// looked at: with another mode than `auto`, `verify-ca` or `verify-full`, and on a Unix socket.
    pub tls_ca_file: Option<PathBuf>,
    /// Certificate chain (PEM) to log in with; goes with `tls_key_file`. Refused where nothing is encrypted.
    pub tls_certificate_file: Option<PathBuf>,
    /// Private key (PEM) of `tls_certificate_file`.
    pub tls_key_file: Option<PathBuf>,
    /// Most connections open at the same time, those being closed included: 1 to 100.
    #[serde(deserialize_with = "number")]
    pub max_connections: usize,
    /// Longest time to open a connection: name look-up, TCP, TLS and login together. To connect to one address of a
    /// host may take half of the host's share, so that a silent one leaves time for the next.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// Longest time of one statement; the time left for the scrape shortens it.
    #[serde(with = "humantime_serde")]
    pub statement_timeout: Duration,
    /// Longest wait for a lock that another session holds.
    #[serde(with = "humantime_serde")]
    pub lock_timeout: Duration,
    /// When to serve again what was read before, instead of reading tables that have not changed. Never with several
    /// servers in `host`, whatever this says.
    pub reuse: Reuse,
    /// How long it may be served at most, changed or not.
    #[serde(with = "humantime_serde")]
    pub reuse_max_age: Duration,
}

impl Settings {
    /// Whether they lead anywhere but to the default: for programs that do without a database.
    pub fn is_given(&self) -> bool {
        self.url.is_some() || self.host.as_deref().is_some_and(|host| !host.is_empty())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            host: None,
            port: None,
            name: None,
            user: None,
            password: None,
            tls: TlsMode::Auto,
            tls_ca_file: None,
            tls_certificate_file: None,
            tls_key_file: None,
            max_connections: 2,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(2),
            reuse: Reuse::Auto,
            reuse_max_age: Duration::from_secs(5 * 60),
        }
    }
}

/// Encryption of the connection and trust in the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TlsMode {
    /// The `sslmode` of the URL; without one, [`VerifyFull`](Self::VerifyFull) with `tls_ca_file` or as soon as one
    /// host is not this machine, and [`Prefer`](Self::Prefer) otherwise.
    #[default]
    Auto,
    /// Plain text.
    Disable,
    /// Encrypted where the server offers it, without looking at its certificate: as `sslmode=prefer`.
    Prefer,
    /// Encrypted, without looking at the certificate: an active attacker can still read along.
    Require,
    /// Encrypted, and the certificate is signed by a trusted authority, whatever name it carries.
    VerifyCa,
    /// Encrypted, signed by a trusted authority, and issued for the name in `host`.
    VerifyFull,
}

const MASK: &str = "<secret>";

fn masked<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| MASK).serialize(serializer)
}

fn masked_url<S: Serializer>(url: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = url.as_ref().map(|url| address::masked(url.expose_secret(), MASK));
    shown.serialize(serializer)
}

/// A secret, whose value serde would quote when it is not text.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Option::deserialize(deserializer).map_err(|_| de::Error::custom("expected text, in quotes"))
}

/// A number, also when the environment supplies it as text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    optional_number(deserializer)?.ok_or_else(|| de::Error::custom("expected a number"))
}

/// As [`number`]; empty text, which Nautobot's environment files have for "the default", is none.
fn optional_number<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: FromStr + TryFrom<u64>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(u64),
        Text(String),
    }
    let out_of_range = || de::Error::custom("expected a whole number within range");
    match Option::<Given>::deserialize(deserializer).map_err(|_| de::Error::custom("expected a number"))? {
        None => Ok(None),
        Some(Given::Text(text)) if text.is_empty() => Ok(None),
        Some(Given::Text(text)) => text.parse().map(Some).map_err(|_| out_of_range()),
        Some(Given::Number(number)) => N::try_from(number).map(Some).map_err(|_| out_of_range()),
    }
}

#[cfg(test)]
mod tests;
