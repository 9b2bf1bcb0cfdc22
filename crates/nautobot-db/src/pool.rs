//! The hard budget of connections, around deadpool's pool.
//!
//! Deadpool counts a connection until its socket is closed here; the server counts it until its backend has
//! ended there. So a place in the budget is given up only when the backend is gone too, as far as a client can
//! know that.

use std::{pin::Pin, pin::pin, sync::Arc, time::Duration};

use deadpool_postgres::{
    Connect, Manager, ManagerConfig, Object, PoolError, QueueMode, RecyclingMethod, Runtime, Timeouts,
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_postgres::{Client, Config, error::SqlState};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{address::Address, cancel::Server, error::Error, health::Health, settings::Settings, tls};

/// The greatest budget: PostgreSQL has no more connections for all of its clients unless told otherwise.
const MAX_LIMIT: usize = 100;
/// Time for a backend to end after its socket was closed; PostgreSQL needs about a millisecond.
const LINGER: Duration = Duration::from_millis(250);
/// Longest attempt to stop an abandoned statement on the server.
const CANCEL_LIMIT: Duration = Duration::from_secs(2);
/// Pause before a cancel request is repeated: one that overtakes its statement has no effect.
const CANCEL_PAUSE: Duration = Duration::from_millis(250);
/// Attempts, and the pause between them, when the server has no connection left for the role: a backend of ours
/// may still be ending.
const CROWDED_ATTEMPTS: usize = 5;
const CROWDED_PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Pool {
    idle: deadpool_postgres::Pool,
    places: Arc<Semaphore>,
    pub(crate) limit: usize,
    connect_timeout: Duration,
    tls: MakeRustlsConnect,
    server: Server,
    pub(crate) target: String,
    pub(crate) health: Arc<Health>,
}

impl Pool {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let limit = settings.max_connections;
        if !(1..=MAX_LIMIT).contains(&limit) {
            let reason = format!("expected 1 to {MAX_LIMIT}");
            return Err(Error::Settings { key: "max_connections", reason });
        }
        let Address { config, tls: mode, target } = Address::of(settings)?;
        let server = Server::of(&config);
        let tls = tls::connector(mode, settings)?;
        let health = Arc::new(Health::new());
        let dialler = Dialler { tls: tls.clone(), health: health.clone() };
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let idle = deadpool_postgres::Pool::builder(Manager::from_connect(config, dialler, recycling))
            .max_size(limit)
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Settings { key: "max_connections", reason: error.to_string() })?;
        let places = Arc::new(Semaphore::new(limit));
        let connect_timeout = settings.connect_timeout;
        Ok(Self { idle, places, limit, connect_timeout, tls, server, target, health })
    }

    /// Whether two connections may lead to different servers.
    pub(crate) fn has_several_servers(&self) -> bool {
        matches!(self.server, Server::Several)
    }

    /// A connection for one transaction, idle or new: waits until `patience` for a place in the budget, and until
    /// `deadline` for the server.
    pub(crate) async fn lease(
        self: &Arc<Self>,
        patience: Instant,
        deadline: Instant,
    ) -> Result<Lease, Error> {
        let busy = || Error::Busy { target: self.target.clone(), limit: self.limit };
        let permit = timeout_at(patience, self.places.clone().acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(|_| busy())?;
        let mut place = Place { permit: Some(permit), lingers: false };
        let client = self.client(&mut place, deadline).await?;
        Ok(Lease { client, place, pool: self.clone() })
    }

    async fn client(&self, place: &mut Place, deadline: Instant) -> Result<Object, Error> {
        let mut attempts = 1;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let create = left.min(self.connect_timeout);
            let timeouts = Timeouts { wait: Some(left), create: Some(create), recycle: Some(left) };
            // Given up half-way, also by whoever drops this future, a login may still succeed over there.
            place.lingers = true;
            let outcome = self.idle.timeout_get(&timeouts).await;
            place.lingers = matches!(outcome, Err(PoolError::Timeout(_)));

            let target = || self.target.clone();
            match outcome {
                Ok(client) => return Ok(client),
                Err(PoolError::Backend(error)) => {
                    let is_crowded = error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS);
                    if !is_crowded || attempts == CROWDED_ATTEMPTS || left < CROWDED_PAUSE {
                        return Err(Error::of_connect(target(), &error));
                    }
                    attempts += 1;
                    sleep(CROWDED_PAUSE).await;
                }
                Err(PoolError::Timeout(_)) if create == left => {
                    return Err(Error::Deadline { target: target(), what: "the login" });
                }
                Err(PoolError::Timeout(_)) => {
                    let reason = format!("no login within {create:?} (connect_timeout)");
                    return Err(Error::Connect { target: target(), reason });
                }
                Err(error) => return Err(Error::Connect { target: target(), reason: error.to_string() }),
            }
        }
    }
}

