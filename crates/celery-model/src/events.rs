//! What workers tell while they work.
//!
//! Celery's workers publish what they do to whoever listens: heartbeats every 2 s, and with `CELERY_WORKER_SEND_TASK_EVENTS`,
//! which Nautobot sets, each step of each task. Clients tell what they send (`CELERY_TASK_SEND_SENT_EVENT`). Nothing of it is
//! kept in Redis. [`event`] is what they say, [`State`] what follows from it, and [`Events`] listens.

mod back_off;
mod echoes;
pub mod event;
mod known;
mod listener;
mod run_times;
mod state;
mod traffic;
mod workers;

pub use listener::{Events, Snapshot};
pub use run_times::RunTimes;
pub use state::{Cluster, OTHER, State, UNKNOWN};
pub use traffic::{Outcome, Traffic};
