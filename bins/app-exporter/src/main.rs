//! app-exporter
fn main() {}
