//! Celery as it lies in Redis, its broker, and as it tells of itself.

mod broker;
pub mod events;

pub use broker::broker;
