//! A few connections to one Redis database, opened when needed and never used again once an answer is outstanding.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, TryStreamExt};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, Pipeline, RedisError, RedisResult, Value,
};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::sentinel::Sentinels;
use crate::settings::Settings;
use crate::subscription::Subscription;
use crate::way::Way;

/// One for reading the queues, and one so that a ping need not wait for that.
const MAX_CONNECTIONS: usize = 2;

/// How many parts of a round trip may wait for their replies: enough to keep the server at work, and no more memory.
const MAX_PARTS: usize = 4;

#[derive(Clone)]
pub(crate) struct Connections {
    client: Client,
    sentinels: Option<Sentinels>,
    settings: Settings,
    target: String,
    /// What a user has to be allowed, as `ACL SETUSER` has it.
    access: String,
    connect_timeout: Duration,
    response_timeout: Duration,
    pool: Arc<Pool>,
}

/// What handles to one database share.
struct Pool {
    permits: Semaphore,
    idle: Mutex<Vec<MultiplexedConnection>>,
    last_answer: Mutex<Option<Instant>>,
}

impl Connections {
    pub(crate) fn new(settings: &Settings, access: &str) -> Result<Self, Error> {
        let client = settings.client()?;
        let sentinels = settings.sentinels()?;
        Ok(Self {
            target: target(&client, sentinels.as_ref()),
            access: access.to_owned(),
            client,
            sentinels,
            settings: settings.clone(),
            connect_timeout: settings.connect_timeout,
            response_timeout: settings.response_timeout,
            pool: Arc::new(Pool {
                permits: Semaphore::new(MAX_CONNECTIONS),
                idle: Mutex::default(),
                last_answer: Mutex::default(),
            }),
        })
    }

    /// The same connections, for who needs to be allowed something else.
    pub(crate) fn with_access(&self, access: &str) -> Self {
        Self { access: access.to_owned(), ..self.clone() }
    }

    /// Whether those of the others would do as well.
    pub(crate) fn lead_as(&self, others: &Self) -> bool {
        let limits = |of: &Self| (of.connect_timeout, of.response_timeout);
        self.target == others.target
            && self.ways() == others.ways()
            && self.settings.tls_ca_file == others.settings.tls_ca_file
            && limits(self) == limits(others)
    }

    /// To Redis, and to each Sentinel. Where there are Sentinels, they say the address.
    fn ways(&self) -> Vec<Way<'_>> {
        let sentinels = self.sentinels.iter().flat_map(|sentinels| &sentinels.clients);
        let server = Way::of(&self.client, self.sentinels.is_none());
        std::iter::once(server).chain(sentinels.map(|client| Way::of(client, true))).collect()
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    pub(crate) fn database(&self) -> i64 {
        self.client.get_connection_info().redis_settings().db()
    }

    pub(crate) fn last_answer(&self) -> Option<Instant> {
        *lock(&self.pool.last_answer)
    }

    /// One round trip, as [`Session::ask`](crate::Session::ask) has it.
    pub(crate) async fn ask(
        &self,
        parts: impl Iterator<Item = Pipeline> + Clone,
        deadline: Instant,
    ) -> Result<Replies, Error> {
        let mut parts = parts.filter(|part| !part.is_empty()).peekable();
        if parts.peek().is_none() {
            return Ok(self.replies(VecDeque::new()));
        }
        let begin = Instant::now();
        let Ok(Ok(_permit)) = timeout_at(deadline, self.pool.permits.acquire()).await else {
            return Err(self.late(begin.elapsed()));
        };
        let reused = lock(&self.pool.idle).pop();
        if let Some(connection) = reused {
            match self.exchange(connection, parts.clone(), deadline).await {
                // It broke while it was idle, and so did its sisters.
                Err(Error::Connect { .. }) => lock(&self.pool.idle).clear(),
                outcome => return outcome,
            }
        }
        let fresh = self.connect(deadline).await?;
        self.exchange(fresh, parts, deadline).await
    }

