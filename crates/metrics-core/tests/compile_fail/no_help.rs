use metrics_core::{Family, Gauge};

static CIRCUITS: Family<Gauge, 0> = Family::gauge("acme_circuits", "", []);

fn main() {}
