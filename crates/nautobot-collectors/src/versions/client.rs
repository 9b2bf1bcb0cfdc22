//! One request to a web server on a connection of its own, in whatever task wants the answer: dropping it ends both.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{Either, select, select_ok};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, HeaderValue, USER_AGENT};
use hyper::rt::{Read, Write};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::{Error, NautobotSettings, tls};

/// The largest body that is read.
const MAX_BODY: usize = 1024 * 1024;

/// Asks one address, with a token.
#[derive(Debug)]
pub(super) struct Client {
    url: Url,
    authorization: HeaderValue,
    /// Only with `https`.
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Client {
    /// Asks `path` below the URL of these settings.
    pub(super) fn new(
        url: &str,
        path: &str,
        token: &SecretString,
        settings: &NautobotSettings,
    ) -> Result<Self, Error> {
        let mut url = parse(url)?;
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        let tls = match (url.scheme(), &settings.tls_ca_file) {
            ("https", file) => Some((tls::config(file.as_deref())?, server_name(&url)?)),
            (_, Some(_)) => {
                return Err(unusable("tls_ca_file", "nautobot.url is not encrypted: it has to be `https`"));
            }
            _ => None,
        };
        Ok(Self { url, authorization: authorization(token)?, tls })
    }

    /// The address, for people.
    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The body of the answer, which has to be 200. Does not end by itself.
    pub(super) async fn get(&self) -> Result<Bytes, Error> {
        let stream = self.connect().await.map_err(|error| self.unreachable(&error))?;
        match &self.tls {
            None => self.exchange(TokioIo::new(stream)).await,
            Some((config, name)) => {
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(name.clone(), stream).await;
                self.exchange(TokioIo::new(stream.map_err(|error| self.unreachable(&error))?)).await
            }
        }
    }

    /// Dials all addresses of the host and takes the first that answers, so that a silent one costs nothing.
    async fn connect(&self) -> io::Result<TcpStream> {
        let port = self.url.port_or_known_default().unwrap_or_default();
        let host = self.host();
        let addresses = lookup_host((host.as_str(), port)).await?;
        let dials: Vec<_> = addresses.map(|address| TcpStream::connect(address).boxed()).collect();
        if dials.is_empty() {
            return Err(io::Error::other("the host has no address"));
        }
        select_ok(dials).await.map(|(stream, _)| stream)
    }

    /// The name or the address, without the brackets that an address has in a URL.
    fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        }
    }

    async fn exchange<S: Read + Write + Unpin>(&self, stream: S) -> Result<Bytes, Error> {
        let (mut sender, connection) = handshake(stream).await.map_err(|error| self.unreachable(&error))?;
        let request = self.request()?;
        let answer = pin!(async {
            let answer = sender.send_request(request).await;
            self.body(answer.map_err(|error| self.unreachable(&error))?).await
        });
        match select(answer, pin!(connection)).await {
            Either::Left((answer, _)) => answer,
            // The server closed the connection: what it said before is there.
            Either::Right((_, answer)) => answer.await,
        }
    }

    fn request(&self) -> Result<Request<Empty<Bytes>>, Error> {
        let host = self.url.host_str().unwrap_or_default();
        let host = self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Request::get(self.url.path())
            .header(HOST, host)
            .header(USER_AGENT, concat!("nautobot-exporter/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, &self.authorization)
            .body(Empty::new())
            .map_err(|error| unusable("url", &error.to_string()))
    }

    async fn body(&self, answer: Response<Incoming>) -> Result<Bytes, Error> {
        let url = || self.url().to_owned();
        if answer.status() != StatusCode::OK {
            return Err(Error::Status { url: url(), status: answer.status().as_u16() });
        }
        match Limited::new(answer.into_body(), MAX_BODY).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(Error::Answer { url: url(), reason: "it is larger than 1 MiB".to_owned() })
            }
            Err(error) => Err(self.unreachable(&*error)),
        }
    }

    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> Error {
        Error::Unreachable { url: self.url().to_owned(), reason: in_full(error) }
    }
}

/// The address of a web server that carries no secret.
pub(super) fn parse(url: &str) -> Result<Url, Error> {
    let refuse = |reason| Err(unusable("url", reason));
    let Ok(url) = Url::parse(url) else {
        return refuse("expected an address such as https://nautobot.example.com");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse("expected http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("expected no user and no password: nautobot.token is what Nautobot is asked with");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("expected nothing behind `?` or `#`");
    }
    Ok(url)
}

/// Sensitive, so that nothing shows it.
fn authorization(token: &SecretString) -> Result<HeaderValue, Error> {
    let token = token.expose_secret();
    let is_visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    let value = is_visible.then(|| HeaderValue::try_from(format!("Token {token}")));
    let Some(Ok(mut value)) = value else {
        let reason =
            "expected visible ASCII characters without a space; Nautobot's tokens are 40 hexadecimal digits";
        return Err(unusable("token", reason));
    };
    value.set_sensitive(true);
    Ok(value)
}

fn server_name(url: &Url) -> Result<ServerName<'static>, Error> {
    match url.host() {
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
        Some(Host::Ipv4(address)) => Some(ServerName::IpAddress(std::net::IpAddr::from(address).into())),
        Some(Host::Ipv6(address)) => Some(ServerName::IpAddress(std::net::IpAddr::from(address).into())),
        None => None,
    }
    .ok_or_else(|| unusable("url", "its host is no name that a certificate could be issued for"))
}

fn unusable(key: &'static str, reason: &str) -> Error {
    Error::Settings { key, reason: reason.to_owned() }
}

/// An error with its causes: hyper names only the outermost one.
fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_without_secrets_is_one() {
        for url in ["https://nautobot.example", "http://[::1]:8080/", "https://10.0.0.1/nb/"] {
            assert!(parse(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "nautobot.example",
            "ftp://nautobot.example",
            "https://",
            "https://canary@nautobot.example",
            "https://:canary@nautobot.example",
            "https://nautobot.example/?canary",
            "https://nautobot.example/#canary",
        ] {
            let refusal = parse(url).unwrap_err().to_string();
            assert!(
                refusal.starts_with("nautobot.url: expected ") && !refusal.contains("canary"),
                "{refusal}"
            );
        }
    }
}
