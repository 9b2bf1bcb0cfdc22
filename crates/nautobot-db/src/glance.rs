//! What one look at the database tells: which Nautobot it is, and what has changed since an earlier look.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{error::Error, schema::Schema, text_row::TextRow};

/// How long an idle session may keep to itself what it has changed, from PostgreSQL 15 on (`PGSTAT_IDLE_INTERVAL`).
const LAG: Duration = Duration::from_secs(10);

/// A look at the database before its tables are read: which Nautobot it is, and whether what was read from some
/// tables earlier still stands.
#[derive(Debug)]
pub struct Glance {
    schema: Arc<Schema>,
    changes: Changes,
    rule: Rule,
    /// Whether something was found to stand that was read before the last transactions ended.
    trusts_counters: AtomicBool,
}

/// When an earlier reading may be served again instead of reading anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Reuse {
    /// When PostgreSQL has counted no change of the tables that it was read from. From PostgreSQL 15 on, where
    /// a change is counted within 10 seconds, or noticed within two looks more if its session goes on with a long
    /// transaction; before, and with `track_counts` off, as [`Exact`](Self::Exact).
    #[default]
    Auto,
    /// When no transaction has ended in the whole cluster since: it is what reading anew would give.
    Exact,
    /// Never.
    Off,
}

/// How long, and on what evidence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) reuse: Reuse,
    pub(crate) max_age: Duration,
}

/// The state of the database at one moment, as far as a reader may know it without reading tables.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    at: Instant,
    /// Whether more was looked at than whether anything has changed; otherwise the rest is what an earlier look saw.
    is_news: bool,
    is_standby: bool,
    /// Of the transactions that are visible: equal ones see the same rows.
    snapshot: Arc<str>,
    /// Of the server's run and its statistics.
    server: Arc<str>,
    /// Of the tables that exist.
    schema: Arc<str>,
    /// What was changed in each table by its oid, where the server counts it in time.
    counters: Option<Arc<HashMap<u32, Counter>>>,
    /// The transactions that go on, by when a look saw them first.
    running: HashMap<Box<str>, Instant>,
}

/// The file of a table, and the rows that were ever inserted, updated and deleted in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counter {
    file: u32,
    changes: u64,
}

/// What was read from some tables, with what tells how long it stands.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    value: T,
    at: Instant,
    snapshot: Arc<str>,
    server: Arc<str>,
    schema: Arc<str>,
    counters: Option<Vec<(u32, Counter)>>,
}

impl Glance {
    pub(crate) fn new(schema: Arc<Schema>, changes: Changes, rule: Rule) -> Self {
        Self { schema, changes, rule, trusts_counters: AtomicBool::new(false) }
    }

    /// Which Nautobot this is and what tables it has.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Keeps a value that was read from these tables *after* this glance. Tables that the schema lacks hold nothing.
    ///
    /// `None` when it can not be known later whether the value stands: nothing is to be reused, the server is a standby,
    /// or one of the names is no ordinary table (a view, a foreign or partitioned table, one with row security).
    pub fn keep<T>(&self, value: T, tables: &[&str]) -> Option<Kept<T>> {
        if !self.may_reuse() {
            return None;
        }
        let oids = self.schema.plain(tables)?;
        let Changes { at, snapshot, server, schema, counters, .. } = &self.changes;
        let counters = counters.as_ref().filter(|_| self.rule.reuse == Reuse::Auto);
        Some(Kept {
            value,
            at: *at,
            snapshot: snapshot.clone(),
            server: server.clone(),
            schema: schema.clone(),
            counters: counters.and_then(|counters| select(counters, oids)),
        })
    }

