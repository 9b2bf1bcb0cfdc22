//! Connections: accepted in bounded number, and given up when the other side is too slow.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;
use tokio_io_timeout::TimeoutStream;

use super::listener::{Listener, Stream};
use super::routes::Routes;

/// How long a client may take to send the head of a request, and how long a connection may idle between two. A little
/// more than the usual intervals between scrapes: a connection that closes as the next request comes costs that scrape.
const HEADER_TIMEOUT: Duration = Duration::from_secs(65);

/// How long a client may keep us from sending the next bytes of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// How large the head of a request may be, and how many fields it may have.
const MAX_HEAD: usize = 32 * 1024;
const MAX_HEADERS: usize = 64;

/// How long to wait after the system refused a connection (out of descriptors, most likely).
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts connections for ever and serves each in a task of its own, until `cut` says that time is up.
pub(super) async fn accept(
    listener: Listener,
    routes: Arc<Routes>,
    places: Arc<Semaphore>,
    shutdown: Arc<GracefulShutdown>,
    cut: watch::Receiver<bool>,
) {
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (routes, mut cut) = (Arc::clone(&routes), cut.clone());
        match listener.accept().await {
            Ok(stream) => {
                let watcher = shutdown.watcher();
                let connection = async move {
                    let _place = place;
                    let served = async {
                        match stream {
                            Stream::Tcp(stream) => serve(stream, routes, watcher).await,
                            Stream::Unix(stream) => serve(stream, routes, watcher).await,
                        }
                    };
                    tokio::select! {
                        () = served => {}
                        _ = cut.wait_for(|cut| *cut) => {}
                    }
                };
                #[expect(clippy::disallowed_methods, reason = "the server's own connections")]
                tokio::spawn(connection);
            }
            Err(error) => {
                tracing::warn!(%listener, %error, "cannot accept a connection");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + 'static, routes: Arc<Routes>, watcher: Watcher) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let service = service_fn(move |request| {
        let routes = Arc::clone(&routes);
        async move { Ok::<_, std::convert::Infallible>(routes.answer(&request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended early");
    }
}
