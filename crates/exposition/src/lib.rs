//! From samples to bytes to HTTP: what an exporter needs besides its collectors.

mod adapter;
mod compress;
mod deadline;
mod encode;
mod flags;
mod instrumentation;
mod listing;
mod logging;
mod negotiate;
mod page;
mod process;
mod program;
mod self_metrics;
mod server;
mod settings;
mod wiring;

pub use adapter::PrometheusRegistry;
pub use encode::{Format, encode};
pub use program::Program;
pub use wiring::{Wiring, WiringError};

/// The name of the collector that tells whether the backend answers.
const UP: &str = "up";
