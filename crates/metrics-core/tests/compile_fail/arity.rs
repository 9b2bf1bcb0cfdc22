use metrics_core::{Family, Gauge, Samples};

static CIRCUITS: Family<Gauge, 2> = Family::gauge("acme_circuits", "Circuits.", ["provider", "status"]);

fn collect(out: &mut Samples) {
    out.gauge(&CIRCUITS, ["acme"], 3);
}

fn main() {}
