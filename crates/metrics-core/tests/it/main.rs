//! The public interface, used as a collector's author and an exporter use it.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod compile_fail;
mod contract;
mod descriptors;
mod fakes;
mod isolation;
mod sharing;
