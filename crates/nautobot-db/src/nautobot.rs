//! The handle on Nautobot's database.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use crate::{
    error::Error,
    pool::Pool,
    reading::{Limits, Reading},
    schema::Schema,
    settings::Settings,
};

/// How long a detected schema is trusted, unless something hints at a change before.
const SCHEMA_AGE: Duration = Duration::from_secs(60);

/// Nautobot's PostgreSQL. Clones share its connections and what is known about its schema.
#[derive(Clone)]
pub struct Nautobot {
    pool: Arc<Pool>,
    limits: Limits,
    schema: Arc<Mutex<Option<Detected>>>,
}

struct Detected {
    schema: Arc<Schema>,
    at: Instant,
    epoch: u64,
}

impl Nautobot {
    /// Checks the settings and reads the certificate files they name. Dials nothing: the first read does, and
    /// each later one that finds no idle connection.
    ///
    /// # Errors
    ///
    /// [`Error::Settings`], naming the key.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        for (key, limit) in [
            ("connect_timeout", settings.connect_timeout),
            ("statement_timeout", settings.statement_timeout),
            ("lock_timeout", settings.lock_timeout),
        ] {
            if limit.is_zero() {
                return Err(Error::Settings { key, reason: "expected more than zero".into() });
            }
        }
        let limits = Limits { statement: settings.statement_timeout, lock: settings.lock_timeout };
        Ok(Self { pool: Arc::new(Pool::new(settings)?), limits, schema: Arc::default() })
    }

    /// Where the database is, for people: `db.example:5432/nautobot`.
    pub fn target(&self) -> String {
        self.pool.target.clone()
    }

    /// Which Nautobot this is and what tables it has. Known from an earlier call of the last 60 seconds unless
    /// a connection was lost or a query missed a table, a column or a type since; otherwise one statement and two more round
    /// trips. Simultaneous calls share one detection.
    ///
    /// # Errors
    ///
    /// [`Error::NotNautobot`], and those of [`read`](Self::read).
    pub async fn schema(&self, within: Duration) -> Result<Arc<Schema>, Error> {
        let deadline = deadline(within);
        let mut detected = timeout_at(deadline, self.schema.lock())
            .await
            .map_err(|_| Error::Deadline { target: self.target(), what: "the detection of its schema" })?;
        if let Some(known) = detected.as_ref()
            && known.epoch == self.pool.health.epoch()
            && known.at.elapsed() < SCHEMA_AGE
        {
            return Ok(known.schema.clone());
        }
        let reading = Reading::begin(&self.pool, self.limits, deadline, deadline).await?;
        let (epoch, at) = (self.pool.health.epoch(), Instant::now());
        let schema = Arc::new(Schema::detect(&reading, &self.pool.target).await?);
        reading.finish().await?;
        tracing::debug!(server = self.pool.target, line = %schema.line(), "schema detected");
        *detected = Some(Detected { schema: schema.clone(), at, epoch });
        Ok(schema)
    }

    /// Starts a read-only transaction, whose statements all have to be over `within` this time. One round trip, after
    /// a login when no connection is idle. A connection that died while idle is replaced here.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] when the budget stays exhausted, [`Error::Connect`], [`Error::Authentication`] and
    /// [`Error::Deadline`].
    pub async fn read(&self, within: Duration) -> Result<Reading, Error> {
        let deadline = deadline(within);
        Reading::begin(&self.pool, self.limits, deadline, deadline).await
    }

    /// Whether the database answers. Two round trips.
    ///
    /// While every connection of the budget is in use for half of `within`, those that use them say it: the database
    /// answers when it did so since this was called, or when it is at work on a transaction and answered any of them
    /// within the last `statement_timeout`, after which it had to end the longest statement.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn ping(&self, within: Duration) -> Result<(), Error> {
        let (asked, deadline) = (Instant::now(), deadline(within));
        let half = asked + deadline.saturating_duration_since(asked) / 2;
        let reading = match Reading::begin(&self.pool, self.limits, half, deadline).await {
            Err(Error::Busy { .. }) if self.is_at_work(asked) => return Ok(()),
            Err(Error::Busy { .. }) => Reading::begin(&self.pool, self.limits, deadline, deadline).await?,
            begun => begun?,
        };
        reading.finish().await
    }

    /// Has the next call of [`schema`](Self::schema) look again: for whoever read a row that is not as the schema
    /// promised. Statements that the server refuses for such a reason do it by themselves.
    pub fn distrust_schema(&self) {
        self.pool.health.unsettle();
    }

    /// Whether the server has answered a statement since `instant`. To refuse one is an answer too; to accept or
    /// refuse a login is not, because PgBouncer does that alone.
    pub fn answered_since(&self, instant: Instant) -> bool {
        self.pool.health.answered_since(instant)
    }

    fn is_at_work(&self, asked: Instant) -> bool {
        let health = &self.pool.health;
        health.answered_since(asked) || health.is_at_work(Instant::now().checked_sub(self.limits.statement))
    }
}

/// A day is as good as for ever, and does not overflow.
fn deadline(within: Duration) -> Instant {
    Instant::now() + within.min(Duration::from_secs(24 * 60 * 60))
}

impl fmt::Debug for Nautobot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nautobot").field("target", &self.pool.target).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_needs_neither_a_runtime_nor_a_server() {
        let url = "postgresql://metrics:canary@db.invalid/nautobot?sslmode=require";
        let nautobot = Nautobot::open(&Settings { url: Some(url.into()), ..Settings::default() }).unwrap();
        assert_eq!(nautobot.target(), "db.invalid:5432/nautobot");
        assert!(!format!("{nautobot:?}").contains("canary"));
        assert!(!nautobot.answered_since(Instant::now()));
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        let refusal = |settings| Nautobot::open(&settings).unwrap_err().to_string();
        let instant = Settings { statement_timeout: Duration::ZERO, ..Settings::default() };
        assert_eq!(refusal(instant), "database.statement_timeout: expected more than zero");
        let idle = Settings { max_connections: 0, ..Settings::default() };
        assert_eq!(refusal(idle), "database.max_connections: expected 1 to 100");
    }

    #[test]
    fn a_budget_is_between_1_and_100() {
        let open = |max_connections| Nautobot::open(&Settings { max_connections, ..Settings::default() });
        for possible in [1, 100] {
            assert!(open(possible).is_ok(), "{possible}");
        }
        for impossible in [0, 101, usize::MAX >> 3, usize::MAX] {
            let refusal = open(impossible).unwrap_err().to_string();
            assert_eq!(refusal, "database.max_connections: expected 1 to 100");
        }
    }
}
