//! From samples to bytes to HTTP: what an exporter needs besides its collectors.
//!
//! * [`Program`] makes an exporter of collectors: flags, settings, commands, logs, HTTP, an orderly stop. Its `wire`
//!   function puts the collectors into a [`Wiring`]. [`Beside`] is a page that it serves beside another program.
//! * [`encode()`] writes families as a page, for whoever has a server of their own.
//! * [`PrometheusRegistry`] is a collector that shows what a registry of the `prometheus` crate holds.
//!
//! It renders what it is given, and knows neither a backend nor a collector. The settings loader behind [`Program::run`]
//! is the only code in this workspace that reads files and the environment.

mod adapter;
mod beside;
mod child;
mod command;
mod compress;
mod deadline;
mod encode;
mod failure;
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
pub use beside::Beside;
pub use encode::{Format, encode};
pub use program::Program;
pub use wiring::{Wiring, WiringError};

/// The name of the collector that tells whether the backend answers.
const UP: &str = "up";
