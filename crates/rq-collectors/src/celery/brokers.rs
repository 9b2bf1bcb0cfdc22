use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use celery_model::events::Events;
use celery_model::inspect::{Inspect, NAUTOBOT_JSON};
use celery_model::{Celery, Error, Queue, Queues, Waiting, broker};
use futures_util::future::try_join_all;
use nautobot_redis::Redis;
use rq_model::Rq;

use super::CelerySettings;
use super::inspection::{Answer, Inspection};
use crate::Servers;

/// The Redis databases that are brokers of one site's Celery: one most often, or none.
///
/// They are asked side by side, and fail as one. A queue that several of them have is one queue: its numbers are added up.
#[derive(Clone, Debug, Default)]
pub struct CeleryBrokers {
    all: Arc<[Broker]>,
    /// Whether nobody has said that there is Celery.
    is_guess: bool,
    /// Whether the last answer was a refusal that nobody minded.
    is_refused: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Broker {
    celery: Celery,
    events: Events,
    /// `None` unless workers are to be asked.
    inspection: Option<Inspection>,
    /// Whether it is where RQ is.
    is_with_rq: bool,
    /// Whether a worker of Celery was ever seen there.
    has_workers: AtomicBool,
}

impl CeleryBrokers {
    /// That of section `[celery]`, or of `[redis]` where that names none, and those of `[[celery.redis]]`.
    ///
    /// # Errors
    /// [`Error`] for a value that cannot be used, and for a broker that is no Redis.
    pub fn open(redis: &nautobot_redis::Settings, settings: &CelerySettings) -> Result<Self, Error> {
        Self::wired(&Servers::default(), redis, settings)
    }

    /// The same where RQ may be as well, and nobody has said that there is Celery: it is shown if it is found, and one that
    /// may not be looked for is none if there is RQ. Where both are in one database, they share its connections.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn if_any(
        rq: &Servers,
        redis: &nautobot_redis::Settings,
        settings: &CelerySettings,
    ) -> Result<Self, Error> {
        Ok(Self { is_guess: true, ..Self::wired(rq, redis, settings)? })
    }

    fn wired(
        rq: &Servers,
        redis: &nautobot_redis::Settings,
        settings: &CelerySettings,
    ) -> Result<Self, Error> {
        let others = settings.redis.iter().map(|other| other.clone().of_section("celery.redis"));
        let brokers = std::iter::once(first(redis, settings)?).chain(others);
        let all = brokers.map(|redis| Broker::open(rq, &redis, settings)).collect::<Result<_, _>>()?;
        Ok(Self { all, ..Self::default() })
    }

    /// Whether nobody has said that there is Celery.
    pub(crate) fn is_guess(&self) -> bool {
        self.is_guess
    }

    /// Whether the settings want workers to be asked.
    pub(crate) fn asks_workers(&self) -> bool {
        self.all.iter().any(|broker| broker.inspection.is_some())
    }

    /// Each of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Celery> {
        self.all.iter().map(|broker| &broker.celery)
    }

    /// Those that are not where RQ is as well.
    pub(crate) fn elsewhere(&self) -> impl Iterator<Item = &Celery> {
        self.all.iter().filter(|broker| !broker.is_with_rq).map(|broker| &broker.celery)
    }

    pub(crate) async fn queues(&self, configured: &[String], within: Duration) -> Result<Queues, Error> {
        let answers = try_join_all(self.all().map(|celery| celery.queues(configured, within))).await?;
        Ok(answers.into_iter().reduce(add).unwrap_or_default())
    }

    /// As each of them has it.
    pub(crate) async fn waiting(
        &self,
        configured: &[String],
        within: Duration,
    ) -> Result<Vec<Waiting>, Error> {
        let answers = self.all.iter().map(async |broker| {
            if self.is_guess && !broker.has_workers(within).await? {
                return Ok(Vec::new());
            }
            broker.celery.waiting(configured, within).await
        });
        Ok(try_join_all(answers).await?.into_iter().flatten().collect())
    }

    /// `None` if there is no Celery; `knows_rq` says whether there is RQ.
    pub(crate) fn unless_absent(
        &self,
        answer: Result<Queues, Error>,
        knows_rq: bool,
    ) -> Result<Option<Queues>, Error> {
        let is_refusal = matches!(&answer, Err(Error::Authentication { .. }));
        let is_ignored = is_refusal && self.is_guess && knows_rq;
        if !self.is_refused.swap(is_ignored, Ordering::Relaxed)
            && let Err(error) = &answer
            && is_ignored
        {
            tracing::warn!(
                "looked for celery and may not, so that only rq is shown: {error}; broker = \"rq\" says so"
            );
        }
        match answer {
            Err(_) if is_ignored => Ok(None),
            Err(error) => Err(error),
            Ok(queues) => {
                Ok(Some(queues).filter(|queues| !self.all.is_empty() && (queues.is_found || !self.is_guess)))
            }
        }
    }

    /// What listens at those where a worker was ever seen.
    pub(crate) async fn events(&self, within: Duration) -> Result<Vec<&Events>, Error> {
        match self.with_workers(within).await {
            Err(Error::Authentication { .. }) if self.is_guess => Ok(Vec::new()),
            found => Ok(found?.into_iter().map(|broker| &broker.events).collect()),
        }
    }

    /// What their workers answer, if they are to be asked, of those where one was ever seen.
    pub(crate) async fn inspect(&self, within: Duration) -> Result<Vec<Answer>, Arc<Error>> {
        let answers = self.all.iter().map(async |broker| match &broker.inspection {
            Some(inspection) if broker.has_workers(within).await? => {
                inspection.answer(within).await.map(Some)
            }
            _ => Ok(None),
        });
        Ok(try_join_all(answers).await?.into_iter().flatten().collect())
    }

    /// What is known of running tasks without asking any worker, by queue; `None` if that is not all of them. Costs a
    /// round trip to each broker where no worker was ever seen.
    pub(crate) async fn running(&self, within: Duration) -> Option<BTreeMap<Arc<str>, u64>> {
        let mut all = BTreeMap::new();
        for broker in self.with_workers(within).await.ok()? {
            let heard = broker.events.heard()?;
            if !(heard.is_settled && heard.cluster.is_explained) {
                return None;
            }
            for (queue, tasks) in heard.cluster.running {
                *all.entry(queue).or_default() += tasks;
            }
        }
        Some(all)
    }

    /// Those where a worker was ever seen.
    async fn with_workers(&self, within: Duration) -> Result<Vec<&Broker>, Error> {
        let found = try_join_all(self.all.iter().map(|broker| broker.has_workers(within))).await?;
        Ok(self.all.iter().zip(found).filter_map(|(broker, found)| found.then_some(broker)).collect())
    }
}

