//! A web server on a free port that answers as it is told, and remembers what it was asked.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What it does with a request.
#[derive(Clone, Debug)]
pub(super) enum Does {
    /// Answers with these bytes and closes the connection.
    Answer(Vec<u8>),
    /// Answers as `Answer` does, after this time.
    AnswerAfter(Duration, Vec<u8>),
    /// Answers with these bytes, and then with nothing until the client leaves.
    AnswerAndHang(Vec<u8>),
    /// Sends a head, and then a body that never ends.
    Flood,
}

pub(super) struct WebServer {
    port: u16,
    does: Arc<Mutex<Does>>,
    /// The heads of the requests.
    requests: Arc<Mutex<Vec<String>>>,
    /// None when it was stopped.
    thread: Option<JoinHandle<()>>,
    stop: Arc<Mutex<bool>>,
}

impl WebServer {
    pub(super) fn start(does: Does) -> Self {
        Self::start_with(does, None)
    }

    pub(super) fn start_with(does: Does, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (does, requests) = (Arc::new(Mutex::new(does)), Arc::new(Mutex::new(Vec::new())));
        let stop = Arc::new(Mutex::new(false));
        let (does_now, heads, is_stopped) = (Arc::clone(&does), Arc::clone(&requests), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if *is_stopped.lock().unwrap() {
                    return;
                }
                let (does, heads, tls) = (does_now.lock().unwrap().clone(), Arc::clone(&heads), tls.clone());
                thread::spawn(move || match tls {
                    None => serve(stream.unwrap(), &does, &heads),
                    Some(config) => {
                        let session = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(session, stream.unwrap()), &does, &heads);
                    }
                });
            }
        });
        Self { port, does, requests, thread: Some(thread), stop }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn does(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// From now on the port refuses connections.
    pub(super) fn stop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        *self.stop.lock().unwrap() = true;
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        thread.join().unwrap();
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The client may leave at any time.
fn serve(mut stream: impl Read + Write, does: &Does, heads: &Mutex<Vec<String>>) {
    let Ok(head) = head(&mut stream) else { return };
    heads.lock().unwrap().push(head);
    match does {
        Does::Answer(answer) => {
            let _ = stream.write_all(answer);
        }
        Does::AnswerAfter(time, answer) => {
            thread::sleep(*time);
            let _ = stream.write_all(answer);
        }
        Does::AnswerAndHang(answer) => {
            let _ = stream.write_all(answer).and_then(|()| stream.flush());
            let _ = stream.read(&mut [0]);
        }
        Does::Flood => {
            let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
            let mut sent = stream.write_all(head);
            while sent.is_ok() {
                sent = stream.write_all(&[b' '; 4096]);
            }
        }
    }
}

fn head(stream: &mut impl Read) -> std::io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            _ => head.push(byte[0]),
        }
    }
    Ok(String::from_utf8(head).unwrap())
}

/// An answer in HTTP, with headers such as `X-Y: z\r\n`.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> Does {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    Does::Answer((head + body).into_bytes())
}

pub(super) fn late(time: Duration, does: Does) -> Does {
    match does {
        Does::Answer(answer) => Does::AnswerAfter(time, answer),
        other => other,
    }
}

pub(super) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(super) fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// With a certificate for `localhost`, issued by the authority.
pub(super) fn encrypted(authority: &Authority) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(["localhost".into()]).unwrap().signed_by(&key, authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap())
}
