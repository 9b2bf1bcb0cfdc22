//! A client that asks one thing on one connection, as a test needs it: it can also be rude.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use tokio::time::Instant;

/// Longer than any scrape's deadline.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer in one piece.
#[derive(Clone, Debug)]
pub struct Response {
    /// 200, most likely.
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As it came, compressed if it was.
    pub body: Vec<u8>,
    /// From the first byte out to the last byte in.
    pub took: Duration,
}

impl Response {
    /// The body as text.
    ///
    /// # Panics
    /// It is none.
    #[expect(clippy::panic, reason = "a test that wants text and gets none has failed")]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|error| panic!("a body that is no text: {error}"))
    }
}

/// Sends a request to a port of 127.0.0.1 and reads the answer.
///
/// # Errors
/// Nobody answers, or not in HTTP.
pub fn request(method: &str, port: u16, path: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
    let start = Instant::now();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer, start.elapsed()).ok_or_else(|| io::Error::other("an answer that is no HTTP"))
}

fn parse(answer: &[u8], took: Duration) -> Option<Response> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(end + 4)?;
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Some(Response { status, headers, body: body.to_owned(), took })
}
