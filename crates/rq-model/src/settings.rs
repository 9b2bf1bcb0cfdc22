//! Where Redis is and how to log in: section `[redis]` of an exporter's settings.

mod text;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, TlsCertificates};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::keys::Keyspace;

/// Nautobot's environment variables, with RQ's own, and the key of [`Settings`] that each stands for.
///
/// `NAUTOBOT_CELERY_BROKER_URL` is not among them: it is Celery's, and RQ of Nautobot 1 uses the cache's database, 0.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("NAUTOBOT_REDIS_HOST", "host"),
    ("NAUTOBOT_REDIS_PORT", "port"),
    ("NAUTOBOT_REDIS_USERNAME", "username"),
    ("NAUTOBOT_REDIS_PASSWORD", "password"),
    ("NAUTOBOT_REDIS_SSL", "tls"),
    ("RQ_KEY_PREFIX", "key_prefix"),
];

/// Section `[redis]`: which database, as whom, and how long to wait.
///
/// The single keys override the parts of `url`. Serialising it writes every key, with secrets masked.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// `redis://user:password@host:port/database`, `rediss://…` for TLS, or `unix:///path?db=0&user=…&pass=…`.
    #[serde(serialize_with = "text::masked_url", deserialize_with = "text::secret")]
    pub url: Option<SecretString>,
    /// Host name or address, or the path of a Unix socket; `localhost` if nothing is said.
    pub host: Option<String>,
    /// Port; 6379 if nothing is said. A Unix socket has none.
    #[serde(deserialize_with = "text::number")]
    pub port: Option<u16>,
    /// Number of the database; 0 if nothing is said.
    #[serde(deserialize_with = "text::number")]
    pub database: Option<u32>,
    /// User (Redis 6 and later); the default user if nothing is said.
    pub username: Option<String>,
    /// Password.
    #[serde(serialize_with = "text::masked", deserialize_with = "text::secret")]
    pub password: Option<SecretString>,
    /// Whether to speak TLS; the certificate is always verified.
    #[serde(deserialize_with = "text::flag")]
    pub tls: Option<bool>,
    /// File with the certificates (PEM) to trust instead of the system's.
    pub tls_ca_file: Option<PathBuf>,
    /// What RQ's keys start with, before the first colon: `RQ_KEY_PREFIX` of RQ 3.0. `rq`, as it always was before, if
    /// nothing is said.
    pub key_prefix: Option<String>,
    /// How long to wait for a connection, login included; more than zero.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// How long to wait for the answers of one round trip; more than zero.
    #[serde(with = "humantime_serde")]
    pub response_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            host: None,
            port: None,
            database: None,
            username: None,
            password: None,
            tls: None,
            tls_ca_file: None,
            key_prefix: None,
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(2),
        }
    }
}

impl Settings {
    pub(crate) fn client(&self) -> Result<Client, Error> {
        self.check_timeouts()?;
        let server = self.server()?;
        let tls = matches!(server.addr(), ConnectionAddr::TcpTls { .. });
        if tls {
            // The client takes the provider of the process, and would panic if features left it open which. Whoever
            // installed one before has chosen; that is no error.
            _ = rustls::crypto::ring::default_provider().install_default();
        }
        match &self.tls_ca_file {
            Some(_) if !tls => {
                Err(refuse("tls_ca_file", "has no effect without `tls = true` or `rediss://`"))
            }
            Some(file) => {
                let certificates =
                    TlsCertificates { client_tls: None, root_cert: Some(read_certificates(file)?) };
                Client::build_with_tls(server, certificates).map_err(|error| refuse("tls_ca_file", error))
            }
            None => Client::open(server).map_err(|error| refuse("url", error)),
        }
    }

    pub(crate) fn keyspace(&self) -> Result<Keyspace, Error> {
        let given = self.key_prefix.as_deref().filter(|prefix| !prefix.is_empty());
        Keyspace::new(given.unwrap_or("rq"))
            .ok_or_else(|| refuse("key_prefix", "RQ allows letters, digits and `_ . : - { }` only"))
    }

    fn check_timeouts(&self) -> Result<(), Error> {
        let timeouts =
            [("connect_timeout", self.connect_timeout), ("response_timeout", self.response_timeout)];
        match timeouts.into_iter().find(|(_, timeout)| timeout.is_zero()) {
            Some((key, _)) => Err(refuse(key, "has to be longer than zero")),
            None => Ok(()),
        }
    }

    fn server(&self) -> Result<ConnectionInfo, Error> {
        let url = self.url.as_ref().map_or("redis://localhost", ExposeSecret::expose_secret);
        // The error names what is wrong with the URL, never a part of it.
        let server = url.into_connection_info().map_err(|error| refuse("url", error))?;
        let mut login = server.redis_settings().clone().set_skip_set_lib_name();
        if let Some(database) = self.database {
            login = login.set_db(database.into());
        }
        if let Some(username) = self.username.as_deref().filter(|name| !name.is_empty()) {
            login = login.set_username(username);
        }
        if let Some(password) =
            self.password.as_ref().map(ExposeSecret::expose_secret).filter(|text| !text.is_empty())
        {
            login = login.set_password(password);
        }
        let address = self.address(server.addr())?;
        // A scrape sends more than one segment: held back until the previous one is acknowledged, it takes 40 ms.
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive());
        Ok(server.set_addr(address).set_redis_settings(login).set_tcp_settings(tcp))
    }

    fn address(&self, of_url: &ConnectionAddr) -> Result<ConnectionAddr, Error> {
        let given = self.host.as_deref().filter(|host| !host.is_empty());
        let (host, port, tls) = match of_url {
            ConnectionAddr::Tcp(host, port) => (host.as_str(), *port, false),
            ConnectionAddr::TcpTls { insecure: true, .. } => {
                return Err(refuse(
                    "url",
                    "`#insecure` is not supported: name the authority in `tls_ca_file`",
                ));
            }
            ConnectionAddr::TcpTls { host, port, .. } => (host.as_str(), *port, true),
            _ => ("localhost", 6379, false),
        };
        let tls = self.tls.unwrap_or(tls);
        let socket = match (given, of_url) {
            (Some(host), _) => host.starts_with('/').then(|| PathBuf::from(host)),
            (None, ConnectionAddr::Unix(path)) => Some(path.clone()),
            (None, _) => None,
        };
        let host = given.unwrap_or(host).to_owned();
        let port = self.port.unwrap_or(port);
        match socket {
            Some(_) if tls => Err(refuse("tls", "a Unix socket has no TLS")),
            Some(path) => Ok(ConnectionAddr::Unix(path)),
            None if tls => Ok(ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }),
            None => Ok(ConnectionAddr::Tcp(host, port)),
        }
    }
}

/// Idle connections stay known to firewalls, and one whose server vanished is found out between scrapes.
fn keepalive() -> TcpKeepalive {
    TcpKeepalive::new()
        .with_time(Duration::from_secs(30))
        .with_interval(Duration::from_secs(10))
        .with_retries(3)
}

fn read_certificates(file: &Path) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(|error| refuse("tls_ca_file", format_args!("{}: {error}", file.display())))
}

fn refuse(key: &'static str, reason: impl fmt::Display) -> Error {
    Error::Settings { key, reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
