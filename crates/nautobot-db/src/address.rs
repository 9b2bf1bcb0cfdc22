//! From settings to what tokio-postgres dials.

use std::{net::IpAddr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::config::{Config, Host, SslMode};

use crate::{
    error::Error,
    settings::{Settings, TlsMode},
};

const DEFAULT_HOST: &str = "localhost";
const DEFAULT_NAME: &str = "nautobot";
const DEFAULT_PORT: u16 = 5432;

/// Everything that is known about the server before it is dialled.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) tls: TlsMode,
    pub(crate) target: String,
}

impl Address {
    pub(crate) fn of(settings: &Settings) -> Result<Self, Error> {
        let (base, tls_of_url) = parse_url(settings.url.as_ref())?;
        let mut config = with_hosts(base, settings)?;
        if let Some(user) = given(settings.user.as_deref()) {
            config.user(user);
        }
        if let Some(password) = given(settings.password.as_ref().map(ExposeSecret::expose_secret)) {
            config.password(password);
        }
        match given(settings.name.as_deref()) {
            Some(name) => config.dbname(name),
            None if config.get_dbname().is_none() => config.dbname(DEFAULT_NAME),
            None => &mut config,
        };
        if config.get_application_name().is_none() {
            config.application_name("nautobot-exporter");
        }
        bound_dialling(&mut config, settings.connect_timeout);

        let tls = match settings.tls {
            TlsMode::Auto => tls_of_url.unwrap_or_else(|| default_tls(&config, settings)),
            chosen => chosen,
        };
        refuse_idle_files(&config, tls, settings)?;
        config.ssl_mode(match tls {
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer if !config.get_hosts().iter().any(is_tcp) => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            _ => SslMode::Require,
        });
        Ok(Self { target: target(&config), tls, config })
    }
}

/// A connection string without its password, for people to read; one that cannot be parsed is hidden whole.
pub(crate) fn masked(url: &str, mask: &str) -> String {
    let Ok((config, _)) = parse_url(Some(&SecretString::from(url))) else { return mask.into() };
    let login = match (config.get_user(), config.get_password()) {
        (Some(user), Some(_)) => format!("{user}:{mask}@"),
        (Some(user), None) => format!("{user}@"),
        (None, Some(_)) => format!(":{mask}@"),
        (None, None) => String::new(),
    };
    format!("postgresql://{login}{}{}", target(&config), masked_parameters(url, mask))
}

/// The parameters of a URL, or the TLS mode of a list of `key=value`, as the end of a URL.
fn masked_parameters(url: &str, mask: &str) -> String {
    let parameters = match url.split_once('?') {
        Some((_, parameters)) if url.contains("://") => parameters.split('&').collect(),
        _ => Vec::new(),
    };
    let mut shown: Vec<String> = parameters
        .into_iter()
        .map(|parameter| match parameter.starts_with("password=") {
            true => format!("password={mask}"),
            false => parameter.to_owned(),
        })
        .collect();
    if shown.is_empty() {
        shown.extend(without_sslmode(url).1.map(|mode| format!("sslmode={mode}")));
    }
    if shown.is_empty() { String::new() } else { format!("?{}", shown.join("&")) }
}

/// The connection string and the TLS mode in it. tokio-postgres knows libpq's `sslmode` only in part, so that is
/// read here. Its parse errors may quote the string, thus a password, and are not passed on.
fn parse_url(url: Option<&SecretString>) -> Result<(Config, Option<TlsMode>), Error> {
    let Some(url) = given(url.map(ExposeSecret::expose_secret)) else { return Ok((Config::new(), None)) };
    let unusable = |reason: &str| Error::Settings { key: "url", reason: reason.into() };
    let (url, mode) = without_sslmode(url);
    let tls = match mode {
        None => None,
        Some("disable") => Some(TlsMode::Disable),
        Some("allow" | "prefer") => Some(TlsMode::Prefer),
        Some("require") => Some(TlsMode::Require),
        Some("verify-ca") => Some(TlsMode::VerifyCa),
        Some("verify-full") => Some(TlsMode::VerifyFull),
        Some(_) => {
            return Err(unusable("sslmode is none of disable, prefer, require, verify-ca, verify-full"));
        }
    };
    let config: Config = url.parse().map_err(|_| {
        unusable(
            "expected postgresql://user@host:5432/database or host=… dbname=…; special characters in a URL \
             are percent-encoded, and certificates belong in tls_ca_file",
        )
    })?;
    if config.get_ssl_mode() != Config::new().get_ssl_mode() {
        return Err(unusable("write sslmode=… once and without spaces, so that none is overlooked"));
    }
    if let Some(reason) = bounded_elsewhere(&config) {
        return Err(unusable(reason));
    }
    if config.get_hosts().is_empty() && !config.get_hostaddrs().is_empty() {
        return Err(unusable("hostaddr needs host too: the name in the server's certificate"));
    }
    Ok((config, tls))
}

/// Parameters that [`bound_dialling`] would override.
fn bounded_elsewhere(given: &Config) -> Option<&'static str> {
    let default = Config::new();
    if given.get_connect_timeout() != default.get_connect_timeout() {
        return Some("connect_timeout is a key of [database], not a parameter here");
    }
    let keepalives = |config: &Config| {
        let idle = config.get_keepalives_idle();
        (config.get_keepalives(), idle, config.get_keepalives_interval(), config.get_keepalives_retries())
    };
    (keepalives(given) != keepalives(&default)).then_some("keepalives and keepalives_… are fixed")
}

