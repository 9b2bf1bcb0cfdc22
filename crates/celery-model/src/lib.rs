//! Celery as it lies in Redis, and as it tells of itself, read without changing a byte of it.
//!
//! [`broker`] says where that is, [`events`] listens to its workers, and [`inspect`], which alone writes, asks them.
//!
//! [`Celery`] is a lazy handle to one broker; [`Celery::queues`] says how many messages wait in each queue and how many
//! workers have taken but not begun, [`Celery::waiting`] what they are and for how long they have to wait. The bodies of
//! messages are never decoded, and a message that is huge or no message costs nothing but itself. Only commands of the
//! category `@read` are sent, so this user is enough:
//!
//! ```text
//! ACL SETUSER metrics on >PASSWORD -@all +@read ~*
//! ```
//!
//! With a `global_keyprefix`, that may stand before the `*`: queues have any names, so nothing less will do. A database
//! other than 0 needs `+select` as well: Redis selects it by a command.
//!
//! Messages that a worker has begun lie in no key, as Celery acknowledges them then (`task_acks_late` off, its default and
//! Nautobot's).

mod argsrepr;
mod bindings;
mod bound;
mod broker;
mod envelope;
pub mod events;
mod exchanges;
pub mod inspect;
mod keys;
mod message;
mod options;
mod queues;
mod session;
mod tail;
mod unacked;
mod waiting;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nautobot_redis::Redis;
use tokio::time::Instant;

pub use broker::broker;
pub use message::{Message, Task};
pub use nautobot_redis::{Error, Settings};
pub use options::TransportOptions;
pub use queues::{Queue, Queues, Step};
pub use waiting::{Next, Scheduled, Waiting};

use exchanges::Exchanges;
use keys::Keyspace;
use session::Session;

/// A handle to the Celery of one Redis database. Clones share its [connections](Redis), two at most, and what it has found
/// of exchanges.
#[derive(Clone)]
pub struct Celery {
    redis: Redis,
    keys: Arc<Keyspace>,
    exchanges: Arc<Exchanges>,
}

impl Celery {
    /// Takes the settings for later: dials nothing and needs no runtime.
    ///
    /// # Errors
    /// [`Error::Settings`] for a value that cannot be used, one of the options included.
    pub fn open(settings: &Settings, options: &TransportOptions) -> Result<Self, Error> {
        Self::over(&Redis::open(settings, "")?, options)
    }

    /// As [`open`](Self::open), over the connections of another handle to the same database.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn over(redis: &Redis, options: &TransportOptions) -> Result<Self, Error> {
        let keys = Keyspace::of(options)?;
        let redis = redis.with_access(&format!("+@read ~{}", keys.pattern()));
        Ok(Self { redis, keys: Arc::new(keys), exchanges: Arc::default() })
    }

    /// Where it reads, for people: `cache:6379/0`, `unix:/run/redis.sock/0`, or `sentinel:mymaster/0`.
    pub fn target(&self) -> String {
        self.redis.target().to_owned()
    }

    /// The queues that `configured` names and those that Celery has bound in Redis, sorted by name.
    ///
    /// Costs two round trips whatever the number of queues: what is bound, and how long the queues are. A third one while
    /// workers hold messages that they have not begun, for the first 5,000 of these, and one more whenever an exchange is new.
    ///
    /// Exchanges are found by steps of `SCAN` over 1,000 keys, which go on where the last one stopped, beside the other commands: one
    /// each time where there are no more keys than that, one every 5 s at most within a larger database, and one a minute there as long as
    /// nothing of Celery was found. Until the first pass is
    /// whole, the first call and those that know of Celery make up to 100 steps, each a round trip, as long as half of the time is
    /// left. The bindings of workers' mailboxes and of the queues `celery` and `default` need no step.
    ///
    /// 100,000 bindings are read at once, as many of each exchange. Exchanges that have more are read in another round trip.
    ///
    /// A number is left out when its key holds another type than kombu writes, or where its line says so. That is logged
    /// when it is first seen.
    ///
    /// # Errors
    /// Redis cannot be reached, refuses the login or a command, or does not answer within this time; or more than
    /// 10,000 queues are bound, or more bindings than are read.
    pub async fn queues(&self, configured: &[String], within: Duration) -> Result<Queues, Error> {
        let mut session = self.session(within);
        let queues = session.queues(configured).await?;
        session.close("queues");
        Ok(queues)
    }

    /// What waits in the queues that [`queues`](Self::queues) would return, sorted by name.
    ///
    /// Costs three round trips, two while nothing waits: which queues there are, how much they hold, and the messages that
    /// are next, with the same exceptions as [`queues`](Self::queues).
    ///
    /// Of each list, 100 messages are read at most, and fewer of each where many lists hold something: one at least, but of all
    /// lists together about 2,000 messages and 16 MiB. Lists whose messages are on average longer than their share of that, or
    /// than 1 MiB, by what the server needs for them, are not read.
    ///
    /// Of a list that is altogether longer than its share, the next message is read first, and ten at a time as long as the share
    /// holds them, were they as long as the longest so far: ten round trips more at most. A message that is far longer
    /// than the others of such a list is read before that shows, and so are nine more beside it.
    ///
    /// # Errors
    /// As [`queues`](Self::queues).
    pub async fn waiting(&self, configured: &[String], within: Duration) -> Result<Vec<Waiting>, Error> {
        let mut session = self.session(within);
        let waiting = session.waiting(configured).await?;
        session.close("waiting");
        Ok(waiting)
    }

    /// Logs in and asks for one key, as the cheapest proof that this user can read here.
    ///
    /// The command `PING` would prove less and is not in the category `@read`.
    ///
    /// # Errors
    /// As [`queues`](Self::queues).
    pub async fn ping(&self, within: Duration) -> Result<(), Error> {
        self.session(within).probe().await
    }

    /// Whether a worker of Celery was ever seen here: its mailbox was, or its listening to others. One round trip.
    ///
    /// # Errors
    /// As [`queues`](Self::queues).
    pub async fn has_workers(&self, within: Duration) -> Result<bool, Error> {
        self.session(within).has_workers().await
    }

    /// Whether the server answered anything but refusals, to any call, at or after `instant`.
    pub fn answered_since(&self, instant: Instant) -> bool {
        self.redis.answered_since(instant)
    }

    fn session(&self, within: Duration) -> Session<'_> {
        Session::new(self.redis.session(within), &self.keys, &self.exchanges, within)
    }
}

impl fmt::Debug for Celery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Celery").field(&self.target()).finish()
    }
}
