//! The names of kombu's keys.
//!
//! Read in kombu's `transport/redis.py`, 5.2.4 and 5.7.0, which give them the same names. The prefix stands before every
//! key, those that scripts touch included, and before every channel.

use nautobot_redis::{Error, Settings};

use crate::bindings::Bindings;
use crate::options::TransportOptions;

/// kombu's `max_priority` (`virtual/base.py`), to which every message's priority is reduced.
const MAX_PRIORITY: u8 = 9;

/// What every key of one broker starts with, into how many lists it divides a queue, and the keys.
#[derive(Clone, Debug)]
pub(crate) struct Keyspace {
    prefix: String,
    steps: Vec<u8>,
    separator: String,
}

impl Keyspace {
    /// Refuses what kombu cannot mean: steps that are not in ascending order, that no message can have or that are none at
    /// all, and an empty separator.
    pub(crate) fn of(options: &TransportOptions) -> Result<Self, Error> {
        let TransportOptions { global_keyprefix, priority_steps, sep } = options.clone();
        let refuse = |key, reason: &str| {
            Err(Error::Settings { section: "celery.transport_options", key, reason: reason.to_owned() })
        };
        if priority_steps.is_empty() {
            return refuse("priority_steps", "has to name one step at least; 0, 3, 6, 9 are kombu's");
        }
        if !priority_steps.is_sorted_by(|step, next| step < next) {
            return refuse("priority_steps", "the steps have to ascend");
        }
        if priority_steps.last().is_some_and(|last| *last > MAX_PRIORITY) {
            return refuse("priority_steps", "kombu's priorities are 0 to 9");
        }
        if sep.is_empty() {
            return refuse("sep", "cannot be empty; kombu's is `\\x06\\x16`");
        }
        Ok(Self { prefix: global_keyprefix, steps: priority_steps, separator: sep })
    }

    /// What an ACL has to allow, after `~`: a queue may have any name.
    pub(crate) fn pattern(&self) -> String {
        format!("{}*", literally(&self.prefix))
    }

    /// The steps, in the order in which workers empty them.
    pub(crate) fn steps(&self) -> &[u8] {
        &self.steps
    }

    /// List of a queue's messages of one step: added at its head, taken from its tail. Absent when empty.
    pub(crate) fn list(&self, queue: &[u8], step: u8) -> Vec<u8> {
        let mut key = self.key(b"", queue);
        if step != 0 {
            key.extend_from_slice(self.separator.as_bytes());
            key.extend_from_slice(step.to_string().as_bytes());
        }
        key
    }

    /// Hash of the messages that workers have taken and not acknowledged, by delivery tag.
    pub(crate) fn unacked(&self) -> Vec<u8> {
        self.key(b"unacked", b"")
    }

    /// Sorted set of the delivery tags of [`unacked`](Self::unacked) by the Unix time at which they were taken.
    pub(crate) fn unacked_index(&self) -> Vec<u8> {
        self.key(b"unacked_index", b"")
    }

    /// Set of the queues that are bound to an exchange.
    ///
    /// kombu 5.7 repeats those of them that do not expire in `_kombu.binding_permanent.EXCHANGE`, and keeps in the sorted
    /// set `_kombu.binding_deadlines` when the sets of the others may be removed; neither says more.
    pub(crate) fn binding(&self, exchange: &[u8]) -> Vec<u8> {
        self.key(b"_kombu.binding.", exchange)
    }

