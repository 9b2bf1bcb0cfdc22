//! Celery, which carries Nautobot's jobs from 2.0 on, and smaller tasks since 1.1.

mod brokers;
mod inspect;
mod inspection;
mod job_queues;
mod settings;
mod tasks;
mod waiting;

pub use brokers::CeleryBrokers;
pub use inspect::CeleryInspect;
pub(crate) use inspection::{Answer, by_queue};
pub use job_queues::JobQueues;
pub use settings::{CELERY_ENVIRONMENT, CelerySettings};
pub use tasks::CeleryTasks;
pub use waiting::CeleryWaiting;
