use std::collections::BTreeMap;

use metrics_core::{CollectError, Collector, Counter, Descriptor, Family, Gauge, Samples};
use rq_model::{Queue, WorkerState};

use crate::Servers;

static JOBS: Family<Gauge, 2> = Family::gauge(
    "rq_jobs",
    "RQ jobs by queue and status, as rq-exporter of PyPI names them; counted as nautobot_queue_number_jobs is.",
    ["queue", "status"],
);
static WORKERS: Family<Gauge, 2> = Family::gauge(
    "rq_workers",
    "Number of live RQ workers by state and the queues they listen to, as rq-exporter of PyPI has it but for the label name.",
    ["state", "queues"],
);
static SUCCESS: Family<Counter, 1> = Family::counter(
    "rq_workers_success_total",
    "Jobs done by live RQ workers by the queues they listen to; falls when a worker leaves.",
    ["queues"],
);
static FAILED: Family<Counter, 1> = Family::counter(
    "rq_workers_failed_total",
    "Jobs that failed in the hands of live RQ workers by the queues they listen to; falls when a worker leaves.",
    ["queues"],
);
static WORKING_TIME: Family<Counter, 1> = Family::counter(
    "rq_workers_working_time_total",
    "Seconds that live RQ workers have spent on jobs by the queues they listen to; falls when a worker leaves.",
    ["queues"],
);

/// What the program `rq-exporter` of PyPI (3.1.0) shows, under its names, so that its dashboards go on: six series per
/// queue, and four or a few more for each list of queues that workers listen to.
///
/// Its label `name`, the worker's, is left out: it grows without bound as workers come and go. So `rq_workers` is a number
/// of workers instead of 1 for each, to be summed and not counted, and its counters are sums over workers: what
/// one has done is gone when it leaves, which `rate()` takes for a counter that began anew. Its
/// `rq_request_processing_seconds` is `nautobot_rq_scrape_collector_duration_seconds`. Jobs are counted after
/// RQ's clean-up, which it leaves out.
///
/// A run costs those of [`Queues`](crate::Queues) and [`Workers`](crate::Workers) together: four round trips to Redis, seven at
/// most. It shows the queues that RQ has registered, and not those of the settings.
#[derive(Debug)]
pub struct RqExporter {
    servers: Servers,
}

impl RqExporter {
    /// Reads from these.
    pub fn new(servers: impl Into<Servers>) -> Self {
        Self { servers: servers.into() }
    }
}

impl Collector for RqExporter {
    fn name(&self) -> &str {
        "rq_exporter"
    }

    fn describe(&self) -> Vec<Descriptor> {
        let counters = [&SUCCESS, &FAILED, &WORKING_TIME].map(|family| family.descriptor());
        [JOBS.descriptor(), WORKERS.descriptor()].into_iter().chain(counters).collect()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let workers = self.servers.workers(&[], out.time_left()).await?.workers.unwrap_or_default();
        let mut states: BTreeMap<(WorkerState, String), u64> = BTreeMap::new();
        let mut work: BTreeMap<String, (u64, u64, f64)> = BTreeMap::new();
        for worker in workers {
            let queues = worker.queues.join(",");
            *states.entry((worker.state, queues.clone())).or_default() += 1;
            let (successful, failed, seconds) = work.entry(queues).or_default();
            *successful = successful.saturating_add(worker.successful_jobs.unwrap_or(0));
            *failed = failed.saturating_add(worker.failed_jobs.unwrap_or(0));
            *seconds += worker.working_time.unwrap_or(0.0);
        }
        for ((state, queues), number) in &states {
            out.gauge(&WORKERS, [state.as_str(), queues], *number);
        }
        for (queues, (successful, failed, seconds)) in &work {
            out.counter(&SUCCESS, [queues], *successful);
            out.counter(&FAILED, [queues], *failed);
            out.counter(&WORKING_TIME, [queues], *seconds);
        }
        for queue in self.servers.queues(&[], out.time_left()).await? {
            for (status, jobs) in by_status(&queue) {
                if let Some(jobs) = jobs {
                    out.gauge(&JOBS, [&queue.name, status], jobs);
                }
            }
        }
        Ok(())
    }
}

/// In its own order.
fn by_status(queue: &Queue) -> [(&'static str, Option<u64>); 6] {
    [
        ("queued", queue.queued),
        ("started", queue.started),
        ("finished", queue.finished),
        ("failed", queue.failed),
        ("deferred", queue.deferred),
        ("scheduled", queue.scheduled),
    ]
}
