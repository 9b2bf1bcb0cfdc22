//! The standard collectors over RQ: what the plugin nautobot-capacity-metrics prints about queues, name for name,
//! without a web worker and without writing to Redis.
//!
//! | collector | families | round trips per run |
//! | --- | --- | --- |
//! | [`Queues`] | `nautobot_queue_number_jobs`, `nautobot_queue_number_workers` | 2, 3 while workers are dead, or 4 while jobs are abandoned |
//! | [`Up`] | `nautobot_rq_up` | 1 |

mod queues;
mod settings;
mod up;

use metrics_core::{BoxCollector, Family, Gauge};
use rq_model::Rq;

pub use queues::Queues;
pub use settings::{AppMetrics, Settings};
pub use up::Up;

/// How long it took to gather a page, in milliseconds. No collector emits it: whoever makes the page knows.
pub static PROCESSING_MS: Family<Gauge, 0> =
    Family::gauge("nautobot_rq_metrics_processing_ms", "Time in ms to generate the RQ metrics endpoint.", []);

/// The collectors that can be switched, in the order of the plugin's page, each with whether the settings want it.
///
/// [`Up`] is not among them: it belongs on every page.
pub fn all(rq: &Rq, settings: &Settings, plugin: &AppMetrics) -> Vec<(BoxCollector, bool)> {
    vec![(BoxCollector::new(Queues::new(rq.clone(), settings)), plugin.queues)]
}
