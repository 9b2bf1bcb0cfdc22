//! The one thing that listens between scrapes.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use nautobot_redis::{Error, Redis, Settings, Subscription};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::back_off::BackOff;
use super::echoes::Echoes;
use super::event::Message;
use super::state::{Cluster, State};
use crate::TransportOptions;
use crate::keys::Keyspace;

/// `event_exchange`, which Nautobot leaves as it is.
const EXCHANGE: &str = "celeryev";
/// How long a connection may take, beside what the settings say.
const CONNECT: Duration = Duration::from_secs(10);
/// After so much silence the connection is asked whether it lives; so old may a snapshot be at most.
const QUIET: Duration = Duration::from_secs(1);
/// And so much time it has to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long Celery's heartbeats are apart unless it is told otherwise.
const PERIOD: Duration = Duration::from_secs(2);

/// Listens to Celery's events in one Redis database, on a connection of its own, from when it is first asked for them until it
/// is dropped.
///
/// It sends `PSUBSCRIBE` and, when nothing is heard, `PING`; it writes nothing. A connection that is lost is opened anew, at first at
/// once, then after longer and longer pauses up to 30 s, or when somebody asks. What was counted until then stays.
pub struct Events {
    redis: Redis,
    patterns: Vec<Vec<u8>>,
    shared: Arc<Shared>,
    task: OnceLock<AbortHandle>,
}

/// What has been heard so far, and whether anything can be heard.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Snapshot {
    /// For how long it has been listening without interruption; `None` if it is not. Then `cluster` is how things were.
    pub listening: Option<Duration>,
    /// Whether every worker has had the time for a heartbeat since. Before that, workers may be missing.
    pub is_settled: bool,
    /// When it does not listen: why not, if that is known.
    pub failure: Option<Arc<Error>>,
    /// How long ago the last message came, of anybody.
    pub heard: Option<Duration>,
    /// How many connections were lost.
    pub losses: u64,
    /// How many messages were none of Celery's.
    pub malformed: u64,
    /// What follows from the events. Counters begin when the listening begins, and never fall.
    pub cluster: Cluster,
}

impl Events {
    /// Dials nothing yet. A user needs this, with the number of the database, and kombu's `global_keyprefix` before the slashes:
    ///
    /// ```text
    /// +psubscribe +ping &/0.celeryev/* &/0.celeryev
    /// ```
    ///
    /// and behind Sentinels the same once more with `{db}` as the number, as kombu before 5.4 has it there: by that, Celerys in several databases
    /// of one server cannot be told apart.
    ///
    /// # Errors
    /// [`Error::Settings`] for a value that cannot be used, one of the options included.
    pub fn open(settings: &Settings, options: &TransportOptions) -> Result<Self, Error> {
        let redis = Redis::open(settings, "")?;
        let channels = Keyspace::of(options)?.channels(settings, redis.database(), EXCHANGE);
        let patterns = Keyspace::patterns(&channels);
        let access = format!("+psubscribe +ping &{}", patterns.join(" &"));
        Ok(Self {
            redis: redis.with_access(&access),
            patterns: patterns.into_iter().map(String::into_bytes).collect(),
            shared: Arc::default(),
            task: OnceLock::new(),
        })
    }

    /// What is known now. Costs no round trip. The first time it begins to listen, and knows nothing.
    pub fn snapshot(&self) -> Snapshot {
        self.listen();
        self.shared.wanted.notify_one();
        self.shared.snapshot(Instant::now())
    }

    /// What is known now, if it has begun to listen.
    pub fn heard(&self) -> Option<Snapshot> {
        self.task.get().map(|_| self.shared.snapshot(Instant::now()))
    }

    /// Waits until a snapshot would be settled, and begins to listen if need be. Returns whether that was in time. If it does not
    /// listen, it tries to, within a second, and when that fails returns at once that it is not.
    pub async fn settled(&self, within: Duration) -> bool {
        let before = self.shared.attempts();
        self.listen();
        self.shared.wanted.notify_one();
        timeout(within, self.shared.settled(before)).await.unwrap_or(false)
    }

    /// Begins to listen. Without a runtime there is nothing to hear.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one task that listens between scrapes; dropping its owner ends it"
    )]
    fn listen(&self) {
        let Ok(runtime) = Handle::try_current() else { return };
        self.task.get_or_init(|| {
            let listening = listen(self.redis.clone(), self.patterns.clone(), Arc::clone(&self.shared));
            runtime.spawn(listening).abort_handle()
        });
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Events").field(&self.redis.target()).finish()
    }
}