    /// The exchange whose [`binding`](Self::binding) has this key.
    pub(crate) fn exchange<'a>(&self, key: &'a [u8]) -> Option<&'a [u8]> {
        key.strip_prefix(self.binding(b"").as_slice())
    }

    /// What the keys of all [`binding`](Self::binding)s match.
    pub(crate) fn bindings(&self) -> String {
        format!("{}_kombu.binding.*", literally(&self.prefix))
    }

    /// The member of [`binding`](Self::binding) by which messages with this routing key go to a queue.
    pub(crate) fn member(&self, routing_key: &str, queue: &str) -> String {
        let separator = &self.separator;
        format!("{routing_key}{separator}{separator}{queue}")
    }

    /// All lists of a queue; the first one is that of messages without a priority.
    pub(crate) fn lists(&self, queue: &[u8]) -> Vec<Vec<u8>> {
        // kombu's bisection takes what is below the first step for the last.
        let last_first = usize::from(self.steps.first() != Some(&0));
        let steps = self.steps.iter().cycle().skip(self.steps.len() - last_first).take(self.steps.len());
        steps.map(|step| self.list(queue, *step)).collect()
    }

    /// Channels of an exchange whose messages go to everybody.
    ///
    /// Behind Sentinels, kombu before 5.4 forgets to fill in the number of the database (`SentinelChannel._get_pool`), so there
    /// its channel is one more.
    pub(crate) fn channels(&self, settings: &Settings, database: i64, exchange: &str) -> Vec<String> {
        let forgotten = settings.sentinel_master.as_ref().map(|_| "{db}".to_owned());
        let databases = [database.to_string()].into_iter().chain(forgotten);
        databases.map(|database| format!("{}/{database}.{exchange}", self.prefix)).collect()
    }

    /// What such channels match, with and without a routing key (`fanout_patterns`).
    pub(crate) fn patterns(channels: &[String]) -> Vec<String> {
        channels
            .iter()
            .map(|channel| literally(channel))
            .flat_map(|name| [format!("{name}/*"), name])
            .collect()
    }

    /// How to read the members of a [`binding`](Self::binding).
    pub(crate) fn members(&self) -> Bindings<'_> {
        Bindings::new(&self.separator)
    }

    fn key(&self, kind: &[u8], name: &[u8]) -> Vec<u8> {
        [self.prefix.as_bytes(), kind, name].concat()
    }
}

/// As it stands in patterns, in which a backslash takes the meaning from `*?[]\`.
fn literally(prefix: &str) -> String {
    let mut literal = String::with_capacity(prefix.len());
    for letter in prefix.chars() {
        if r"*?[]\".contains(letter) {
            literal.push('\\');
        }
        literal.push(letter);
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::Keyspace;
    use crate::TransportOptions;

    fn keys(options: serde_json::Value) -> Result<Keyspace, String> {
        let options: TransportOptions = serde_json::from_value(options).unwrap();
        Keyspace::of(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_kombus() {
        let keys = keys(serde_json::json!({})).unwrap();
        let lists: Vec<_> = keys.steps().iter().map(|step| keys.list(b"slow", *step)).collect();
        assert_eq!(lists, [&b"slow"[..], b"slow\x06\x163", b"slow\x06\x166", b"slow\x06\x169"]);
        assert_eq!(keys.pattern(), "*");
    }

    #[test]
    fn a_prefix_stands_before_every_key_and_means_itself_in_a_pattern() {
        let keys =
            keys(serde_json::json!({"global_keyprefix": "a*[b]\\", "sep": ":", "priority_steps": [3, 4]}));
        let keys = keys.unwrap();
        assert_eq!(keys.list(b"q", 3), b"a*[b]\\q:3");
        assert_eq!(keys.unacked_index(), b"a*[b]\\unacked_index");
        assert_eq!(keys.binding(b"x"), b"a*[b]\\_kombu.binding.x");
        assert_eq!(keys.exchange(b"a*[b]\\_kombu.binding.x"), Some(&b"x"[..]));
        assert_eq!(keys.exchange(b"_kombu.binding.x"), None);
        assert_eq!(keys.bindings(), r"a\*\[b\]\\_kombu.binding.*");
    }

    #[test]
    fn what_kombu_cannot_mean_is_refused_by_name() {
        for (options, key) in [
            (serde_json::json!({"priority_steps": []}), "priority_steps"),
            (serde_json::json!({"priority_steps": [3, 0]}), "priority_steps"),
            (serde_json::json!({"priority_steps": [0, 0]}), "priority_steps"),
            (serde_json::json!({"priority_steps": [0, 10]}), "priority_steps"),
            (serde_json::json!({"sep": ""}), "sep"),
        ] {
            let message = keys(options).unwrap_err();
            assert!(message.starts_with(&format!("celery.transport_options.{key}: ")), "{message}");
        }
    }
}
