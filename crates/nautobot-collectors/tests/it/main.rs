//! The collectors against real databases of Nautobot, side by side with what the real plugin printed from them.
#![cfg(test)]

mod conformance;
mod counts;
mod info;
mod isolation;
mod models;
mod operations;
mod page;
mod results;
mod reuse;
mod versions;
mod wire;
