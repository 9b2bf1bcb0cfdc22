use metrics_core::{Family, Gauge, Samples};

static CIRCUITS: Family<Gauge, 1> = Family::gauge("acme_circuits", "Circuits.", ["provider"]);

fn collect(out: &mut Samples) {
    out.counter(&CIRCUITS, ["acme"], 3);
}

fn main() {}
