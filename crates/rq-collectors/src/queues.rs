use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use rq_model::Queue;

use crate::{Servers, Settings};

static JOBS: Family<Gauge, 2> = Family::gauge(
    "nautobot_queue_number_jobs",
    "Number of jobs per RQ queue and status; entries that RQ would clean up are not counted.",
    ["name", "status"],
);
static WORKERS: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_number_workers",
    "Number of live workers per RQ queue; a worker that listens to several queues counts in each.",
    ["name"],
);

/// Counts the jobs and the live workers of each queue: eight series per queue.
///
/// A run is two round trips to Redis, one or two more while workers are dead or jobs are abandoned, and one more when a
/// key holds something for the first time or a worker has just died. It reads only. The queues are those of the settings
/// and those that RQ has registered, 10,000 of the latter at most: beyond, a run fails.
/// A value that cannot be told has no sample: see [`Rq::queues`](rq_model::Rq::queues).
#[derive(Debug)]
pub struct Queues {
    servers: Servers,
    configured: Vec<String>,
}

impl Queues {
    /// Reads from these; `settings` names queues that are shown even if RQ does not know them yet.
    pub fn new(servers: impl Into<Servers>, settings: &Settings) -> Self {
        Self { servers: servers.into(), configured: settings.queues.clone() }
    }
}

impl Collector for Queues {
    fn name(&self) -> &str {
        "queues"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![JOBS.descriptor(), WORKERS.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let queues = self.servers.queues(&self.configured, out.time_left()).await?;
        // First what is fewer: a limit of series then costs jobs of the last queues, not the workers of all.
        for queue in &queues {
            if let Some(workers) = queue.workers {
                out.gauge(&WORKERS, [&queue.name], workers);
            }
        }
        for queue in &queues {
            for (status, jobs) in by_status(queue) {
                if let Some(jobs) = jobs {
                    out.gauge(&JOBS, [&queue.name, status], jobs);
                }
            }
        }
        Ok(())
    }
}

/// In the plugin's order, and then what the plugin does not show.
fn by_status(queue: &Queue) -> [(&'static str, Option<u64>); 7] {
    [
        ("finished", queue.finished),
        ("started", queue.started),
        ("deferred", queue.deferred),
        ("failed", queue.failed),
        ("scheduled", queue.scheduled),
        ("queued", queue.queued),
        ("canceled", queue.canceled),
    ]
}