async fn listen(redis: Redis, patterns: Vec<Vec<u8>>, shared: Arc<Shared>) {
    let mut back_off = BackOff::default();
    loop {
        shared.attempt();
        match redis.subscribe(&patterns, CONNECT).await {
            Ok(mut subscription) => {
                let since = shared.begin();
                hear(&mut subscription, &shared).await;
                shared.lose();
                tracing::warn!(redis = redis.target(), "lost the connection on which celery's events come");
                back_off.lived(since.elapsed());
            }
            Err(error) => shared.fail(error, redis.target()),
        }
        let (shortest, longest) = back_off.next();
        sleep(shortest).await;
        // An error means that the time is over.
        let _ = timeout(longest, shared.wanted.notified()).await;
    }
}

/// Returns when the connection is lost.
async fn hear(subscription: &mut Subscription, shared: &Shared) {
    loop {
        match timeout(QUIET, subscription.next()).await {
            Ok(Some(message)) => shared.hear(&message),
            Ok(None) => return,
            Err(_) if subscription.lives(PATIENCE).await => shared.lives(),
            Err(_) => return,
        }
    }
}

/// What the task writes and snapshots read.
#[derive(Debug)]
struct Shared {
    heard: Mutex<Heard>,
    /// Since when it has been listening.
    listening: watch::Sender<Option<Instant>>,
    /// Somebody has asked: reason enough to try again.
    wanted: Notify,
}

#[derive(Debug, Default)]
struct Heard {
    state: State,
    echoes: Echoes,
    /// When the connection was last seen to live. What is silent since then may only be out of reach.
    lived_at: Option<Instant>,
    message_at: Option<Instant>,
    losses: u64,
    malformed: u64,
    /// How many attempts to listen there were, with the one that may be under way.
    attempts: u64,
    /// Which of them was the last, if it failed, and why.
    failure: Option<(u64, Arc<Error>)>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { heard: Mutex::default(), listening: watch::Sender::new(None), wanted: Notify::new() }
    }
}

impl Shared {
    fn attempts(&self) -> u64 {
        self.heard().attempts
    }

    fn attempt(&self) {
        self.heard().attempts += 1;
    }

    fn begin(&self) -> Instant {
        let now = Instant::now();
        let mut heard = self.heard();
        if let Some(lost_at) = heard.lived_at.replace(now) {
            heard.state.resume(lost_at, now);
        }
        heard.failure = None;
        drop(heard);
        self.listening.send_replace(Some(now));
        now
    }

    fn hear(&self, message: &[u8]) {
        let message = Message::read(message);
        let now = Instant::now();
        let mut heard = self.heard();
        heard.lived_at = Some(now);
        heard.message_at = Some(now);
        match message {
            Some(Message { tag: Some(tag), .. }) if heard.echoes.is_one(&tag) => {}
            Some(message) => message.events.into_iter().for_each(|event| heard.state.apply(event, now)),
            None => heard.malformed += 1,
        }
    }

    fn lives(&self) {
        self.heard().lived_at = Some(Instant::now());
    }

    fn lose(&self) {
        self.listening.send_replace(None);
        self.heard().losses += 1;
    }

    fn fail(&self, error: Error, target: &str) {
        let mut heard = self.heard();
        if heard.failure.is_none() {
            tracing::warn!(redis = target, "cannot listen to celery's events: {error}");
        }
        heard.failure = Some((heard.attempts, Arc::new(error)));
        drop(heard);
        // For those who wait.
        self.listening.send_replace(None);
    }

    fn snapshot(&self, now: Instant) -> Snapshot {
        let since = *self.listening.borrow();
        let mut heard = self.heard();
        let age = |at: Instant| now.duration_since(at);
        let seen_at = heard.lived_at.unwrap_or(now);
        let settles_at = since.map(|since| since + heard.first_round());
        Snapshot {
            listening: since.map(age),
            is_settled: settles_at.is_some_and(|at| at <= now),
            failure: heard.failure.as_ref().map(|(_, error)| Arc::clone(error)),
            heard: heard.message_at.map(age),
            losses: heard.losses,
            malformed: heard.malformed,
            cluster: heard.state.snapshot(seen_at),
        }
    }

    /// Gives up when an attempt fails that was begun after so many others.
    async fn settled(&self, before: u64) -> bool {
        let mut listening = self.listening.subscribe();
        loop {
            let since = *listening.borrow_and_update();
            let Some(since) = since else {
                let has_failed = self.heard().failure.as_ref().is_some_and(|(attempt, _)| *attempt > before);
                // The sender is ours, so it is there.
                if has_failed || listening.changed().await.is_err() {
                    return false;
                }
                continue;
            };
            let settles_at = since + self.heard().first_round();
            if settles_at <= Instant::now() {
                return true;
            }
            // Either way: look again.
            let _ = timeout_at(settles_at, listening.changed()).await;
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    /// How long it takes until every worker has had its turn: a heartbeat, and a quarter for what is late.
    fn first_round(&self) -> Duration {
        let known = self.lived_at.and_then(|at| self.state.period(at)).unwrap_or_default();
        known.max(PERIOD) * 5 / 4
    }
}
