//! The standard collectors over queues: what the plugin nautobot-capacity-metrics prints about RQ, name for name, and what
//! Celery has to tell since it took RQ's place, without a web worker and without writing to Redis.
//!
//! | collector | families | round trips per run |
//! | --- | --- | --- |
//! | [`Queues`] | `nautobot_queue_number_jobs`, `nautobot_queue_number_workers`, `nautobot_celery_queue_waiting_tasks`, `nautobot_celery_unacked_tasks` | to RQ's Redis 2, 3 while workers are dead, or 4 while jobs are abandoned; to Celery's 2, or 3 while workers keep tasks |
//! | [`CeleryTasks`] | `nautobot_celery_workers`, `nautobot_celery_tasks_total` and more that Celery's workers tell | none: listens |
//! | [`CeleryInspect`] | `nautobot_celery_queue_worker_processes`, `nautobot_celery_inspect_*` | about 5, once a minute |
//! | [`CeleryWaiting`] | `nautobot_celery_queue_oldest_waiting_task_age_seconds`, `…_next_tasks` and more | 3, or 2 while no task waits; with a database two statements |
//! | [`RqExporter`] | `rq_jobs`, `rq_workers`, `rq_workers_*` | 4 to 6 |
//! | [`Waiting`] | `nautobot_queue_oldest_waiting_job_age_seconds`, `…_intermediate_jobs`, `…_scheduler_locked` | 3, or 2 while no job waits |
//! | [`Workers`] | `nautobot_rq_workers`, `nautobot_queue_worker_*`, `nautobot_queue_stalest_worker_heartbeat_age_seconds` | 2 |
//! | [`Up`] | `nautobot_rq_up` | 1 |
//! | [`Multiproc`] | those in a directory of `prometheus_client`, and `nautobot_rq_multiproc_*` | none: reads files |

mod brokers;
mod celery;
mod multiproc;
mod queues;
mod rq_exporter;
mod servers;
mod settings;
mod up;
mod waiting;
mod workers;

use metrics_core::{BoxCollector, Family, Gauge};
use nautobot_db::Nautobot;

pub use brokers::Brokers;
pub use celery::{
    CELERY_ENVIRONMENT, CeleryBrokers, CeleryInspect, CelerySettings, CeleryTasks, CeleryWaiting, JobQueues,
};
pub use multiproc::{DeadFiles, Multiproc, MultiprocSettings};
pub use queues::Queues;
pub use rq_exporter::RqExporter;
pub use servers::Servers;
pub use settings::{AppMetrics, Broker, Settings};
pub use up::Up;
pub use waiting::Waiting;
pub use workers::Workers;

/// How long it took to gather a page, in milliseconds. No collector emits it: whoever makes the page knows.
pub static PROCESSING_MS: Family<Gauge, 0> =
    Family::gauge("nautobot_rq_metrics_processing_ms", "Time in ms to generate the RQ metrics endpoint.", []);

/// The collectors that can be switched, in the order of the plugin's page, each with whether the settings want it, then
/// those that the plugin has no counterpart for. Of these, only [`CeleryTasks`] runs without being asked for.
///
/// A `nautobot` tells which job queues there are and since when tasks wait, both only of Celery's.
///
/// [`Up`] is not among them: it belongs on every page. Nor is [`Multiproc`], which needs no Redis.
pub fn all(
    brokers: &Brokers,
    nautobot: Option<Nautobot>,
    settings: &Settings,
    plugin: &AppMetrics,
) -> Vec<(BoxCollector, bool)> {
    let (rq, celery) = (brokers.rq(), brokers.celery());
    let mut queues = Queues::new(rq.clone(), celery.clone(), settings);
    if let Some(nautobot) = &nautobot {
        queues = queues.with_job_queues(JobQueues::new(nautobot.clone()));
    }
    vec![
        (BoxCollector::new(queues), plugin.queues),
        (BoxCollector::new(CeleryTasks::new(celery.clone())), plugin.queues),
        (BoxCollector::new(CeleryInspect::new(celery.clone())), celery.asks_workers()),
        (BoxCollector::new(CeleryWaiting::new(celery.clone(), nautobot, settings)), false),
        (BoxCollector::new(RqExporter::new(rq.clone())), false),
        (BoxCollector::new(Waiting::new(rq.clone(), settings)), false),
        (BoxCollector::new(Workers::new(rq.clone(), settings)), false),
    ]
}
