//! The crate against files that real clients wrote, files that nobody should write, and directories that change.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod dead;
mod files;
mod fuzz;
mod gauges;
mod live_clients;
mod merge_check;
mod odd_files;
mod page;
mod real_clients;
mod sums;
