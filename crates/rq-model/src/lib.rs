//! RQ as it lies in Redis, read without changing a byte of it.
//!
//! [`Rq`] is a lazy handle to one Redis database; [`Rq::queues`] says how many jobs and workers each queue has, as RQ
//! itself would count them after its clean-up, [`Rq::waiting`] how long jobs have been waiting, [`Rq::workers`] what the
//! workers say of themselves. Nothing that RQ has pickled is read. Only commands of the category `@read` are sent, so this user is enough:
//!
//! ```text
//! ACL SETUSER metrics on >PASSWORD -@all +@read ~rq:*
//! ```
//!
//! RQ 3.0 may use another prefix than `rq` (its `RQ_KEY_PREFIX`), which then stands before `:*`. A database other than 0 needs `+select` as well: Redis selects it by a command.

mod keys;
mod queues;
mod times;
mod waiting;
mod workers;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nautobot_redis::Redis;
use tokio::time::Instant;

pub use nautobot_redis::{ENVIRONMENT, Error, Settings};
pub use queues::Queue;
pub use waiting::Waiting;
pub use workers::{Worker, WorkerState, Workers};

use keys::Keyspace;
use queues::{Expected, Session};

/// A handle to the RQ of one Redis database. Clones share its [connections](Redis), two at most.
#[derive(Clone)]
pub struct Rq {
    redis: Redis,
    keys: Arc<Keyspace>,
    expected: Arc<Mutex<Expected>>,
}

impl Rq {
    /// Takes the settings for later: dials nothing and needs no runtime.
    ///
    /// # Errors
    /// [`Error::Settings`] for a value that cannot be used.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        let keys = Keyspace::of(settings)?;
        let redis = Redis::open(settings, &format!("+@read ~{}", keys.pattern()))?;
        Ok(Self { redis, keys: Arc::new(keys), expected: Arc::default() })
    }

    /// The connections, for what else lies in this database.
    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    /// Where it reads, for people: `cache:6379/0`, `unix:/run/redis.sock/0`, or `sentinel:mymaster/0`.
    pub fn target(&self) -> String {
        self.redis.target().to_owned()
    }

    /// The queues that `configured` names and those that RQ has registered in Redis, sorted by name.
    ///
    /// Costs two round trips whatever the number of queues and workers: what is registered, and what it holds. One more
    /// while dead workers are still listed or jobs are abandoned, and another one for the latter.
    ///
    /// From the second call on, keys that were empty so far and workers that were alive are asked for by one command for
    /// many. That costs one round trip more when one of these keys holds something for the first time, or a worker has died.
    ///
    /// A number is left out when its key holds another type than RQ writes, or when telling it would take more than
    /// this crate asks for at once: 10,000 registered workers, 10,000 abandoned jobs, or 100,000 questions whether a
    /// dead worker listened to a queue. That is logged when it is first seen.
    ///
    /// # Errors
    /// Redis cannot be reached, refuses the login or a command, or does not answer within this time; or more than
    /// 10,000 queues are registered.
    pub async fn queues(&self, configured: &[String], within: Duration) -> Result<Vec<Queue>, Error> {
        let mut session = self.session(within);
        // A reading that fails or is given up leaves nothing: the next one is as the first.
        let mut expected = std::mem::take(&mut *self.expected());
        let queues = session.queues(configured, &mut expected).await?;
        *self.expected() = expected;
        session.close("queues");
        Ok(queues)
    }

    /// The live workers, with the names of all queues: those that `configured` names, those that RQ has registered and
    /// those that a worker listens to.
    ///
    /// Costs two round trips, whatever the number of workers: which there are, and what each says of itself.
    ///
    /// # Errors
    /// As [`queues`](Self::queues).
    pub async fn workers(&self, configured: &[String], within: Duration) -> Result<Workers, Error> {
        let mut session = self.session(within);
        let workers = session.workers(configured).await?;
        session.close("workers");
        Ok(workers)
    }

    /// For how long jobs have been waiting in the queues that [`queues`](Self::queues) would return, sorted by name.
    ///
    /// Costs three round trips, two while no job waits: which queues there are, what stands at the head of each, and when
    /// those jobs came, ten of each queue at most.
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

    /// Whether the server answered anything but refusals, to any call, at or after `instant`.
    pub fn answered_since(&self, instant: Instant) -> bool {
        self.redis.answered_since(instant)
    }

    fn expected(&self) -> MutexGuard<'_, Expected> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self, within: Duration) -> Session<'_> {
        Session::new(self.redis.session(within), &self.keys)
    }
}

impl fmt::Debug for Rq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rq").field(&self.target()).finish()
    }
}
