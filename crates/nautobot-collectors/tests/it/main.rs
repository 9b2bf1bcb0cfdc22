//! The collectors against real databases of Nautobot, side by side with what the real plugin printed from them.
#![cfg(test)]

mod counts;
mod isolation;
mod models;
mod oracle;
mod page;
mod raw;
mod results;
mod reuse;
mod wire;
