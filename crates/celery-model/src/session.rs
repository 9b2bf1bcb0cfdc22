//! One call, and its first round trip: which queues there are, and what lies unacknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::once;
use std::time::Duration;

use nautobot_redis::{Answers, Complaints, Error, command, distinct};
use redis::Pipeline;
use tokio::time::Instant;

use crate::bound::{Bound, MAX_BINDINGS, MAX_QUEUES};
use crate::exchanges::Exchanges;
use crate::keys::Keyspace;
use crate::message::MAX_NAME;
use crate::unacked::Unacked;

/// Over how many keys one step of `SCAN` goes: a millisecond or two of the server's time, for which nobody else is served.
const SCAN_STEP: usize = 1_000;

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
        let step = exchanges.due();
        let known = Bound::of(exchanges.to_ask());
        let first = step.map(|cursor| scan(keys, cursor)).into_iter().chain(once(Unacked::ask_tags(keys)));
        let mut answers = self.ask(first.chain(known.ask(keys))).await?;
        if let Some(cursor) = step {
            take_step(keys, exchanges, cursor, &mut answers)?;
        }
        let unacked = Unacked::take_tags(keys, &mut answers)?;
        let mut bound = BTreeSet::new();
        let mut rest = known.take(keys, exchanges, &mut answers, &mut bound)?;
        let is_celery = || !exchanges.known().is_empty() || unacked.total.is_some_and(|total| total > 0);
        if step == Some(0) || is_celery() {
            self.end_first_pass().await?;
        }
        rest.extend(exchanges.known().into_iter().filter(|exchange| !known.contains(exchange)));
        self.read_rest(rest, &mut bound).await?;
        let is_celery = is_celery();
        self.check(exchanges.known().len().max(bound.len()), "")?;
        let configured = configured.iter().map(|name| name.clone().into_bytes());
        Ok(Found { queues: distinct(configured.chain(bound)), is_celery, unacked })
    }

    /// What these exchanges bind, the more of each the fewer are left.
    async fn read_rest(
        &mut self,
        mut rest: BTreeSet<Vec<u8>>,
        queues: &mut BTreeSet<Vec<u8>>,
    ) -> Result<(), Error> {
        let (keys, exchanges) = (self.keys, self.exchanges);
        while !rest.is_empty() {
            let asked = Bound::of(rest);
            let mut answers = self.ask(asked.ask(keys)).await?;
            rest = asked.take(keys, exchanges, &mut answers, queues)?;
            if !rest.is_empty() && Bound::of(rest.clone()).most() <= asked.most() {
                let more =
                    format!(", which hold more than {MAX_BINDINGS} bindings or one more than {MAX_QUEUES}");
                return self.check(usize::MAX, &more);
            }
        }
        Ok(())
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

    fn check(&self, queues: usize, more: &str) -> Result<(), Error> {
        if queues <= MAX_QUEUES {
            return Ok(());
        }
        let register = format!("the sets {}{more}", String::from_utf8_lossy(&self.keys.binding(b"*")));
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
    let names = || found.iter().filter_map(|key| keys.exchange(key));
    if names().any(|name| name.len() > MAX_NAME) {
        answers.complain(&keys.binding(b"*"), "are left out where the name is longer than 500 bytes");
    }
    exchanges.found(from, next, names().filter(|name| name.len() <= MAX_NAME).map(<[u8]>::to_vec));
    Ok(())
}
