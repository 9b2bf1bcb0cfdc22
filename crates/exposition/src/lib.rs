//! From samples to bytes to HTTP: what an exporter needs besides its collectors.

mod adapter;
mod compress;
mod encode;
mod negotiate;
mod process;

pub use adapter::PrometheusRegistry;
pub use encode::{Format, encode};
