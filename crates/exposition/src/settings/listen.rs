//! An address to listen on, as operators of Prometheus write it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a server listens: `:port` (every address of the machine), `host:port`, `[::1]:port` or `unix:/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// A TCP port.
    Tcp {
        /// Name or address, an IPv6 address without its brackets; without one, every address of the machine.
        host: Option<String>,
        /// The port; 0 takes any free one.
        port: u16,
    },
    /// A Unix socket.
    Unix(PathBuf),
}

/// A text is no address to listen on. Its message says what one looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {}", EXPECTED)]
pub(crate) struct ListenError;

const EXPECTED: &str = "`:port`, `host:port`, `[IPv6 address]:port` or `unix:/path`";

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.starts_with('/') { Ok(Self::Unix(path.into())) } else { Err(ListenError) };
        }
        let (host, port) = text.rsplit_once(':').ok_or(ListenError)?;
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits).ok_or(ListenError)?;
        Ok(Self::Tcp { host: host_of(host)?, port })
    }
}

fn host_of(text: &str) -> Result<Option<String>, ListenError> {
    if text.is_empty() {
        return Ok(None);
    }
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let valid = match inner {
        Some(inner) => matches!(inner.parse(), Ok(IpAddr::V6(_))),
        None => text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)),
    };
    if valid { Ok(Some(inner.unwrap_or(text).to_owned())) } else { Err(ListenError) }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host: None, port } => write!(f, ":{port}"),
            Self::Tcp { host: Some(host), port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host: Some(host), port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), &EXPECTED))
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        for text in [":18187", "localhost:80", "127.0.0.1:0", "[::1]:9100", "unix:/run/exporter.sock"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        let any: Listen = ":1".parse().unwrap();
        assert_eq!(any, Listen::Tcp { host: None, port: 1 });
        let six: Listen = "[::1]:1".parse().unwrap();
        assert_eq!(six, Listen::Tcp { host: Some("::1".to_owned()), port: 1 });
    }

    #[test]
    fn others_are_refused() {
        for text in
            ["", "80", "localhost", ":", ":65536", ":+1", "::1:80", "[::1:80", "[a]:1", "a b:1", "unix:x"]
        {
            assert_eq!(text.parse::<Listen>(), Err(ListenError), "{text}");
        }
    }
}
