//! The tests, for whichever way leads to the server.

mod access;
mod conformance;
mod counts;
mod info;
mod isolation;
mod metrics_directory;
mod models;
mod operations;
mod page;
mod results;
mod reuse;
mod versions;
mod wire;
