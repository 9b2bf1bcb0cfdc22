//! A server of any protocol, which does one thing.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long a client may be silent before it is answered without having asked: in some protocols, servers speak first.
const SILENCE: Duration = Duration::from_millis(100);

/// A TCP server on 127.0.0.1 that does one thing to whoever connects. Dropped, it stops, and its connections end.
///
/// It has a thread of its own, and goes on when a collector blocks that of the test. All connections of a
/// [`refusing`](Self::refusing) one are refused; else each gets the same answer once, to the first bytes that come over it
/// or, where servers speak first, after a tenth of a second.
///
/// ```
/// use std::io::Read;
/// use std::net::TcpStream;
///
/// use collector_testkit::Backend;
///
/// # fn main() -> std::io::Result<()> {
/// let backend = Backend::answering("220 mail.example.org\r\n")?;
/// let mut greeting = String::new();
/// TcpStream::connect(backend.address())?.read_to_string(&mut greeting)?;
/// assert_eq!(greeting, "220 mail.example.org\r\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Backend {
    address: SocketAddr,
    _holds: Holds,
}

/// What ends a backend when it is dropped.
#[derive(Debug)]
enum Holds {
    /// Bound, and not listening: nobody else gets the port meanwhile.
    Port {
        _socket: TcpSocket,
    },
    Server {
        _stop: oneshot::Sender<()>,
    },
}

/// What a server says.
#[derive(Clone, Debug)]
enum Speech {
    Nothing,
    All(Arc<[u8]>),
    Slowly(Arc<[u8]>, Duration),
    /// And then it hangs up.
    Abruptly(Arc<[u8]>),
}

impl Backend {
    /// Nobody listens.
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use std::net::TcpStream;
    ///
    /// use collector_testkit::Backend;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let backend = Backend::refusing()?;
    /// let error = TcpStream::connect(backend.address()).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// No port is free.
    pub fn refusing() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self { address: socket.local_addr()?, _holds: Holds::Port { _socket: socket } })
    }

    /// Accepts, listens, and never answers.
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// use std::net::TcpStream;
    /// use std::time::Duration;
    ///
    /// use collector_testkit::Backend;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let backend = Backend::hanging()?;
    /// let mut connection = TcpStream::connect(backend.address())?;
    /// connection.set_read_timeout(Some(Duration::from_millis(300)))?;
    /// assert_eq!(connection.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// No port or no thread is free.
    pub fn hanging() -> io::Result<Self> {
        Self::start(Speech::Nothing)
    }

    /// Answers with bytes that are no protocol's.
    ///
    /// ```
    /// use std::io::Read;
    /// use std::net::TcpStream;
    ///
    /// use collector_testkit::Backend;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let backend = Backend::garbled()?;
    /// let mut answer = Vec::new();
    /// TcpStream::connect(backend.address())?.read_to_end(&mut answer)?;
    /// assert_eq!(answer.len(), 4096);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`hanging`](Self::hanging).
    pub fn garbled() -> io::Result<Self> {
        let noise: Vec<u8> = (0..=u8::MAX).rev().cycle().take(4096).collect();
        Self::start(Speech::All(noise.into()))
    }

    /// Hangs up instead of answering.
    ///
    /// ```
    /// use std::io::Read;
    /// use std::net::TcpStream;
    ///
    /// use collector_testkit::Backend;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let backend = Backend::closing()?;
    /// let mut answer = Vec::new();
    /// TcpStream::connect(backend.address())?.read_to_end(&mut answer)?;
    /// assert_eq!(answer, b"");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`hanging`](Self::hanging).
    pub fn closing() -> io::Result<Self> {
        Self::start(Speech::Abruptly([].into()))
    }

    /// Sends the first half of a right answer, and hangs up.
    ///
    /// ```
    /// use std::io::Read;
    /// use std::net::TcpStream;
    ///
    /// use collector_testkit::Backend;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let backend = Backend::breaking_off("+PONG\r\n")?;
    /// let mut answer = String::new();
    /// TcpStream::connect(backend.address())?.read_to_string(&mut answer)?;
    /// assert_eq!(answer, "+PO");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`hanging`](Self::hanging).
    pub fn breaking_off(answer: impl AsRef<[u8]>) -> io::Result<Self> {
        let answer = answer.as_ref();
        let (half, _) = answer.split_at(answer.len() / 2);
        Self::start(Speech::Abruptly(half.into()))
    }

    /// Sends a right answer, with a pause after each byte.
    ///
    /// ```
    /// use std::io::Read;
    /// use std::net::TcpStream;
    /// use std::time::Duration;
    ///
    /// use collector_testkit::Backend;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let backend = Backend::slow("+PONG\r\n", Duration::from_millis(10))?;
    /// let mut answer = String::new();
    /// TcpStream::connect(backend.address())?.read_to_string(&mut answer)?;
    /// assert_eq!(answer, "+PONG\r\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`hanging`](Self::hanging).
    pub fn slow(answer: impl AsRef<[u8]>, pause: Duration) -> io::Result<Self> {
        Self::start(Speech::Slowly(answer.as_ref().into(), pause))
    }

    /// Sends an answer, and then says no more: what a collector gets that succeeds.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::net::TcpStream;
    ///
    /// use collector_testkit::Backend;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let backend = Backend::answering("+PONG\r\n")?;
    /// let mut connection = TcpStream::connect(backend.address())?;
    /// connection.write_all(b"PING\r\n")?;
    /// let mut answer = String::new();
    /// connection.read_to_string(&mut answer)?;
    /// assert_eq!(answer, "+PONG\r\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`hanging`](Self::hanging).
    pub fn answering(answer: impl AsRef<[u8]>) -> io::Result<Self> {
        Self::start(Speech::All(answer.as_ref().into()))
    }

    /// Where it listens, or does not.
    ///
    /// ```
    /// use collector_testkit::Backend;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// assert!(Backend::closing()?.address().ip().is_loopback());
    /// # Ok(())
    /// # }
    /// ```
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn start(speech: Speech) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = async move {
            let mut server = JoinSet::new();
            server.spawn(serve(listener, speech));
            // an error: the other end is never used, but dropped
            let _ = stopped.await;
        };
        thread::Builder::new().name("backend".into()).spawn(move || runtime.block_on(serve))?;
        Ok(Self { address, _holds: Holds::Server { _stop: stop } })
    }
}

async fn serve(listener: std::net::TcpListener, speech: Speech) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        let (connection, _) = listener.accept().await?;
        connections.spawn(answer(connection, speech.clone()));
    }
}

/// Fails when the client hangs up, of which there is nobody to tell.
async fn answer(mut connection: TcpStream, speech: Speech) -> io::Result<()> {
    // an error: it is silent
    let _ = timeout(SILENCE, connection.read(&mut [0; 4096])).await;
    match speech {
        Speech::Nothing => {}
        Speech::Abruptly(answer) => return connection.write_all(&answer).await,
        Speech::All(answer) => {
            connection.write_all(&answer).await?;
            connection.shutdown().await?;
        }
        Speech::Slowly(answer, pause) => {
            for byte in answer.iter() {
                connection.write_all(&[*byte]).await?;
                sleep(pause).await;
            }
            connection.shutdown().await?;
        }
    }
    // who closes before everything is read resets the connection, and the answer may be lost
    tokio::io::copy(&mut connection, &mut tokio::io::sink()).await?;
    Ok(())
}