    /// Listens to channels, on a connection that does nothing else.
    pub(crate) async fn subscribe(
        &self,
        patterns: &[Vec<u8>],
        deadline: Instant,
    ) -> Result<Subscription, Error> {
        let begin = Instant::now();
        let deadline = earlier(deadline, begin, self.connect_timeout);
        let client = self.located(deadline).await?;
        let listening = async {
            let mut channels = client.get_async_pubsub().await?;
            channels.psubscribe(patterns).await?;
            Ok(channels)
        };
        let channels = self.in_time(begin, deadline, listening).await?;
        Ok(Subscription::new(channels))
    }

    async fn connect(&self, deadline: Instant) -> Result<MultiplexedConnection, Error> {
        let begin = Instant::now();
        let deadline = earlier(deadline, begin, self.connect_timeout);
        let client = self.located(deadline).await?;
        // No second clock is needed for dialling and for each answer.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let dial = client.get_multiplexed_async_connection_with_config(&config);
        self.in_time(begin, deadline, dial).await
    }

    /// Covers name, dialling, TLS and login.
    async fn in_time<T>(
        &self,
        begin: Instant,
        deadline: Instant,
        dial: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, Error> {
        match timeout_at(deadline, dial).await {
            Ok(dialled) => dialled.map_err(|error| self.failed(&error)),
            Err(_) => Err(self.late(begin.elapsed())),
        }
    }

    /// Asked anew for each connection: those to a server that is no longer the master end.
    async fn located(&self, deadline: Instant) -> Result<Cow<'_, Client>, Error> {
        let Some(sentinels) = &self.sentinels else { return Ok(Cow::Borrowed(&self.client)) };
        let (host, port) = sentinels.master(&self.target, self.settings.section(), deadline).await?;
        self.settings.client_at(host, port).map(Cow::Owned)
    }

    /// Keeps the connection only if all replies arrived.
    async fn exchange(
        &self,
        connection: MultiplexedConnection,
        parts: impl Iterator<Item = Pipeline>,
        deadline: Instant,
    ) -> Result<Replies, Error> {
        let begin = Instant::now();
        tracing::trace!(redis = self.target, "round trip");
        let answer = send(&connection, parts);
        let replies = match timeout_at(earlier(deadline, begin, self.response_timeout), answer).await {
            Ok(answer) => answer.map_err(|error| self.failed(&error))?,
            Err(_) => return Err(self.late(begin.elapsed())),
        };
        if replies.iter().any(|reply| !matches!(reply, Value::ServerError(_))) {
            *lock(&self.pool.last_answer) = Some(Instant::now());
        }
        lock(&self.pool.idle).push(connection);
        Ok(self.replies(replies))
    }

    fn replies(&self, replies: VecDeque<Value>) -> Replies {
        Replies {
            replies,
            target: self.target.clone(),
            access: self.access.clone(),
            section: self.settings.section(),
        }
    }

    pub(crate) fn late(&self, waited: Duration) -> Error {
        Error::Deadline { target: self.target.clone(), section: self.settings.section(), waited }
    }

    fn failed(&self, error: &RedisError) -> Error {
        let (target, section) = (self.target.clone(), self.settings.section());
        match error.kind() {
            // The server may repeat what it did not understand, and with it the password.
            ErrorKind::AuthenticationFailed => {
                let reason = format!(
                    "wrong username or password, or it has none and one was given; check username and password in \
                     [{section}]"
                );
                Error::Authentication { target, reason }
            }
            ErrorKind::Server(_) => {
                select_refused(target, section, &self.access, error.detail().unwrap_or_default())
            }
            _ => Error::Connect { target, section, reason: error.to_string() },
        }
    }
}

/// Sends all parts, a few of them ahead of their replies.
async fn send(
    connection: &MultiplexedConnection,
    parts: impl Iterator<Item = Pipeline>,
) -> RedisResult<VecDeque<Value>> {
    let mut on_their_way = FuturesOrdered::new();
    let mut replies = VecDeque::new();
    for part in parts {
        let mut connection = connection.clone();
        on_their_way.push_back(async move { connection.send_packed_commands(&part, 0, part.len()).await });
        // The first poll sends it, and what has been answered meanwhile need not be kept.
        while let Some(Some(answer)) = on_their_way.try_next().now_or_never().transpose()? {
            replies.extend(answer);
        }
        if on_their_way.len() >= MAX_PARTS
            && let Some(answer) = on_their_way.try_next().await?
        {
            replies.extend(answer);
        }
    }
    while let Some(answer) = on_their_way.try_next().await? {
        replies.extend(answer);
    }
    Ok(replies)
}

