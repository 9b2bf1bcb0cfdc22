//! Where Redis is and how to log in: section `[redis]` of an exporter's settings.

pub mod masked_url;
mod text;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, TlsCertificates,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::Error;
use crate::sentinel::Sentinels;

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
    #[serde(with = "masked_url")]
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
    /// Sentinels, as `host:port` or `host`, whose port is 26379. They say where Redis is, instead of `host`, `port` and the
    /// address in `url`; `tls` and `tls_ca_file` are for them too.
    pub sentinels: Vec<String>,
    /// What the Sentinels call the master.
    pub sentinel_master: Option<String>,
    /// User at the Sentinels; their default user if nothing is said.
    pub sentinel_username: Option<String>,
    /// Password at the Sentinels, which have users of their own.
    #[serde(serialize_with = "text::masked", deserialize_with = "text::secret")]
    pub sentinel_password: Option<SecretString>,
    /// What RQ's keys start with, before the first colon: `RQ_KEY_PREFIX` of RQ 3.0. `rq`, as it always was before, if
    /// nothing is said.
    pub key_prefix: Option<String>,
    /// How long to wait for a connection, login included; more than zero.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// How long to wait for the answers of one round trip; more than zero.
    #[serde(with = "humantime_serde")]
    pub response_timeout: Duration,
    #[serde(skip)]
    section: &'static str,
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
            sentinels: Vec::new(),
            sentinel_master: None,
            sentinel_username: None,
            sentinel_password: None,
            key_prefix: None,
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(2),
            section: "redis",
        }
    }
}

impl Settings {
    /// The same, which errors name by another section of the settings than `[redis]`.
    #[must_use]
    pub fn of_section(self, section: &'static str) -> Self {
        Self { section, ..self }
    }

    /// What is wrong with one of the keys.
    pub fn refuse(&self, key: &'static str, reason: impl fmt::Display) -> Error {
        Error::Settings { section: self.section, key, reason: reason.to_string() }
    }

    /// The section of the settings that they are.
    pub fn section(&self) -> &'static str {
        self.section
    }

    /// A client of Redis; of the address in the settings, unless Sentinels say another one.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        self.check_timeouts()?;
        self.client_of(self.server()?)
    }

    /// A client of the server to which Sentinels have led.
    pub(crate) fn client_at(&self, host: String, port: u16) -> Result<Client, Error> {
        let server = self.server()?;
        let address = address(host, port, is_tls(&server));
        self.client_of(server.set_addr(address))
    }

    /// The Sentinels to ask, if there are any.
    pub(crate) fn sentinels(&self) -> Result<Option<Sentinels>, Error> {
        let Some(master) = self.sentinel_master.clone().filter(|name| !name.is_empty()) else {
            let is_alone = self.sentinels.is_empty();
            return if is_alone {
                Ok(None)
            } else {
                Err(self.refuse("sentinel_master", "has to name the master"))
            };
        };
        if self.sentinels.is_empty() {
            return Err(self.refuse("sentinel_master", "has no effect without `sentinels`"));
        }
        let server = self.server()?;
        let login = RedisConnectionInfo::default().set_skip_set_lib_name();
        let login = with_login(login, self.sentinel_username.as_deref(), self.sentinel_password.as_ref());
        let client = |sentinel: &String| {
            let (host, port) = host_and_port(self, sentinel)?;
            let address = address(host, port, is_tls(&server));
            self.client_of(server.clone().set_addr(address).set_redis_settings(login.clone()))
        };
        Ok(Some(Sentinels { clients: self.sentinels.iter().map(client).collect::<Result<_, _>>()?, master }))
    }

    fn client_of(&self, server: ConnectionInfo) -> Result<Client, Error> {
        let tls = is_tls(&server);
        if tls {
            // The client takes the provider of the process, and would panic if features left it open which. Whoever
            // installed one before has chosen; that is no error.
            _ = rustls::crypto::ring::default_provider().install_default();
        }
        match &self.tls_ca_file {
            Some(_) if !tls => {
                Err(self.refuse("tls_ca_file", "has no effect without `tls = true` or `rediss://`"))
            }
            Some(file) => {
                let certificates =
                    TlsCertificates { client_tls: None, root_cert: Some(self.certificates(file)?) };
                Client::build_with_tls(server, certificates)
                    .map_err(|error| self.refuse("tls_ca_file", error))
            }
            None => Client::open(server).map_err(|error| self.refuse("url", error)),
        }
    }

    fn certificates(&self, file: &Path) -> Result<Vec<u8>, Error> {
        fs::read(file)
            .map_err(|error| self.refuse("tls_ca_file", format_args!("{}: {error}", file.display())))
    }

    fn check_timeouts(&self) -> Result<(), Error> {
        let timeouts =
            [("connect_timeout", self.connect_timeout), ("response_timeout", self.response_timeout)];
        match timeouts.into_iter().find(|(_, timeout)| timeout.is_zero()) {
            Some((key, _)) => Err(self.refuse(key, "has to be longer than zero")),
            None => Ok(()),
        }
    }

    fn server(&self) -> Result<ConnectionInfo, Error> {
        let url = self.url.as_ref().map_or("redis://localhost", ExposeSecret::expose_secret);
        // The error names what is wrong with the URL, never a part of it.
        let server = url.into_connection_info().map_err(|error| self.refuse("url", error))?;
        let mut login = server.redis_settings().clone().set_skip_set_lib_name();
        if let Some(database) = self.database {
            login = login.set_db(database.into());
        }
        let login = with_login(login, self.username.as_deref(), self.password.as_ref());
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
                return Err(
                    self.refuse("url", "`#insecure` is not supported: name the authority in `tls_ca_file`")
                );
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
            Some(_) if tls => Err(self.refuse("tls", "a Unix socket has no TLS")),
            Some(path) => Ok(ConnectionAddr::Unix(path)),
            None => Ok(address(host, port, tls)),
        }
    }
}

/// What is empty was not given.
fn with_login(
    login: RedisConnectionInfo,
    username: Option<&str>,
    password: Option<&SecretString>,
) -> RedisConnectionInfo {
    let login = match username.filter(|name| !name.is_empty()) {
        Some(username) => login.set_username(username),
        None => login,
    };
    match password.map(ExposeSecret::expose_secret).filter(|text| !text.is_empty()) {
        Some(password) => login.set_password(password),
        None => login,
    }
}

fn address(host: String, port: u16, tls: bool) -> ConnectionAddr {
    if tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    }
}

fn is_tls(server: &ConnectionInfo) -> bool {
    matches!(server.addr(), ConnectionAddr::TcpTls { .. })
}

/// `host:port`, `host` or `[::1]:port`.
fn host_and_port(settings: &Settings, sentinel: &str) -> Result<(String, u16), Error> {
    let wrong = || settings.refuse("sentinels", "each has to be `host:port` or `host`");
    let url = Url::parse(&format!("redis://{sentinel}")).map_err(|_| wrong())?;
    let is_bare = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
    let host = url.host_str().filter(|host| is_bare && !host.is_empty()).ok_or_else(wrong)?;
    Ok((host.trim_matches(['[', ']']).to_owned(), url.port().unwrap_or(26_379)))
}

/// Idle connections stay known to firewalls, and one whose server vanished is found out between scrapes.
fn keepalive() -> TcpKeepalive {
    TcpKeepalive::new()
        .with_time(Duration::from_secs(30))
        .with_interval(Duration::from_secs(10))
        .with_retries(3)
}

#[cfg(test)]
mod tests;
