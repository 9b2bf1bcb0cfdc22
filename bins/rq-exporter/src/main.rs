//! rq-exporter
fn main() {}
