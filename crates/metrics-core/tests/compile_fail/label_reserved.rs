use metrics_core::{Family, Histogram};

static DURATIONS: Family<Histogram, 1> = Family::histogram("acme_seconds", "Durations.", ["le"]);

fn main() {}