/// One connection out of the budget. Dropped, it goes back to the pool.
pub(crate) struct Lease {
    client: Object,
    place: Place,
    pool: Arc<Pool>,
}

impl Lease {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the connection was idle before, and may have died unnoticed meanwhile.
    pub(crate) fn is_reused(&self) -> bool {
        Object::metrics(&self.client).recycle_count > 0
    }

    /// Ends a connection on which a statement may be running: it is cancelled on the server, and the place in the
    /// budget stays taken until the backend is gone, at most about [`CANCEL_LIMIT`]. The cancel requests are
    /// connections too, but without a session: `pg_stat_activity` does not count them.
    pub(crate) fn abandon(mut self) {
        self.place.lingers = !self.client.is_closed();
        match Handle::try_current() {
            Ok(runtime) if self.place.lingers => {
                let end = async move {
                    // Past the limit the server is out of reach, and its own statement_timeout has to do.
                    let _ = timeout(CANCEL_LIMIT, self.cancel()).await;
                    self.close();
                };
                #[expect(
                    clippy::disallowed_methods,
                    reason = "what is dropped cannot wait; it ends by its limit"
                )]
                runtime.spawn(end);
            }
            _ => self.close(),
        }
    }

    /// Asks the server to stop until it has confirmed, with the end of the transaction, that it did.
    async fn cancel(&self) {
        let mut end = pin!(self.client.batch_execute("ROLLBACK"));
        loop {
            let request = self.pool.server.clone().cancel(self.client.cancel_token(), self.pool.tls.clone());
            #[expect(
                clippy::disallowed_methods,
                reason = "it outlives us where it must; it ends by its limit"
            )]
            let _ = tokio::spawn(request).await;
            if timeout(CANCEL_PAUSE, end.as_mut()).await.is_ok() {
                return;
            }
        }
    }

    fn close(self) {
        drop(Object::take(self.client));
    }
}

/// A place in the budget.
struct Place {
    permit: Option<OwnedSemaphorePermit>,
    /// Whether a backend may outlive the connection that was held here.
    lingers: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        let permit = self.permit.take();
        if self.lingers
            && let Ok(runtime) = Handle::try_current()
        {
            let end = async move {
                sleep(LINGER).await;
                drop(permit);
            };
            #[expect(
                clippy::disallowed_methods,
                reason = "what is dropped cannot wait; it ends by its limit"
            )]
            runtime.spawn(end);
        }
    }
}

/// Opens connections, and watches them end.
struct Dialler {
    tls: MakeRustlsConnect,
    health: Arc<Health>,
}

type Dialled = Result<(Client, JoinHandle<()>), tokio_postgres::Error>;

impl Connect for Dialler {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Dialled> + Send + '_>> {
        let config = config.clone();
        Box::pin(async move {
            let (client, connection) = config.connect(self.tls.clone()).await?;
            // Not an answer yet: PgBouncer accepts logins for a server that is down.
            let health = self.health.clone();
            #[expect(
                clippy::disallowed_methods,
                reason = "the connection's own task; it ends with the client"
            )]
            let task = tokio::spawn(async move {
                // The server ended the session: a client that ends it aborts this task before.
                let end = connection.await;
                tracing::debug!(error = end.err().map(tracing::field::display), "connection lost");
                health.unsettle();
            });
            Ok((client, task))
        })
    }
}
