//! One read-only transaction.

use std::{fmt, sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};
use tokio_postgres::{
    Row, SimpleQueryMessage,
    types::{ToSql, Type},
};

use crate::{
    error::{Error, is_schema_drift},
    pool::{Lease, Pool},
    text_row::TextRow,
};

/// A read-only transaction on one connection of the budget, with one deadline for all of it.
///
/// Call [`finish`](Self::finish) when done, so that the connection is used again. Dropped without it, the
/// connection is closed, and whatever it runs is cancelled on the server.
pub struct Reading {
    /// Taken only by `finish` and `drop`, which own or end the value.
    lease: Option<Lease>,
    pool: Arc<Pool>,
    deadline: Instant,
    /// Whether the server has begun the transaction, or was asked to together with its only statement.
    is_open: bool,
}

/// The server's own limits on each statement of a transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) statement: Duration,
    pub(crate) lock: Duration,
}

impl Limits {
    /// The statements that begin a read-only transaction under these limits, and within the time that is left.
    fn begin(self, left: Duration) -> String {
        // Parallel workers would be sessions beyond the budget; compiling costs more than short statements gain.
        format!(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; \
             SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off",
            milliseconds(self.statement.min(left)),
            milliseconds(self.lock.min(left)),
        )
    }
}

impl Reading {
    /// Waits until `patience` for a place in the budget, and until `deadline` for the server.
    pub(crate) async fn begin(
        pool: &Arc<Pool>,
        limits: Limits,
        patience: Instant,
        deadline: Instant,
    ) -> Result<Self, Error> {
        loop {
            let lease = pool.lease(patience, deadline).await?;
            let is_reused = lease.is_reused();
            let mut reading = Self { lease: Some(lease), pool: pool.clone(), deadline, is_open: false };
            match reading.start(limits).await {
                // It died while idle: its server was restarted. The next one is idle too, or new.
                Err(Error::Connect { .. }) if is_reused => continue,
                outcome => return outcome.map(|()| reading),
            }
        }
    }

    /// One statement in a transaction of its own, all of it in one message. Its text may have any number of lines and
    /// comments, and no semicolon at its end.
    pub(crate) async fn once(
        pool: &Arc<Pool>,
        limits: Limits,
        sql: &str,
        patience: Instant,
        deadline: Instant,
    ) -> Result<Vec<TextRow>, Error> {
        loop {
            let lease = pool.lease(patience, deadline).await?;
            let is_reused = lease.is_reused();
            let reading = Self { lease: Some(lease), pool: pool.clone(), deadline, is_open: false };
            match reading.only(limits, sql).await {
                // It died while idle: its server was restarted. The next one is idle too, or new.
                Err(Error::Connect { .. }) if is_reused => continue,
                outcome => return outcome,
            }
        }
    }

    /// Runs one statement and returns all of its rows. Parameters come with their types, because the statement is
    /// never prepared under a name: that would break behind PgBouncer in transaction mode. One round trip.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] when the server refuses the statement (the transaction is of no further use then),
    /// [`Error::Deadline`] when the time is up, [`Error::Connect`] when the connection is lost.
    pub async fn query(&self, sql: &str, params: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>, Error> {
        let lease = self.lease()?;
        self.answer("a query", lease.client().query_typed(sql, params)).await
    }

    /// Ends the transaction and gives the connection back. One round trip.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query); the connection is closed then.
    pub async fn finish(mut self) -> Result<(), Error> {
        let lease = self.lease()?;
        // Of an aborted transaction this is the same as ROLLBACK, of any other it does not count as one.
        self.answer("the end of a transaction", lease.client().batch_execute("COMMIT")).await?;
        drop(self.lease.take());
        Ok(())
    }

    /// Ends the transaction as if it had never been, and gives the connection back: what its statements have set, notified
    /// or locked is undone, advisory locks of the session included. For statements that somebody else wrote. One round trip.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub async fn discard(mut self) -> Result<(), Error> {
        let lease = self.lease()?;
        // Those locks outlive a rollback, and a statement beyond it might meet another session behind PgBouncer.
        let undo = "ROLLBACK AND CHAIN; SELECT pg_advisory_unlock_all(); ROLLBACK";
        self.answer("the end of a transaction", lease.client().batch_execute(undo)).await?;
        drop(self.lease.take());
        Ok(())
    }

    async fn start(&mut self, limits: Limits) -> Result<(), Error> {
        let begin = limits.begin(self.time_left());
        self.answer("the start of a transaction", self.lease()?.client().batch_execute(&begin)).await?;
        self.opened();
        Ok(())
    }

    async fn only(mut self, limits: Limits, sql: &str) -> Result<Vec<TextRow>, Error> {
        let message = format!("{};\n{sql}\n;COMMIT", limits.begin(self.time_left()));
        self.opened();
        let answer = self.answer("a query", self.lease()?.client().simple_query(&message)).await?;
        drop(self.lease.take());
        let rows = answer.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(TextRow::new(row)),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// The server is at work for this from now on, until it is dropped.
    fn opened(&mut self) {
        self.pool.health.transaction_begins();
        self.is_open = true;
    }

    /// A little less than until the deadline, so that the server's refusal arrives and the connection survives.
    fn time_left(&self) -> Duration {
        let left = self.deadline.saturating_duration_since(Instant::now());
        left - (left / 10).min(Duration::from_millis(100))
    }

    /// Waits for the server as long as the deadline allows, and notes what its answer says beyond the rows.
    async fn answer<T>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        let health = &self.pool.health;
        let too_late = || Error::Deadline { target: self.pool.target.clone(), what };
        let error = match timeout_at(self.deadline, work).await {
            Err(_) => return Err(too_late()),
            Ok(Ok(value)) => {
                health.answered();
                return Ok(value);
            }
            Ok(Err(error)) => error,
        };
        if error.code().is_some_and(is_schema_drift) {
            health.unsettle();
        }
        match Error::of_statement(self.pool.target.clone(), what, &error) {
            lost @ Error::Connect { .. } => Err(lost),
            refused => {
                health.answered();
                Err(refused)
            }
        }
    }

    fn lease(&self) -> Result<&Lease, Error> {
        self.lease.as_ref().ok_or_else(|| Error::Connect {
            target: self.pool.target.clone(),
            reason: "the transaction is over".into(),
        })
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if self.is_open {
            self.pool.health.transaction_ends();
        }
        if let Some(lease) = self.lease.take() {
            lease.abandon();
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("target", &self.pool.target).finish_non_exhaustive()
    }
}

/// For `SET`, where zero would mean "no limit" and the greatest value is that of an `integer`.
fn milliseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX).max(1)
}
