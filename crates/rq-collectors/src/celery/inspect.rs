use std::time::{SystemTime, UNIX_EPOCH};

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};

use super::CeleryBrokers;
use super::inspection::{Answer, by_queue};

static PROCESSES: Family<Gauge, 1> = Family::gauge(
    "nautobot_celery_queue_worker_processes",
    "How many tasks the Celery workers that listen to a queue can run at once, of any queue; absent while one is silent.",
    ["queue"],
)
.experimental();
static SILENT: Family<Gauge, 0> = Family::gauge(
    "nautobot_celery_inspect_silent_workers",
    "Celery workers that heard the question which queues they listen to and did not answer within a second.",
    [],
)
.experimental();
static ASKED: Family<Gauge, 0> = Family::gauge(
    "nautobot_celery_inspect_timestamp_seconds",
    "When Celery's workers were last asked which queues they listen to.",
    [],
)
.experimental();

/// What Celery's workers answer when they are asked: a series per queue that a worker listens to, and two.
///
/// This is for those who want it ([`CelerySettings::inspect`](crate::CelerySettings)): to ask is to write to Redis, a
/// binding and a list for the answers, which are removed again, and it takes each worker a moment. [`Queues`](crate::Queues) takes
/// the number of workers from the same answers. They are taken to hold for `inspect_interval`, and that nobody could be asked for 10 s at most; a run
/// that asks costs some five round trips and a second at most.
///
/// While a worker is silent, nobody knows what it listens to, and there are no numbers by queue. After ten minutes it is not busy but
/// stuck: they are those of the others.
#[derive(Debug)]
pub struct CeleryInspect {
    brokers: CeleryBrokers,
}

impl CeleryInspect {
    /// Asks the workers of these.
    pub fn new(brokers: CeleryBrokers) -> Self {
        Self { brokers }
    }
}

impl Collector for CeleryInspect {
    fn name(&self) -> &str {
        "celery_inspect"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![PROCESSES.descriptor(), SILENT.descriptor(), ASKED.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let answers = self.brokers.inspect(out.time_left()).await?;
        if answers.iter().all(|answer| answer.is_whole) {
            for (queue, processes) in by_queue(&answers, |worker| worker.capacity?.concurrency) {
                out.gauge(&PROCESSES, [queue], processes);
            }
        }
        let Some(age) = answers.iter().map(|answer| answer.at.elapsed()).max() else { return Ok(()) };
        out.gauge(&SILENT, [], answers.iter().map(Answer::silent).sum::<u64>());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        out.gauge(&ASKED, [], now.saturating_sub(age).as_secs_f64());
        Ok(())
    }
}
