use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};

use crate::{Servers, Settings};

static OLDEST: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_oldest_waiting_job_age_seconds",
    "Time since the oldest of the first ten waiting jobs was put into the RQ queue; 0 when none waits.",
    ["name"],
)
.experimental();
static INTERMEDIATE: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_intermediate_jobs",
    "Jobs that a worker took from the RQ queue and has not begun; they stay when it dies in between.",
    ["name"],
)
.experimental();
static LOCKED: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_scheduler_locked",
    "Whether a worker holds the scheduler's lock of the RQ queue: without one, scheduled jobs never come into it.",
    ["name"],
)
.experimental();

/// For how long the jobs of each queue have been waiting, and what keeps them from running: three series per queue.
///
/// Ages are by this machine's clock. A run is three round trips to Redis, two while no job waits, and looks at the first
/// ten jobs of each queue. The queues are those of [`Queues`](crate::Queues). A value that cannot be told has no sample.
#[derive(Debug)]
pub struct Waiting {
    servers: Servers,
    configured: Vec<String>,
}

impl Waiting {
    /// Reads from these; `settings` names queues that are shown even if RQ does not know them yet.
    pub fn new(servers: impl Into<Servers>, settings: &Settings) -> Self {
        Self { servers: servers.into(), configured: settings.queues.clone() }
    }
}

impl Collector for Waiting {
    fn name(&self) -> &str {
        "waiting"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![OLDEST.descriptor(), INTERMEDIATE.descriptor(), LOCKED.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        for queue in self.servers.waiting(&self.configured, out.time_left()).await? {
            if let Some(age) = queue.oldest_age {
                out.gauge(&OLDEST, [&queue.name], age.as_secs_f64());
            }
            if let Some(jobs) = queue.intermediate {
                out.gauge(&INTERMEDIATE, [&queue.name], jobs);
            }
            if let Some(locked) = queue.has_scheduler {
                out.gauge(&LOCKED, [&queue.name], locked);
            }
        }
        Ok(())
    }
}
