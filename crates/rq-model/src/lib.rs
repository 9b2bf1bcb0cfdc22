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

mod answers;
mod connections;
mod error;
mod keys;
mod names;
mod queues;
mod sentinel;
mod settings;
mod times;
mod waiting;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub use error::Error;
pub use queues::Queue;
pub use settings::{ENVIRONMENT, Settings};
pub use waiting::Waiting;
pub use workers::{Worker, WorkerState, Workers};

use connections::Connections;
use keys::Keyspace;
use queues::Session;

/// How many of the things that are left out one line of the log names.
const MAX_SHOWN: usize = 10;

/// A handle to the RQ of one Redis database. Clones share its connections, two at most.
///
/// Connections are opened when they are first needed and kept. One that broke in the meantime is replaced within the
/// call that finds it broken; one whose answer was not awaited, because of a deadline or because the future was
/// dropped, is closed.
#[derive(Clone)]
pub struct Rq {
    connections: Arc<Connections>,
    keys: Arc<Keyspace>,
    /// What each call has last left out.
    complaints: Arc<Mutex<BTreeMap<&'static str, BTreeSet<String>>>>,
}

impl Rq {
    /// Takes the settings for later: dials nothing and needs no runtime.
    ///
    /// # Errors
    /// [`Error::Settings`] for a value that cannot be used.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        let connections = Connections::new(settings)?;
        let keys = settings.keyspace()?;
        Ok(Self { connections: Arc::new(connections), keys: Arc::new(keys), complaints: Arc::default() })
    }

    /// Where it reads, for people: `cache:6379/0`, `unix:/run/redis.sock/0`, or `sentinel:mymaster/0`.
    pub fn target(&self) -> String {
        self.connections.target().to_owned()
    }

    /// The queues that `configured` names and those that RQ has registered in Redis, sorted by name.
    ///
    /// Costs two round trips whatever the number of queues and workers: what is registered, and what it holds. A third
    /// one while dead workers are still listed or jobs are abandoned, and a fourth one for the latter.
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
        let queues = session.queues(configured).await?;
        self.complain("queues", session.into_complaints());
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
        self.complain("workers", session.into_complaints());
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
        self.complain("waiting", session.into_complaints());
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
        self.connections.last_answer().is_some_and(|answer| answer >= instant)
    }

    fn session(&self, within: Duration) -> Session<'_> {
        Session::new(&self.connections, &self.keys, deadline(within))
    }

    fn complain(&self, call: &'static str, complaints: BTreeSet<String>) {
        let mut known = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry(call).or_default();
        let mut new = complaints.difference(known).map(String::as_str);
        let mut shown: Vec<_> = new.by_ref().take(MAX_SHOWN).collect();
        let more = match new.count() {
            0 => String::new(),
            more => format!("and {more} more"),
        };
        shown.extend(Some(more.as_str()).filter(|more| !more.is_empty()));
        if !shown.is_empty() {
            tracing::warn!(redis = self.connections.target(), "left out: {}", shown.join("; "));
        }
        *known = complaints;
    }
}

/// A day is as good as for ever, and does not overflow.
fn deadline(within: Duration) -> Instant {
    Instant::now() + within.min(Duration::from_secs(24 * 60 * 60))
}

impl fmt::Debug for Rq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rq").field(&self.connections.target()).finish()
    }
}
