//! Cancel requests as libpq sends them: the connection stays open until the server closes it.
//!
//! PgBouncer 1.18 and 1.19 die when the sender of a cancel request is gone before they have passed it on
//! (<https://github.com/pgbouncer/pgbouncer/issues/801>), and tokio-postgres hangs up as soon as it has sent one.

use std::{
    io,
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_postgres::{
    CancelToken, Config,
    config::{Host, LoadBalanceHosts},
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Longest wait for the server to close; PgBouncer gives up after 10 seconds (`cancel_wait_timeout`).
const PATIENCE: Duration = Duration::from_secs(30);

/// Where cancel requests go.
#[derive(Clone, Debug)]
pub(crate) enum Server {
    /// The name in its certificate, and what to connect to.
    Tcp {
        name: String,
        address: String,
        port: u16,
    },
    Unix(PathBuf),
    /// One of several: only tokio-postgres knows to which of them a connection leads.
    Several,
}

impl Server {
    pub(crate) fn of(config: &Config) -> Self {
        let port = config.get_ports().first().copied().unwrap_or(5432);
        if config.get_load_balance_hosts() != LoadBalanceHosts::Disable {
            return Self::Several;
        }
        match (config.get_hosts(), config.get_hostaddrs()) {
            ([Host::Tcp(name)], []) => Self::Tcp { name: name.clone(), address: name.clone(), port },
            ([Host::Tcp(name)], [address]) => {
                Self::Tcp { name: name.clone(), address: address.to_string(), port }
            }
            ([Host::Unix(directory)], []) => Self::Unix(directory.join(format!(".s.PGSQL.{port}"))),
            _ => Self::Several,
        }
    }

    /// Sends the request and returns when the server has taken it, 30 seconds later at most. Not to be dropped before.
    pub(crate) async fn cancel(self, token: CancelToken, tls: MakeRustlsConnect) {
        let sent = timeout(PATIENCE, async {
            match self {
                Self::Tcp { name, address, port } => {
                    let stream = TcpStream::connect((address.as_str(), port)).await?;
                    let mut tls = tls;
                    let tls = MakeTlsConnect::<Patient<TcpStream>>::make_tls_connect(&mut tls, &name)
                        .map_err(io::Error::other)?;
                    token.cancel_query_raw(Patient(stream), Patient(tls)).await.map_err(io::Error::other)
                }
                Self::Unix(socket) => {
                    let stream = UnixStream::connect(socket).await?;
                    token
                        .cancel_query_raw(Patient(stream), tokio_postgres::NoTls)
                        .await
                        .map_err(io::Error::other)
                }
                Self::Several => token.cancel_query(tls).await.map_err(io::Error::other),
            }
        });
        if let Ok(Err(error)) = sent.await {
            tracing::debug!(%error, "cancel request failed");
        }
    }
}

/// A stream that is shut down by the other side.
struct Patient<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 64];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                // Closed, in whatever way.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl<S: TlsStream + Unpin> TlsStream for Patient<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.0.channel_binding()
    }
}

/// The TLS session ends with a message of its own, which the sender must not hasten either.
impl<S, T: TlsConnect<S>> TlsConnect<S> for Patient<T>
where
    T::Stream: Unpin,
    T::Future: Send + 'static,
{
    type Stream = Patient<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, T::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let session = self.0.connect(stream);
        Box::pin(async { Ok(Patient(session.await?)) })
    }
}
