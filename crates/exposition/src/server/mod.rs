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
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub(crate) use landing::landing_page;
pub(crate) use listener::Listener;
pub(crate) use routes::Routes;

/// How long requests that are being answered may go on after a request to stop.
const GRACE: Duration = Duration::from_millis(4500);

/// How long what they were doing on a backend has to be cancelled there, after they were cut off.
pub(crate) const CANCELLING: Duration = Duration::from_millis(300);

/// How many connections may be open at once; the next ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 512;

/// Serves `routes` on every listener until `stop` resolves, then lets open requests end: five seconds, all in all.
pub(crate) async fn serve(listeners: Vec<Listener>, routes: Arc<Routes>, stop: impl Future<Output = ()>) {
    let shutdown = Arc::new(GracefulShutdown::new());
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (cut, is_cut) = watch::channel(false);
    let mut accepting = JoinSet::new();
    for listener in listeners {
        let (routes, places, shutdown) = (Arc::clone(&routes), Arc::clone(&places), Arc::clone(&shutdown));
        accepting.spawn(connection::accept(listener, routes, places, shutdown, is_cut.clone()));
    }
    stop.await;
    accepting.shutdown().await;
    // Nobody accepts any more, so ours is the last handle.
    let Some(shutdown) = Arc::into_inner(shutdown) else { return };
    if timeout(GRACE, shutdown.shutdown()).await.is_err() {
        tracing::warn!("requests that did not end in time were cut off");
        cut.send_replace(true);
        sleep(CANCELLING).await;
    }
}