    fn may_reuse(&self) -> bool {
        self.rule.reuse != Reuse::Off && !self.changes.is_standby
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The statement that the next look is made with. If nothing has changed since this one, it looks no further, unless
    /// counters may say more than they did.
    pub(crate) fn next(&self) -> String {
        let Changes { snapshot, server, .. } = &self.changes;
        if self.trusts_counters.load(Ordering::Relaxed) {
            first()
        } else {
            statement(&format!("{snapshot}{server}"))
        }
    }
}

/// The statement that the first look is made with.
pub(crate) fn first() -> String {
    statement("")
}

fn statement(known: &str) -> String {
    include_str!("glance/changes.sql").replace("{known}", &known.replace('\'', "''"))
}

impl<T> Kept<T> {
    /// Whether it may be served again, by what `now` tells: nothing else has changed what it was read from, and it is not
    /// older than `reuse_max_age`.
    pub fn stands(&self, now: &Glance) -> bool {
        if !now.may_reuse() || self.age() >= now.rule.max_age || !self.is_unchanged(&now.changes) {
            return false;
        }
        if self.snapshot != now.changes.snapshot {
            now.trusts_counters.store(true, Ordering::Relaxed);
        }
        true
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// How long ago it was read.
    pub fn age(&self) -> Duration {
        self.at.elapsed()
    }

    fn is_unchanged(&self, changes: &Changes) -> bool {
        self.server == changes.server
            && self.schema == changes.schema
            && (self.snapshot == changes.snapshot || self.is_counted_unchanged(changes))
    }

    fn is_counted_unchanged(&self, changes: &Changes) -> bool {
        match (&self.counters, &changes.counters) {
            _ if !changes.is_news => false,
            (Some(then), Some(now)) => {
                then.iter().all(|(oid, counter)| now.get(oid) == Some(counter)) && !changes.may_hide(self.at)
            }
            _ => false,
        }
    }
}

impl Changes {
    /// When the server was asked.
    pub(crate) fn at(&self) -> Instant {
        self.at
    }

    /// Of the one row of the statement, for which the server was asked at this instant, and of the look before.
    pub(crate) fn of_row(row: &TextRow, at: Instant, earlier: Option<&Self>) -> Result<Self, Error> {
        if let Some(earlier) = earlier
            && !row.is("is_news")?
        {
            return Ok(Self { at, is_news: false, ..earlier.clone() });
        }
        let text = |column| Ok::<_, Error>(row.text(column)?.unwrap_or_default().into());
        let seen = |running: &str| earlier.and_then(|earlier| earlier.running.get(running).copied());
        let running = row.text("running")?.into_iter().flat_map(|running| running.split(','));
        Ok(Self {
            at,
            is_news: true,
            is_standby: row.is("is_standby")?,
            snapshot: text("snapshot")?,
            server: text("server")?,
            schema: text("schema")?,
            counters: row.text("counters")?.and_then(counters).map(Arc::new),
            running: running.map(|running| (running.into(), seen(running).unwrap_or(at))).collect(),
        })
    }

    /// Whether a session may have changed something after that instant which is not counted yet, because it has gone on with
    /// a long transaction. One that was there at that instant hides only what it did before.
    fn may_hide(&self, since: Instant) -> bool {
        self.running.values().any(|&seen| seen > since && self.at.saturating_duration_since(seen) >= LAG)
    }

    /// Whether the tables that exist, and what a role may do with them, are the same as they were then: for certain when
    /// no transaction has ended since, and as far as the tables themselves show it otherwise.
    pub(crate) fn has_schema_of(&self, then: &Self, trust: Duration) -> bool {
        self.server == then.server
            && self.schema == then.schema
            && (self.snapshot == then.snapshot || then.at.elapsed() < trust)
    }
}

/// What the column `counters` holds: `oid file changes,…`.
fn counters(text: &str) -> Option<HashMap<u32, Counter>> {
    text.split(',').map(counter).collect()
}

fn counter(text: &str) -> Option<(u32, Counter)> {
    let mut numbers = text.split(' ');
    let (oid, file, changes) = (numbers.next()?, numbers.next()?, numbers.next()?);
    Some((oid.parse().ok()?, Counter { file: file.parse().ok()?, changes: changes.parse().ok()? }))
}

fn select(counters: &HashMap<u32, Counter>, oids: Vec<u32>) -> Option<Vec<(u32, Counter)>> {
    oids.into_iter().map(|oid| Some((oid, *counters.get(&oid)?))).collect()
}

#[cfg(test)]
mod tests;
