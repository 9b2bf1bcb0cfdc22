use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use celery_model::events::{Cluster, Outcome, Snapshot};
use futures_util::future::join_all;
use metrics_core::{
    Buckets, CollectError, Collector, Counter, Descriptor, Family, Gauge, Histogram, Samples,
};

use super::CeleryBrokers;

static WORKERS: Family<Gauge, 0> = Family::gauge(
    "nautobot_celery_workers",
    "Number of live Celery workers; absent while they cannot be heard.",
    [],
)
.experimental();
static ACTIVE: Family<Gauge, 0> = Family::gauge(
    "nautobot_celery_worker_active_tasks",
    "Tasks that the live Celery workers run, by their last heartbeats; absent while they cannot be heard.",
    [],
)
.experimental();
static PROCESSED: Family<Counter, 0> = Family::counter(
    "nautobot_celery_worker_processed_tasks_total",
    "Tasks that Celery workers have taken up since the exporter heard of them.",
    [],
)
.experimental();
static RUNNING: Family<Gauge, 1> = Family::gauge(
    "nautobot_celery_running_tasks",
    "Tasks that live Celery workers run, by queue; only those that the exporter heard starting.",
    ["queue"],
)
.experimental();
static TASKS: Family<Counter, 2> = Family::counter(
    "nautobot_celery_tasks_total",
    "Tasks of each Celery queue that were sent, received, started, succeeded, failed, retried, revoked or rejected while the \
     exporter listened; the queue of those that nobody was heard sending is `unknown`.",
    ["queue", "outcome"],
)
.experimental();
static RUN_TIME: Family<Histogram, 2> = Family::histogram(
    "nautobot_celery_task_run_time_seconds",
    "How long the tasks of each Celery queue ran that ended while the exporter listened.",
    ["queue", "outcome"],
)
.experimental();
static LISTENING: Family<Gauge, 0> = Family::gauge(
    "nautobot_celery_events_listening",
    "Whether Celery's events can be heard: what is told of workers and tasks is up to date.",
    [],
)
.experimental();
static LAST_HEARD: Family<Gauge, 0> = Family::gauge(
    "nautobot_celery_events_last_heard_timestamp_seconds",
    "When the last of Celery's events came; absent before the first.",
    [],
)
.experimental();
static LOSSES: Family<Counter, 0> = Family::counter(
    "nautobot_celery_events_connection_losses_total",
    "How often the connection on which Celery's events come was lost; what happened in between is in no counter.",
    [],
)
.experimental();
static MALFORMED: Family<Counter, 0> = Family::counter(
    "nautobot_celery_events_malformed_total",
    "Messages among Celery's events that were none.",
    [],
)
.experimental();

/// How long Celery's heartbeats are apart at least, a quarter for what is late, and the time that it takes to connect.
const FIRST_ROUND: Duration = Duration::from_secs(3);

/// What Celery's workers tell while they work: seven series, and some for each of 1,002 queues.
///
/// These are of a queue: `nautobot_celery_running_tasks` while something runs, a counter of each outcome that was heard, and of
/// `succeeded` and `failed` in any case, and a histogram, twelve lines, of each outcome with which a task ended that was heard
/// starting. A queue whose tasks succeed and fail has 30 lines, and one in which everything has happened 69: with 1,000 queues
/// that is more than `max_series` allows by default (50,000), and histograms of the last queues are left out first.
///
/// This is the one collector that listens between scrapes, on one connection to each broker, from its first run on. A run
/// costs no round trip once a worker was seen. The first that hears them waits for their heartbeats, 2 s apart: for 3 s, or three quarters of its
/// time. A scrape that joins it and has less time gets nothing from it; no other run waits for anybody. Counters begin with the
/// listening. Workers are never named: their names come and go with pods. With several brokers, all numbers are
/// summed, and absent unless all of them can be heard.
///
/// As long as no worker of Celery has ever been seen in Redis, it does not listen, and there are no samples.
#[derive(Debug)]
pub struct CeleryTasks {
    brokers: CeleryBrokers,
    has_waited: AtomicBool,
}

impl CeleryTasks {
    /// Listens to these.
    pub fn new(brokers: CeleryBrokers) -> Self {
        Self { brokers, has_waited: AtomicBool::default() }
    }
}

impl Collector for CeleryTasks {
    fn name(&self) -> &str {
        "celery_tasks"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![
            WORKERS.descriptor(),
            ACTIVE.descriptor(),
            PROCESSED.descriptor(),
            RUNNING.descriptor(),
            TASKS.descriptor(),
            RUN_TIME.descriptor(),
            LISTENING.descriptor(),
            LAST_HEARD.descriptor(),
            LOSSES.descriptor(),
            MALFORMED.descriptor(),
        ]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let events = self.brokers.events(out.time_left()).await?;
        if events.is_empty() {
            return Ok(());
        }
        if !self.has_waited.swap(true, Ordering::Relaxed) {
            // What has been heard so far is told in any case, so some time has to be left for that.
            let patience = FIRST_ROUND.min(out.time_left() * 3 / 4);
            join_all(events.iter().map(|events| events.settled(patience))).await;
        }
        let heard: Vec<Snapshot> = events.iter().map(|events| events.snapshot()).collect();
        tell(&heard, out);
        Ok(())
    }
}

/// First what is fewer: a limit of series then costs run times of the last queues.
fn tell(heard: &[Snapshot], out: &mut Samples) {
    let mut all = Cluster::default();
    heard.iter().for_each(|snapshot| all.add(&snapshot.cluster));
    let is_current = heard.iter().all(|snapshot| snapshot.listening.is_some() && snapshot.is_settled);
    out.gauge(&LISTENING, [], is_current);
    if let Some(age) = heard.iter().filter_map(|snapshot| snapshot.heard).min() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        out.gauge(&LAST_HEARD, [], now.saturating_sub(age).as_secs_f64());
    }
    out.counter(&LOSSES, [], heard.iter().map(|snapshot| snapshot.losses).sum::<u64>());
    out.counter(&MALFORMED, [], heard.iter().map(|snapshot| snapshot.malformed).sum::<u64>());
    out.counter(&PROCESSED, [], all.processed);
    if is_current {
        out.gauge(&WORKERS, [], all.workers);
        out.gauge(&ACTIVE, [], all.active);
        for (queue, &tasks) in &all.running {
            out.gauge(&RUNNING, [queue], tasks);
        }
    }
    for (queue, traffic) in &all.queues {
        for outcome in Outcome::ALL {
            let tasks = traffic.of(outcome);
            if tasks > 0 || matches!(outcome, Outcome::Succeeded | Outcome::Failed) {
                out.counter(&TASKS, [queue, outcome.as_str()], tasks);
            }
        }
    }
    for (queue, traffic) in &all.queues {
        for (outcome, runs) in traffic.run_times() {
            let buckets = Buckets::from_cumulative(runs.cumulative(), runs.sum(), runs.count());
            out.histogram(&RUN_TIME, [queue, outcome.as_str()], buckets);
        }
    }
}
