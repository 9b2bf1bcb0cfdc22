use metrics_core::{Counter, Family};

static REQUESTS: Family<Counter, 0> = Family::counter("acme_requests", "Requests.", []);

fn main() {}
