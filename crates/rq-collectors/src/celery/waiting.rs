use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::time::UNIX_EPOCH;

use celery_model::{Next, Waiting};
use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::types::Type;
use nautobot_db::{Nautobot, Row};

use super::CeleryBrokers;
use crate::Settings;

static AGE: Family<Gauge, 1> = Family::gauge(
    "nautobot_celery_queue_oldest_waiting_task_age_seconds",
    "Time since the oldest job of the next tasks of a Celery queue was created in Nautobot; 0 if none waits, absent if the \
     database does not know it.",
    ["queue"],
)
.experimental();
static NEXT: Family<Gauge, 2> = Family::gauge(
    "nautobot_celery_queue_next_tasks",
    "Of the tasks of a Celery queue that are next, 100 of each priority at most: how many run each job, or are of each other \
     task; `other` for those beyond the 20 most frequent.",
    ["queue", "job"],
)
.experimental();
static EXPIRED: Family<Gauge, 1> = Family::gauge(
    "nautobot_celery_queue_expired_tasks",
    "Of the same tasks and of those whose time has not come: how many have expired, and will not be run.",
    ["queue"],
)
.experimental();
static ETA: Family<Gauge, 1> = Family::gauge(
    "nautobot_celery_queue_next_eta_timestamp_seconds",
    "When the next task of a Celery queue is due that a worker keeps until its time has come; absent if there is none.",
    ["queue"],
)
.experimental();
static OVERDUE: Family<Gauge, 1> = Family::gauge(
    "nautobot_celery_queue_overdue_tasks",
    "Tasks of a Celery queue that a worker keeps although their time has come: it has no free process, or is gone.",
    ["queue"],
)
.experimental();

/// How many jobs of a queue have a series of their own.
const MAX_JOBS: usize = 20;
/// The job of the others, and of what does not say.
const OTHER: &str = "other";

/// What waits in the queues of Celery and for how long: 25 series per queue at most.
///
/// `job` is the class path of one of Nautobot's jobs (2.0 and later), or the name of any other task. Messages say what is to be run but not since when:
/// that is in Nautobot's database (2.0 and later), in the job result of the task's id. Bodies of messages are not read.
///
/// A run is three round trips to Redis, or two while nothing waits, for which 100 messages of each priority of a queue are read, about 2,000 or
/// 16 MiB of all; ten more at most while a list is longer than its share of these. With a database, it is two statements more: the look at the database that a scrape takes once, and
/// one that finds the task that is next in each priority of a queue by its primary key.
#[derive(Debug)]
pub struct CeleryWaiting {
    brokers: CeleryBrokers,
    nautobot: Option<Nautobot>,
    configured: Vec<String>,
}

impl CeleryWaiting {
    /// Reads from these, and without a database no ages.
    pub fn new(brokers: CeleryBrokers, nautobot: Option<Nautobot>, settings: &Settings) -> Self {
        Self { brokers, nautobot, configured: settings.queues.clone() }
    }

    /// How long ago the job results of these tasks were created, by their ids; of those that there are.
    async fn ages(&self, tasks: &[&str], out: &Samples) -> Result<HashMap<String, f64>, CollectError> {
        let Some(nautobot) = self.nautobot.as_ref().filter(|_| !tasks.is_empty()) else {
            return Ok(HashMap::new());
        };
        let glance = nautobot.glance(out.elapsed(), out.time_left()).await?;
        if !glance.schema().has_column("extras_jobresult", "date_created") {
            return Ok(HashMap::new());
        }
        let reading = nautobot.read(out.time_left()).await?;
        let rows = reading.query(include_str!("waiting.sql"), &[(&tasks, Type::TEXT_ARRAY)]).await?;
        let age = |row: &Row| Ok((row.try_get("id")?, row.try_get("age")?));
        let ages = rows.iter().map(age).collect::<Result<_, CollectError>>()?;
        reading.finish().await?;
        Ok(ages)
    }
}

impl Collector for CeleryWaiting {
    fn name(&self) -> &str {
        "celery_waiting"
    }

    fn describe(&self) -> Vec<Descriptor> {
        let with_queue = [&AGE, &EXPIRED, &ETA, &OVERDUE].map(|family| family.descriptor());
        [NEXT.descriptor()].into_iter().chain(with_queue).collect()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let mut queues: BTreeMap<String, Vec<Waiting>> = BTreeMap::new();
        for queue in self.brokers.waiting(&self.configured, out.time_left()).await? {
            queues.entry(queue.name.clone()).or_default().push(queue);
        }
        let next = queues.values().flatten().flat_map(|queue| &queue.next);
        let ids: Vec<&str> = next.filter_map(|next| id(next)).collect();
        let ages = self.ages(&ids, out).await?;
        for (name, parts) in &queues {
            tell(name, parts, out);
            if self.nautobot.is_some()
                && let Some(age) = oldest(parts, &ages)
            {
                out.gauge(&AGE, [name], age);
            }
        }
        Ok(())
    }
}

/// One queue, as several brokers have it.
fn tell(name: &str, parts: &[Waiting], out: &mut Samples) {
    for (job, tasks) in by_job(parts) {
        out.gauge(&NEXT, [name, &job], tasks);
    }
    let waiting = parts.iter().map(|part| part.expired).sum::<u64>();
    // Part of a number is no number.
    let Some(scheduled) = parts.iter().map(|part| part.scheduled).collect::<Option<Vec<_>>>() else { return };
    out.gauge(&EXPIRED, [name], waiting + scheduled.iter().map(|part| part.expired).sum::<u64>());
    out.gauge(&OVERDUE, [name], scheduled.iter().map(|part| part.overdue).sum::<u64>());
    if let Some(soonest) = scheduled.iter().filter_map(|part| part.soonest).min() {
        let since_epoch = soonest.duration_since(UNIX_EPOCH).unwrap_or_default();
        out.gauge(&ETA, [name], since_epoch.as_secs_f64());
    }
}

/// The most frequent ones, and the others as one.
fn by_job(parts: &[Waiting]) -> Vec<(String, u64)> {
    let mut jobs: BTreeMap<&str, u64> = BTreeMap::new();
    for (task, number) in parts.iter().flat_map(|part| &part.tasks) {
        let job = task.job.as_deref().or(task.name.as_deref()).unwrap_or(OTHER);
        *jobs.entry(job).or_default() += number;
    }
    let others = jobs.remove(OTHER).unwrap_or(0);
    let mut jobs: Vec<(String, u64)> =
        jobs.into_iter().map(|(job, number)| (job.to_owned(), number)).collect();
    jobs.sort_by_key(|(_, number)| Reverse(*number));
    let others = others + jobs.drain(MAX_JOBS.min(jobs.len())..).map(|(_, number)| number).sum::<u64>();
    jobs.extend(Some((OTHER.to_owned(), others)).filter(|(_, others)| *others > 0));
    jobs
}

/// In seconds; `None` if something waits and nobody knows since when.
fn oldest(parts: &[Waiting], ages: &HashMap<String, f64>) -> Option<f64> {
    let mut next = parts.iter().flat_map(|part| &part.next).peekable();
    if next.peek().is_none() {
        return Some(0.0);
    }
    next.filter_map(|next| ages.get(id(next)?)).copied().reduce(f64::max)
}

/// That of a job result, if there is one: in its usual form.
fn id(next: &Next) -> Option<&str> {
    let id = next.message.as_ref()?.id.as_deref()?;
    let is_uuid = id.len() == 36
        && id.bytes().enumerate().all(|(position, byte)| match position {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    is_uuid.then_some(id)
}