/// The replies to the commands of one round trip, in their order.
#[derive(Debug)]
pub(crate) struct Replies {
    replies: VecDeque<Value>,
    target: String,
    access: String,
    section: &'static str,
}

impl Replies {
    pub(crate) fn next(&mut self) -> Result<Value, Error> {
        self.replies.pop_front().ok_or_else(|| self.garbled("an answer is missing"))
    }

    pub(crate) fn refused(&self, code: &str, details: Option<&str>) -> Error {
        refused(self.target.clone(), self.section, &self.access, code, details)
    }

    pub(crate) fn garbled(&self, reason: &str) -> Error {
        let reason = format!("{reason}; check that host and port in [{}] lead to Redis itself", self.section);
        Error::Command { target: self.target.clone(), reason }
    }
}

fn refused(target: String, section: &str, access: &str, code: &str, details: Option<&str>) -> Error {
    let details = details.unwrap_or("no reason given");
    match code {
        "NOAUTH" => Error::Authentication {
            target,
            reason: format!("it wants a password and none is set; set password in [{section}]"),
        },
        "NOPERM" => Error::Authentication {
            target,
            reason: format!(
                "the user needs `{access}`, and `+select` for a database other than 0: {details}"
            ),
        },
        "LOADING" => Error::Command {
            target,
            reason: format!("it is still loading its data, wait until that is done: {details}"),
        },
        _ => {
            Error::Command { target, reason: format!("{code} {details}; the log of the server may say more") }
        }
    }
}

/// The one other command of the handshake, of whose error the client keeps the text but not the code.
fn select_refused(target: String, section: &str, access: &str, details: &str) -> Error {
    let codes = [
        ("no permissions", "NOPERM"),
        ("Authentication required", "NOAUTH"),
        ("loading the dataset", "LOADING"),
    ];
    match codes.into_iter().find(|(text, _)| details.contains(text)) {
        Some((_, code)) => refused(target, section, access, code, Some(details)),
        None => Error::Command {
            target,
            reason: format!("the database cannot be selected: {details}; check database in [{section}]"),
        },
    }
}

/// The deadline, or when `limit` is over. A limit beyond what a clock can count is none.
fn earlier(deadline: Instant, begin: Instant, limit: Duration) -> Instant {
    begin.checked_add(limit).map_or(deadline, |end| end.min(deadline))
}

fn target(client: &Client, sentinels: Option<&Sentinels>) -> String {
    let server = client.get_connection_info();
    let database = server.redis_settings().db();
    match (sentinels, server.addr()) {
        (Some(sentinels), _) => format!("sentinel:{}/{database}", sentinels.master),
        (None, ConnectionAddr::Unix(path)) => format!("unix:{}/{database}", path.display()),
        (None, address) => format!("{address}/{database}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{refused, select_refused};

    /// Redis 7.0, `shared.loadingerr` in `server.c`.
    const LOADING: &str = "Redis is loading the dataset in memory";

    #[test]
    fn a_server_that_loads_its_data_says_so_whatever_it_was_asked() {
        let target = || "cache:6379/1".to_owned();
        for error in [
            refused(target(), "redis", "+@read ~rq:*", "LOADING", Some(LOADING)),
            select_refused(target(), "redis", "+@read ~rq:*", LOADING),
        ] {
            let message = error.to_string();
            assert!(message.contains("cache:6379/1") && message.contains("still loading"), "{message}");
        }
    }

    #[test]
    fn a_refused_database_is_told_in_the_words_of_the_server() {
        let message =
            select_refused("cache:6379/99".to_owned(), "redis", "+@read ~rq:*", "DB index is out of range")
                .to_string();
        assert!(message.contains("selected: DB index is out of range; check database"), "{message}");
    }
}
