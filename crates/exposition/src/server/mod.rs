//! The exporter's door: listens, serves HTTP/1.1, and closes in good order.

mod connection;
mod landing;
mod listener;
mod query;
mod reply;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub(crate) use landing::landing_page;
pub(crate) use listener::Listener;
pub(crate) use routes::Routes;

/// How long requests that are being answered may go on after a request to stop.
const GRACE: Duration = Duration::from_secs(5);

/// How many connections may be open at once; the next ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 512;

/// Serves `routes` on every listener until `stop` resolves, then lets open requests end, for five seconds at most.
pub(crate) async fn serve(listeners: Vec<Listener>, routes: Arc<Routes>, stop: impl Future<Output = ()>) {
    let shutdown = Arc::new(GracefulShutdown::new());
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut accepting = JoinSet::new();
    for listener in listeners {
        let (routes, places, shutdown) = (Arc::clone(&routes), Arc::clone(&places), Arc::clone(&shutdown));
        accepting.spawn(connection::accept(listener, routes, places, shutdown));
    }
    stop.await;
    routes.drain();
    accepting.shutdown().await;
    // Nobody accepts any more, so ours is the last handle.
    let Some(shutdown) = Arc::into_inner(shutdown) else { return };
    if timeout(GRACE, shutdown.shutdown()).await.is_err() {
        tracing::warn!(seconds = GRACE.as_secs(), "cut off requests that did not end in time");
    }
}
