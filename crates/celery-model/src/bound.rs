//! Which queues are bound to exchanges.

use std::collections::BTreeSet;

use nautobot_redis::{Answers, Error, members, parts};
use redis::Pipeline;

use crate::bindings::is_of_mailboxes;
use crate::exchanges::{Exchanges, MAX_EXCHANGES};
use crate::keys::Keyspace;
use crate::message::MAX_NAME;

/// How many queues are read: as many as exchanges, since most have one of their own.
pub(crate) const MAX_QUEUES: usize = MAX_EXCHANGES;

/// How many bindings are read in one round trip. One queue may have many.
pub(crate) const MAX_BINDINGS: usize = 100_000;

/// Exchanges whose bindings are asked for.
pub(crate) struct Bound(Vec<Vec<u8>>);

impl Bound {
    pub(crate) fn of(exchanges: BTreeSet<Vec<u8>>) -> Self {
        Self(exchanges.into_iter().collect())
    }

    pub(crate) fn contains(&self, exchange: &Vec<u8>) -> bool {
        self.0.binary_search(exchange).is_ok()
    }

    /// How many bindings of each are read.
    pub(crate) fn most(&self) -> usize {
        (MAX_BINDINGS / self.0.len().max(1)).min(MAX_QUEUES)
    }

    pub(crate) fn ask(&self, keys: &Keyspace) -> impl Iterator<Item = Pipeline> + Clone {
        parts(self.0.len()).map(|part| {
            let mut commands = Pipeline::new();
            for exchange in self.0.get(part).unwrap_or_default() {
                // Of the mailboxes, nothing but that there are some.
                let most = if is_of_mailboxes(exchange) { 0 } else { self.most() };
                commands.add_command(members(&keys.binding(exchange), most));
            }
            commands
        })
    }

    /// Adds the names of the queues that are bound. Returns the exchanges that have more bindings than were read.
    pub(crate) fn take(
        &self,
        keys: &Keyspace,
        exchanges: &Exchanges,
        answers: &mut Answers<'_>,
        queues: &mut BTreeSet<Vec<u8>>,
    ) -> Result<BTreeSet<Vec<u8>>, Error> {
        let mut cut = BTreeSet::new();
        for exchange in &self.0 {
            let key = keys.binding(exchange);
            let Some(members) = answers.members(&key)? else { continue };
            exchanges.set(exchange, !members.is_empty());
            if members.len() > self.most() && !is_of_mailboxes(exchange) {
                cut.insert(exchange.clone());
            }
            for name in members.iter().filter_map(|member| keys.members().queue(member)) {
                if name.len() <= MAX_NAME {
                    queues.insert(name.to_vec());
                } else {
                    answers.complain(&key, "binds queues whose names are longer than 500 bytes");
                }
            }
        }
        Ok(cut)
    }
}
