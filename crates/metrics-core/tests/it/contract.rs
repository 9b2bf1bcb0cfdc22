//! What the registry refuses at start, and how errors read.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use metrics_core::{
    BoxCollector, CollectError, Collector, Counter, Descriptor, Family, Gauge, Histogram, Kind, Limits,
    Outcome, RegisterError, Registry, Samples, Value,
};

use crate::fakes::{families, gather};

struct Describes(&'static str, Vec<Descriptor>);

impl Collector for Describes {
    fn name(&self) -> &str {
        self.0
    }

    fn describe(&self) -> Vec<Descriptor> {
        self.1.clone()
    }

    async fn collect(&self, _out: &mut Samples) -> Result<(), CollectError> {
        Ok(())
    }
}

static UP: Family<Gauge, 0> = Family::gauge("it_up", "Whether it is up.", []);
static SECONDS: Family<Histogram, 1> = Family::histogram("it_seconds", "How long it took.", ["what"]);
static SECONDS_COUNT: Family<Gauge, 0> = Family::gauge("it_seconds_count", "Clashes with a histogram.", []);
static JOBS: Family<Counter, 0> = Family::counter("it_jobs_total", "Jobs done.", []);
static JOBS_GAUGE: Family<Gauge, 0> = Family::gauge("it_jobs", "Clashes with a counter in OpenMetrics.", []);

fn clash_of(first: Descriptor, second: Descriptor) -> Option<String> {
    let mut registry = Registry::new();
    registry.register(Describes("good", vec![first]), Limits::default()).unwrap();
    registry
        .register(Describes("clash", vec![second]), Limits::default())
        .err()
        .map(|error| error.to_string())
}

#[test]
fn families_that_clash_are_refused_and_named() {
    assert_eq!(
        clash_of(UP.descriptor(), UP.descriptor()).unwrap(),
        "family `it_up` of `clash` clashes with family `it_up` of `good`"
    );
    assert!(clash_of(SECONDS.descriptor(), SECONDS_COUNT.descriptor()).is_some());
    assert!(clash_of(JOBS.descriptor(), JOBS_GAUGE.descriptor()).is_some());
    assert_eq!(clash_of(UP.descriptor(), JOBS.descriptor()), None);
}

#[test]
fn a_clash_adds_nothing() {
    let mut registry = Registry::new();
    registry.register(Describes("good", vec![UP.descriptor()]), Limits::default()).unwrap();
    let both = Describes("clash", vec![JOBS.descriptor(), UP.descriptor()]);
    registry.register(both, Limits::default()).unwrap_err();
    assert_eq!(registry.names().collect::<Vec<_>>(), ["good"]);
    registry.register(Describes("jobs", vec![JOBS.descriptor()]), Limits::default()).unwrap();
}

#[test]
fn a_collector_that_describes_a_family_twice_is_refused() {
    let mut registry = Registry::new();
    let twice = Describes("twice", vec![UP.descriptor(), UP.descriptor()]);
    assert!(matches!(registry.register(twice, Limits::default()), Err(RegisterError::Clash { .. })));
}

#[test]
fn reserved_families_are_nobody_elses() {
    let mut registry = Registry::new();
    registry.reserve("exporter", &[UP.descriptor()]).unwrap();
    let clash = registry.register(Describes("mine", vec![UP.descriptor()]), Limits::default());
    assert!(
        matches!(clash, Err(RegisterError::Clash { other_collector, .. }) if other_collector == "exporter")
    );
}

#[test]
fn names_are_checked() {
    let mut registry = Registry::new();
    let mut register = |name| registry.register(Describes(name, Vec::new()), Limits::default());
    for name in ["", "Jobs", "job status", "1job", "job-status", "_jobs"] {
        assert_eq!(register(name), Err(RegisterError::Name(name.into())));
    }
    assert_eq!(register("jobs_2"), Ok(()));
    assert_eq!(register("jobs_2"), Err(RegisterError::DuplicateName("jobs_2".into())));
}

/// Learns a family after it was registered, as one that reads its families from a file does.
struct Learns(AtomicBool);

impl Collector for Learns {
    fn name(&self) -> &str {
        "learns"
    }

    fn describe(&self) -> Vec<Descriptor> {
        if self.0.load(Ordering::SeqCst) { vec![UP.descriptor()] } else { Vec::new() }
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        self.0.store(true, Ordering::SeqCst);
        out.gauge(&UP, [], 1);
        Ok(())
    }
}

#[tokio::test]
async fn a_family_learned_later_is_asked_for_and_may_still_clash() {
    let mut registry = Registry::new();
    registry.register(Learns(AtomicBool::new(false)), Limits::default()).unwrap();
    assert_eq!(families(&gather(&registry, 5).await), ["it_up"]);

    let mut registry = Registry::new();
    registry.register(Learns(AtomicBool::new(false)), Limits::default()).unwrap();
    registry.register(Describes("other", vec![UP.descriptor()]), Limits::default()).unwrap();
    assert!(families(&gather(&registry, 5).await).is_empty());
}

/// Has a family whose labels are data: in its first run `a`, in the second `a` and `b`, and so on. From the fourth on it
/// also emits those of the run before.
struct Relabels(AtomicUsize);

impl Relabels {
    fn family(runs: usize) -> Descriptor {
        Descriptor::new(Kind::Gauge, "it_relabelled", "It.", ["a", "b", "c", "d"].into_iter().take(runs))
            .unwrap()
    }
}

impl Collector for Relabels {
    fn name(&self) -> &str {
        "relabels"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![Self::family(self.0.load(Ordering::SeqCst))]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let runs = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        if runs > 3 {
            out.push(&Self::family(runs - 1), &vec!["x"; runs - 1], Value::Number(1.0));
        }
        out.push(&Self::family(runs), &vec!["x"; runs], Value::Number(1.0));
        Ok(())
    }
}

#[tokio::test]
async fn a_family_may_have_other_labels_in_another_run_and_in_no_other_collector() {
    let mut registry = Registry::new();
    registry.register(Relabels(AtomicUsize::new(0)), Limits::default()).unwrap();
    for labels in 1..=3 {
        let gathered = gather(&registry, 5).await;
        assert_eq!(families(&gathered), ["it_relabelled"]);
        assert!(gathered.families().all(|family| family.descriptor().labels().len() == labels));
    }
    let gathered = gather(&registry, 5).await;
    let outcomes: Vec<_> = gathered.runs().map(|run| run.outcome().clone()).collect();
    let expected = "family `it_relabelled` was emitted with these labels and with others";
    assert!(matches!(&outcomes[..], [Outcome::Refused(reason)] if reason == expected), "{outcomes:?}");
    let other = Describes("other", vec![Relabels::family(4)]);
    assert!(matches!(registry.register(other, Limits::default()), Err(RegisterError::Clash { .. })));
}

#[test]
fn boxed_collectors_go_wherever_collectors_go() {
    let boxed: Vec<BoxCollector> = vec![BoxCollector::new(Describes("a", vec![UP.descriptor()]))];
    let mut registry = Registry::new();
    for collector in boxed {
        registry.register(collector, Limits::default()).unwrap();
    }
    let described: Vec<_> =
        registry.describe().map(|(name, families)| (name.to_owned(), families.len())).collect();
    assert_eq!(described, [("a".to_owned(), 1)]);
}

#[test]
fn an_error_tells_what_caused_it() {
    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the spool")]
    struct Outer(#[source] std::io::Error);

    let error = CollectError::from(Outer(std::io::Error::other("disk is gone")));
    assert_eq!(error.to_string(), "cannot read the spool: disk is gone");
}

#[test]
fn label_values_are_told_apart() {
    static PAIRS: Family<Gauge, 2> = Family::gauge("it_pairs", "Pairs.", ["a", "b"]);
    let mut out = Samples::default();
    for pair in [["a", "bc"], ["ab", "c"], ["", ""], ["é", ""]] {
        out.gauge(&PAIRS, pair, 1);
    }
    let family = out.families().next().unwrap();
    let pairs: Vec<Vec<&str>> = family.samples().map(|sample| sample.labels().collect()).collect();
    assert_eq!(pairs, [["a", "bc"], ["ab", "c"], ["", ""], ["é", ""]]);
}
