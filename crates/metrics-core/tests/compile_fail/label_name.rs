use metrics_core::{Family, Gauge};

static CIRCUITS: Family<Gauge, 1> = Family::gauge("acme_circuits", "Circuits.", ["__provider"]);

fn main() {}
