//! One call, and its first round trip: which queues there are, and what lies unacknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::once;
use std::time::Duration;

use nautobot_redis::{Answers, Complaints, Error, command, distinct, members, parts};
use redis::Pipeline;
use tokio::time::Instant;

use crate::bindings::is_of_mailboxes;
use crate::exchanges::{Exchanges, MAX_EXCHANGES};
use crate::keys::Keyspace;
use crate::unacked::Unacked;

/// How many queues are read: as many as exchanges, since most have one of their own.
const MAX_QUEUES: usize = MAX_EXCHANGES;

/// Over how many keys one step of `SCAN` goes: some milliseconds of the server's time.
const SCAN_STEP: usize = 10_000;

/// How many such steps one call makes before a pass is whole.
const MAX_STEPS: usize = 100;

pub(crate) struct Session<'a> {
    redis: nautobot_redis::Session<'a>,
    pub(crate) keys: &'a Keyspace,
    exchanges: &'a Exchanges,
    /// How long there may be more steps than one.
    scan_until: Instant,
}

/// What is there.
pub(crate) struct Found {
    /// The queues by the name to show.
    pub(crate) queues: BTreeMap<String, Vec<u8>>,
    /// Whether anything of Celery's is there: a binding, or a message that a worker has taken.
    pub(crate) is_celery: bool,
    pub(crate) unacked: Unacked,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        redis: nautobot_redis::Session<'a>,
        keys: &'a Keyspace,
        exchanges: &'a Exchanges,
        within: Duration,
    ) -> Self {
        // A day is as good as for ever, and does not overflow.
        let scan_until = Instant::now() + within.min(Duration::from_hours(24)) / 2;
        Self { redis, keys, exchanges, scan_until }
    }

    pub(crate) async fn probe(&mut self) -> Result<(), Error> {
        let key = self.keys.unacked();
        let mut commands = Pipeline::new();
        commands.add_command(command("EXISTS", &key));
        self.ask(once(commands)).await?.count(&key).map(drop)
    }

    pub(crate) async fn has_workers(&mut self) -> Result<bool, Error> {
        let bindings = [&b"celery.pidbox"[..], b"celeryev"].map(|exchange| self.keys.binding(exchange));
        let mut commands = Pipeline::new();
        for binding in &bindings {
            // One key a command: the node of a cluster refuses those of two slots.
            commands.add_command(command("EXISTS", binding));
        }
        let mut answers = self.ask(once(commands)).await?;
        let mut is_there = false;
        for binding in &bindings {
            is_there |= answers.count(binding)?.is_some_and(|there| there > 0);
        }
        Ok(is_there)
    }

    pub(crate) async fn found(&mut self, configured: &[String]) -> Result<Found, Error> {
        let (keys, exchanges) = (self.keys, self.exchanges);
        let known = Bound::of(exchanges.known());
        let cursor = exchanges.cursor();
        let first = [scan(keys, cursor), Unacked::ask_tags(keys)];
        let mut answers = self.ask(first.iter().cloned().chain(known.ask(keys))).await?;
        take_step(keys, exchanges, cursor, &mut answers)?;
        let unacked = Unacked::take_tags(keys, &mut answers)?;
        let mut bound = known.take(keys, exchanges, &mut answers)?;
        self.end_first_pass().await?;
        let new = Bound::of(exchanges.known().difference(&known.into_inner()).cloned().collect());
        let mut answers = self.ask(new.ask(keys)).await?;
        bound.extend(new.take(keys, exchanges, &mut answers)?);
        let is_celery = !exchanges.known().is_empty() || unacked.total.is_some_and(|total| total > 0);
        self.check(exchanges.known().len().max(bound.len()))?;
        let configured = configured.iter().map(|name| name.clone().into_bytes());
        Ok(Found { queues: distinct(configured.chain(bound)), is_celery, unacked })
    }

    async fn end_first_pass(&mut self) -> Result<(), Error> {
        let (keys, exchanges) = (self.keys, self.exchanges);
        for _ in 1..MAX_STEPS {
            if exchanges.is_whole() || Instant::now() >= self.scan_until {
                break;
            }
            let cursor = exchanges.cursor();
            let mut answers = self.ask(once(scan(keys, cursor))).await?;
            take_step(keys, exchanges, cursor, &mut answers)?;
        }
        Ok(())
    }

    fn check(&self, queues: usize) -> Result<(), Error> {
        if queues <= MAX_QUEUES {
            return Ok(());
        }
        let register = format!("the sets {}", String::from_utf8_lossy(&self.keys.binding(b"*")));
        let target = self.redis.target().to_owned();
        Err(Error::TooManyQueues { target, bound: MAX_QUEUES, register })
    }

    /// One round trip, whatever the number of parts.
    pub(crate) async fn ask(
        &mut self,
        parts: impl Iterator<Item = Pipeline> + Clone,
    ) -> Result<Answers<'_>, Error> {
        self.redis.ask(parts).await
    }

    pub(crate) fn complaints(&mut self) -> &mut Complaints {
        self.redis.complaints()
    }

    /// Logs what was left out, when it is new.
    pub(crate) fn close(self, call: &'static str) {
        self.redis.close(call);
    }
}

/// Exchanges whose bindings are asked for.
struct Bound(Vec<Vec<u8>>);

impl Bound {
    fn of(exchanges: BTreeSet<Vec<u8>>) -> Self {
        Self(exchanges.into_iter().collect())
    }

    fn into_inner(self) -> BTreeSet<Vec<u8>> {
        self.0.into_iter().collect()
    }

    fn ask(&self, keys: &Keyspace) -> impl Iterator<Item = Pipeline> + Clone {
        parts(self.0.len()).map(|part| {
            let mut commands = Pipeline::new();
            for exchange in self.0.get(part).unwrap_or_default() {
                // Of the mailboxes, nothing but that there are some.
                let most = if is_of_mailboxes(exchange) { 0 } else { MAX_QUEUES };
                commands.add_command(members(&keys.binding(exchange), most));
            }
            commands
        })
    }

    /// The names of the queues that are bound.
    fn take(
        &self,
        keys: &Keyspace,
        exchanges: &Exchanges,
        answers: &mut Answers<'_>,
    ) -> Result<BTreeSet<Vec<u8>>, Error> {
        let mut queues = BTreeSet::new();
        let mut gone = Vec::new();
        for exchange in &self.0 {
            let Some(members) = answers.members(&keys.binding(exchange))? else { continue };
            if members.is_empty() {
                gone.push(exchange);
            }
            let names = members.iter().filter_map(|member| keys.members().queue(member));
            queues.extend(names.map(<[u8]>::to_vec));
        }
        exchanges.forget(gone);
        Ok(queues)
    }
}

fn scan(keys: &Keyspace, cursor: u64) -> Pipeline {
    let mut commands = Pipeline::new();
    commands.cmd("SCAN").arg(cursor).arg("MATCH").arg(keys.bindings()).arg("COUNT").arg(SCAN_STEP);
    commands
}

fn take_step(
    keys: &Keyspace,
    exchanges: &Exchanges,
    from: u64,
    answers: &mut Answers<'_>,
) -> Result<(), Error> {
    let (next, found) = answers.step()?;
    exchanges.found(from, next, found.iter().filter_map(|key| keys.exchange(key)).map(<[u8]>::to_vec));
    Ok(())
}
