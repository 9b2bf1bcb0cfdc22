use metrics_core::{Family, Gauge};

static CIRCUITS: Family<Gauge, 2> = Family::gauge("acme_circuits", "Circuits.", ["provider", "provider"]);

fn main() {}