/// Cuts `sslmode=…` out of a URL's parameters or a list of `key=value`.
fn without_sslmode(url: &str) -> (String, Option<&str>) {
    const KEY: &str = "sslmode=";
    let is_boundary = |c: char| c == '?' || c == '&' || c.is_whitespace();
    let found = url.match_indices(KEY).find(|(at, _)| match url.get(..*at) {
        Some(before) => before.is_empty() || before.ends_with(is_boundary),
        None => false,
    });
    let Some((before, after)) = found.and_then(|(at, _)| url.split_at_checked(at)) else {
        return (url.into(), None);
    };
    let value = after.strip_prefix(KEY).unwrap_or(after);
    let end = value.find(is_boundary).unwrap_or(value.len());
    let (mode, rest) = value.split_at_checked(end).unwrap_or((value, ""));
    // What follows brings its own separator, which the one before the key makes superfluous.
    let rest = rest.strip_prefix(is_boundary).unwrap_or(rest);
    (format!("{before}{rest}"), Some(mode.trim_matches('\'')))
}

/// `base` with the hosts and the port of the settings in place of its own, where those are given.
fn with_hosts(base: Config, settings: &Settings) -> Result<Config, Error> {
    let host = given(settings.host.as_deref());
    if host.is_none() && settings.port.is_none() && !base.get_hosts().is_empty() {
        return Ok(base);
    }
    let mut config = without_hosts(&base);
    match host {
        Some(hosts) => {
            for host in hosts.split(',').map(str::trim) {
                if host.is_empty() {
                    return Err(Error::Settings { key: "host", reason: "one of the names is empty".into() });
                }
                config.host(host);
            }
        }
        None if base.get_hosts().is_empty() => {
            config.host(DEFAULT_HOST);
        }
        None => base.get_hosts().iter().for_each(|host| {
            match host {
                Host::Tcp(name) => config.host(name),
                Host::Unix(path) => config.host_path(path),
            };
        }),
    }
    if host.is_none() {
        base.get_hostaddrs().iter().for_each(|address| {
            config.hostaddr(*address);
        });
    }
    match settings.port {
        Some(port) => {
            config.port(port);
        }
        None if host.is_none() => base.get_ports().iter().for_each(|port| {
            config.port(*port);
        }),
        None => base.get_ports().iter().take(1).for_each(|port| {
            config.port(*port);
        }),
    }
    Ok(config)
}

/// tokio-postgres only ever adds hosts, so replacing them means copying the rest.
fn without_hosts(base: &Config) -> Config {
    let mut config = Config::new();
    if let Some(user) = base.get_user() {
        config.user(user);
    }
    if let Some(password) = base.get_password() {
        config.password(password);
    }
    if let Some(name) = base.get_dbname() {
        config.dbname(name);
    }
    if let Some(name) = base.get_application_name() {
        config.application_name(name);
    }
    if let Some(options) = base.get_options() {
        config.options(options);
    }
    if let Some(limit) = base.get_tcp_user_timeout() {
        config.tcp_user_timeout(*limit);
    }
    config
        .ssl_negotiation(base.get_ssl_negotiation())
        .target_session_attrs(base.get_target_session_attrs())
        .channel_binding(base.get_channel_binding())
        .load_balance_hosts(base.get_load_balance_hosts());
    config
}

/// tokio-postgres limits each address on its own: a silent one must leave time for the next, of the same name (IPv6
/// before IPv4, often) or of the next host. An idle connection whose server vanished must be noticed
/// before a scrape does.
fn bound_dialling(config: &mut Config, connect_timeout: Duration) {
    let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX).max(1);
    config
        .connect_timeout(connect_timeout / hosts.saturating_mul(2))
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(3);
}

fn default_tls(config: &Config, settings: &Settings) -> TlsMode {
    let is_here = settings.tls_ca_file.is_none()
        && config.get_hosts().iter().all(is_this_machine)
        && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
    match is_here {
        true => TlsMode::Prefer,
        false => TlsMode::VerifyFull,
    }
}

/// Nobody who names a certificate means it to do nothing.
fn refuse_idle_files(config: &Config, tls: TlsMode, settings: &Settings) -> Result<(), Error> {
    let is_encrypted = tls != TlsMode::Disable && config.get_hosts().iter().any(is_tcp);
    let is_verified = matches!(tls, TlsMode::VerifyCa | TlsMode::VerifyFull);
    let idle = |key, reason: &str| Err(Error::Settings { key, reason: reason.into() });
    if settings.tls_ca_file.is_some() && !(is_encrypted && is_verified) {
        return idle("tls_ca_file", "of use only on TCP and with tls = \"verify-full\" or \"verify-ca\"");
    }
    for (key, file) in
        [("tls_certificate_file", &settings.tls_certificate_file), ("tls_key_file", &settings.tls_key_file)]
    {
        if file.is_some() && !is_encrypted {
            return idle(key, "of use only on TCP and with another tls than \"disable\"");
        }
    }
    Ok(())
}

fn is_tcp(host: &Host) -> bool {
    matches!(host, Host::Tcp(_))
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => match name.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        },
    }
}

/// `host:port[,host:port]/database`.
fn target(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts: Vec<_> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(index, host)| {
            let port = ports.get(index).or(ports.first()).unwrap_or(&DEFAULT_PORT);
            match host {
                Host::Tcp(name) if name.contains(':') => format!("[{name}]:{port}"),
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(path) => format!("{}/.s.PGSQL.{port}", path.display()),
            }
        })
        .collect();
    format!("{}/{}", hosts.join(","), config.get_dbname().unwrap_or(DEFAULT_NAME))
}

/// Nautobot's environment files leave what they do not set empty.
fn given(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
