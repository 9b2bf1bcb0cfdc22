use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use rq_model::{Worker, WorkerState};

use crate::{Servers, Settings};

static WORKERS: Family<Gauge, 1> = Family::gauge(
    "nautobot_rq_workers",
    "Number of live RQ workers by state, each counted once however many queues it listens to.",
    ["state"],
)
.experimental();
static SUCCESSFUL: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_worker_successful_jobs",
    "Jobs done by the live workers that listen to the RQ queue, of any queue; falls when a worker leaves.",
    ["name"],
)
.experimental();
static FAILED: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_worker_failed_jobs",
    "Jobs that failed in the hands of the live workers that listen to the RQ queue, of any queue; falls when a worker leaves.",
    ["name"],
)
.experimental();
static WORKING: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_worker_working_seconds",
    "Time that the live workers that listen to the RQ queue have spent on jobs, of any queue; falls when a worker leaves.",
    ["name"],
)
.experimental();
static HEARTBEAT: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_stalest_worker_heartbeat_age_seconds",
    "Longest time since a live worker that listens to the RQ queue last said so; absent without one.",
    ["name"],
)
.experimental();

/// What the live workers say of themselves, summed over those that listen to a queue: five series, and four per queue.
///
/// A worker that listens to several queues counts in each, with all that it has done, since RQ does not say for which
/// queue. No worker is named: names come and go with the processes. Ages are by this machine's clock.
///
/// A run is two round trips to Redis, however many workers there are. The queues are those of
/// [`Queues`](crate::Queues) and those that a worker listens to. What a worker has not written as RQ does is left out of
/// the sums; without a list of workers, as when more than 10,000 are registered, there are no samples.
#[derive(Debug)]
pub struct Workers {
    servers: Servers,
    configured: Vec<String>,
}

impl Workers {
    /// Reads from these; `settings` names queues that are shown even if RQ does not know them yet.
    pub fn new(servers: impl Into<Servers>, settings: &Settings) -> Self {
        Self { servers: servers.into(), configured: settings.queues.clone() }
    }
}

impl Collector for Workers {
    fn name(&self) -> &str {
        "workers"
    }

    fn describe(&self) -> Vec<Descriptor> {
        let of_queues = [&SUCCESSFUL, &FAILED, &WORKING, &HEARTBEAT].map(|family| family.descriptor());
        [WORKERS.descriptor()].into_iter().chain(of_queues).collect()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let found = self.servers.workers(&self.configured, out.time_left()).await?;
        let Some(workers) = found.workers else { return Ok(()) };
        for state in WorkerState::ALL {
            let number = workers.iter().filter(|worker| worker.state == state).count();
            out.gauge(&WORKERS, [state.as_str()], number as u64);
        }
        let mut crews: BTreeMap<Arc<str>, Crew> =
            found.queues.into_iter().map(|queue| (queue, Crew::default())).collect();
        for worker in &workers {
            for queue in &worker.queues {
                crews.entry(Arc::clone(queue)).or_default().add(worker);
            }
        }
        for (queue, crew) in &crews {
            out.gauge(&SUCCESSFUL, [queue], crew.successful);
            out.gauge(&FAILED, [queue], crew.failed);
            out.gauge(&WORKING, [queue], crew.working);
            if let Some(age) = crew.stalest {
                out.gauge(&HEARTBEAT, [queue], age.as_secs_f64());
            }
        }
        Ok(())
    }
}

/// The workers that listen to one queue.
#[derive(Default)]
struct Crew {
    successful: u64,
    failed: u64,
    working: f64,
    stalest: Option<Duration>,
}

impl Crew {
    fn add(&mut self, worker: &Worker) {
        self.successful = self.successful.saturating_add(worker.successful_jobs.unwrap_or(0));
        self.failed = self.failed.saturating_add(worker.failed_jobs.unwrap_or(0));
        self.working += worker.working_time.unwrap_or(0.0);
        self.stalest = self.stalest.max(worker.heartbeat_age);
    }
}