fn first(
    redis: &nautobot_redis::Settings,
    settings: &CelerySettings,
) -> Result<nautobot_redis::Settings, Error> {
    let Some(url) = &settings.url else { return Ok(redis.clone()) };
    let mut elsewhere = redis.clone().of_section("celery");
    elsewhere.sentinel_master.clone_from(&settings.sentinel_master);
    broker(url, &elsewhere)
}

impl Broker {
    /// Over RQ's connections, if they lead there as well.
    fn open(
        rq: &Servers,
        redis: &nautobot_redis::Settings,
        settings: &CelerySettings,
    ) -> Result<Self, Error> {
        let beside = beside(rq, redis)?;
        let celery = match beside {
            Some(beside) => Celery::over(beside, &settings.transport_options)?,
            None => Celery::open(redis, &settings.transport_options)?,
        };
        let inspect = || Inspect::open(redis, &settings.transport_options, NAUTOBOT_JSON);
        let inspect = settings.inspect.then(inspect).transpose()?;
        let inspection = inspect.map(|inspect| Inspection::new(inspect, settings.inspect_interval));
        let events = Events::open(redis, &settings.transport_options)?;
        let is_with_rq = beside.is_some();
        Ok(Self { events, celery, inspection, is_with_rq, has_workers: AtomicBool::default() })
    }

    /// Costs a round trip until one was seen.
    async fn has_workers(&self, within: Duration) -> Result<bool, Error> {
        if !self.has_workers.load(Ordering::Relaxed) && self.celery.has_workers(within).await? {
            self.has_workers.store(true, Ordering::Relaxed);
        }
        Ok(self.has_workers.load(Ordering::Relaxed))
    }
}

/// The connections of an RQ in the database of these settings.
fn beside<'a>(rq: &'a Servers, settings: &nautobot_redis::Settings) -> Result<Option<&'a Redis>, Error> {
    for redis in rq.all().map(Rq::redis) {
        if redis.is_of(settings)? {
            return Ok(Some(redis));
        }
    }
    Ok(None)
}

fn add(sum: Queues, more: Queues) -> Queues {
    let (is_found, unacked) =
        (sum.is_found || more.is_found, sum.unacked.zip(more.unacked).map(|(one, other)| one + other));
    let mut queues: BTreeMap<String, Queue> =
        sum.queues.into_iter().map(|queue| (queue.name.clone(), queue)).collect();
    for queue in more.queues {
        match queues.get_mut(&queue.name) {
            Some(sum) => add_queue(sum, queue),
            None => _ = queues.insert(queue.name.clone(), queue),
        }
    }
    let mut sum = Queues::default();
    (sum.queues, sum.is_found, sum.unacked) = (queues.into_values().collect(), is_found, unacked);
    sum
}

/// Part of a number is no number.
fn add_queue(sum: &mut Queue, queue: Queue) {
    let plus = |one: Option<u64>, other: Option<u64>| one.zip(other).map(|(one, other)| one + other);
    sum.waiting = plus(sum.waiting, queue.waiting);
    sum.reserved = plus(sum.reserved, queue.reserved);
    sum.scheduled = plus(sum.scheduled, queue.scheduled);
    // All brokers have the same steps.
    for (sum, step) in sum.steps.iter_mut().zip(queue.steps) {
        sum.waiting = plus(sum.waiting, step.waiting);
    }
}
