//! The standard collectors over RQ: what the plugin nautobot-capacity-metrics prints about queues, name for name,
//! without a web worker and without writing to Redis.
//!
//! | collector | families | round trips per run |
//! | --- | --- | --- |
//! | [`Queues`] | `nautobot_queue_number_jobs`, `nautobot_queue_number_workers` | 2, 3 while workers are dead, or 4 while jobs are abandoned |
//! | [`RqExporter`] | `rq_jobs`, `rq_workers`, `rq_workers_*` | 4 to 6 |
//! | [`Waiting`] | `nautobot_queue_oldest_waiting_job_age_seconds`, `…_intermediate_jobs`, `…_scheduler_locked` | 3, or 2 while no job waits |
//! | [`Workers`] | `nautobot_rq_workers`, `nautobot_queue_worker_*`, `nautobot_queue_stalest_worker_heartbeat_age_seconds` | 2 |
//! | [`Up`] | `nautobot_rq_up` | 1 |
//! | [`Multiproc`] | those in a directory of `prometheus_client`, and `nautobot_rq_multiproc_*` | none: reads files |

mod multiproc;
mod queues;
mod rq_exporter;
mod servers;
mod settings;
mod up;
mod waiting;
mod workers;

use metrics_core::{BoxCollector, Family, Gauge};

pub use multiproc::{DeadFiles, Multiproc, MultiprocSettings};
pub use queues::Queues;
pub use rq_exporter::RqExporter;
pub use servers::Servers;
pub use settings::{AppMetrics, Settings};
pub use up::Up;
pub use waiting::Waiting;
pub use workers::Workers;

/// How long it took to gather a page, in milliseconds. No collector emits it: whoever makes the page knows.
pub static PROCESSING_MS: Family<Gauge, 0> =
    Family::gauge("nautobot_rq_metrics_processing_ms", "Time in ms to generate the RQ metrics endpoint.", []);

/// The collectors that can be switched, in the order of the plugin's page, each with whether the settings want it, then
/// those that the plugin has no counterpart for, which nobody gets without asking.
///
/// [`Up`] is not among them: it belongs on every page. Nor is [`Multiproc`], which needs no Redis.
pub fn all(
    servers: impl Into<Servers>,
    settings: &Settings,
    plugin: &AppMetrics,
) -> Vec<(BoxCollector, bool)> {
    let servers = servers.into();
    vec![
        (BoxCollector::new(Queues::new(servers.clone(), settings)), plugin.queues),
        (BoxCollector::new(RqExporter::new(servers.clone())), false),
        (BoxCollector::new(Waiting::new(servers.clone(), settings)), false),
        (BoxCollector::new(Workers::new(servers, settings)), false),
    ]
}
