//! The handle on Nautobot's database.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use crate::{
    error::Error,
    glance::{self, Changes, Glance, Reuse, Rule},
    pool::Pool,
    reading::{Limits, Reading},
    schema::Schema,
    settings::Settings,
    text_row::TextRow,
};

/// How long a detected schema is trusted while transactions go on that do not show in it.
const SCHEMA_AGE: Duration = Duration::from_secs(60);

/// Nautobot's PostgreSQL. Clones share its connections and what is known about its schema.
#[derive(Clone)]
pub struct Nautobot {
    pool: Arc<Pool>,
    limits: Limits,
    rule: Rule,
    latest: Arc<Mutex<Option<Latest>>>,
}

/// The latest look at the database.
struct Latest {
    glance: Arc<Glance>,
    /// What was known when the schema was detected.
    detected: Changes,
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
        let pool = Pool::new(settings)?;
        // Of several servers, one might be looked at and another one read.
        let reuse = if pool.has_several_servers() { Reuse::Off } else { settings.reuse };
        let rule = Rule { reuse, max_age: settings.reuse_max_age };
        Ok(Self { pool: Arc::new(pool), limits, rule, latest: Arc::default() })
    }

    /// Where the database is, for people: `db.example:5432/nautobot`.
    pub fn target(&self) -> String {
        self.pool.target.clone()
    }

    /// How many connections it has open at most at the same time.
    pub fn max_connections(&self) -> usize {
        self.pool.limit
    }

    /// Takes a look: which Nautobot this is, and what has changed since an earlier look. Every run of a scrape begins with
    /// it, and all share one: a look that was begun at most `asked` ago is new enough.
    ///
    /// One statement, which reads the catalogue and PostgreSQL's counters. A second one looks closer at the
    /// schema when that changed, when a connection was lost or a query missed a table, a column or a type, and once a minute
    /// while transactions go on.
    ///
    /// # Errors
    ///
    /// [`Error::NotNautobot`], and those of [`query`](Self::query).
    pub async fn glance(&self, asked: Duration, within: Duration) -> Result<Arc<Glance>, Error> {
        let (now, deadline) = (Instant::now(), deadline(within));
        let mut latest = timeout_at(deadline, self.latest.lock())
            .await
            .map_err(|_| Error::Deadline { target: self.target(), what: "a look at what has changed" })?;
        let epoch = self.pool.health.epoch();
        let known = latest.as_ref().filter(|latest| latest.epoch == epoch);
        let is_new_enough =
            |known: &&Latest| now.saturating_duration_since(known.glance.changes().at()) <= asked;
        if let Some(known) = known.filter(is_new_enough) {
            return Ok(known.glance.clone());
        }

        let earlier = latest.as_ref().map(|latest| &*latest.glance);
        let changes = self.changes(earlier, deadline).await?;
        let known = known.filter(|known| changes.has_schema_of(&known.detected, SCHEMA_AGE));
        // Read before what is detected now, so that what happens in between is noticed next time.
        let epoch = self.pool.health.epoch();
        let (schema, detected) = match known {
            Some(known) => (known.glance.schema().clone(), known.detected.clone()),
            None => (self.detect(deadline).await?, changes.clone()),
        };
        let glance = Arc::new(Glance::new(schema, changes, self.rule));
        *latest = Some(Latest { glance: glance.clone(), detected, epoch });
        Ok(glance)
    }

    /// Which Nautobot this is and what tables it has: a [`glance`](Self::glance) of its own.
    ///
    /// # Errors
    ///
    /// As [`glance`](Self::glance).
    pub async fn schema(&self, within: Duration) -> Result<Arc<Schema>, Error> {
        Ok(self.glance(Duration::ZERO, within).await?.schema().clone())
    }

    /// Runs one statement in a read-only transaction of its own, and returns all of its rows as text. Everything goes out
    /// in one message: one round trip, after a login when no connection is idle. The statement has no parameters and no
    /// semicolon at its end.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] when the server refuses the statement, [`Error::Busy`] when the budget stays exhausted,
    /// [`Error::Connect`], [`Error::Authentication`] and [`Error::Deadline`].
    pub async fn query(&self, sql: &str, within: Duration) -> Result<Vec<TextRow>, Error> {
        let deadline = deadline(within);
        Reading::once(&self.pool, self.limits, sql, deadline, deadline).await
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

    /// Whether the database answers. One round trip, with an empty transaction.
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
        let ask = |patience| Reading::once(&self.pool, self.limits, "", patience, deadline);
        match ask(half).await {
            Err(Error::Busy { .. }) if self.is_at_work(asked) => return Ok(()),
            Err(Error::Busy { .. }) => ask(deadline).await?,
            answered => answered?,
        };
        Ok(())
    }

    /// Whether the server has answered a statement since `instant`. To refuse one is an answer too; to accept or
    /// refuse a login is not, because PgBouncer does that alone.
    pub fn answered_since(&self, instant: Instant) -> bool {
        self.pool.health.answered_since(instant)
    }

    async fn changes(&self, earlier: Option<&Glance>, deadline: Instant) -> Result<Changes, Error> {
        let not_nautobot = |missing| Error::NotNautobot { target: self.target(), missing };
        let at = Instant::now();
        let sql = earlier.map_or_else(glance::first, Glance::next);
        let rows = match Reading::once(&self.pool, self.limits, &sql, deadline, deadline).await {
            Err(Error::Query { sqlstate, .. }) if sqlstate == "42P01" => {
                return Err(not_nautobot("table django_migrations"));
            }
            answered => answered?,
        };
        let row = rows.first().ok_or_else(|| not_nautobot("its name in pg_database"))?;
        Changes::of_row(row, at, earlier.map(Glance::changes))
    }

    async fn detect(&self, deadline: Instant) -> Result<Arc<Schema>, Error> {
        let rows = Reading::once(&self.pool, self.limits, Schema::FEATURES, deadline, deadline).await?;
        let schema = Schema::of_rows(&rows, &self.pool.target)?;
        tracing::debug!(server = self.pool.target, line = %schema.line(), "schema detected");
        Ok(Arc::new(schema))
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
