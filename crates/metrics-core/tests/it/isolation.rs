//! A collector loses its own samples and nobody else's.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use metrics_core::{
    CollectError, Collector, Descriptor, Family, Gauge, Limits, Outcome, Registry, Samples, Scrape,
    Selection, Value,
};
use tokio::time::Instant;

use crate::fakes::{Does, Fake, UNDESCRIBED, families, gather, registry};

#[tokio::test(start_paused = true)]
async fn only_the_good_ones_samples_are_there() {
    let registry = registry([
        Fake::new("fails", Does::Fail),
        Fake::new("hangs", Does::Hang),
        Fake::new("good", Does::Succeed),
        Fake::new("panics", Does::Panic),
    ]);

    let start = Instant::now();
    let gathered = gather(&registry, 5).await;

    assert_eq!(families(&gathered), ["fake_good"]);
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    let outcomes: Vec<_> = gathered.runs().map(|run| (run.collector(), run.outcome().clone())).collect();
    assert_eq!(
        outcomes,
        [
            ("fails", Outcome::Failed("no such table".into())),
            ("hangs", Outcome::TimedOut),
            ("good", Outcome::Success),
            ("panics", Outcome::Panicked),
        ]
    );
    let succeeded_once: Vec<_> = gathered.runs().map(|run| run.last_success().is_some()).collect();
    assert_eq!(succeeded_once, [false, false, true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_timed_out_is_cancelled() {
    let hangs = Fake::new("hangs", Does::Hang);
    let cancelled = Arc::clone(&hangs.cancelled);
    gather(&registry([hangs]), 5).await;
    tokio::task::yield_now().await;
    assert_eq!(cancelled.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn the_collectors_own_limit_lies_inside_the_deadline() {
    let mut registry = Registry::new();
    let limits = Limits::default().timeout(Duration::from_secs(2));
    registry.register(Fake::new("hangs", Does::Hang), limits).unwrap();

    let start = Instant::now();
    let gathered = gather(&registry, 60).await;
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(gathered.runs().next().unwrap().outcome(), &Outcome::TimedOut);
}

#[tokio::test]
async fn endless_limits_are_no_overflow() {
    let mut registry = Registry::new();
    let limits = Limits::default().timeout(Duration::MAX).min_interval(Duration::MAX);
    registry.register(Fake::new("good", Does::Succeed), limits).unwrap();
    assert_eq!(families(&registry.gather(&Scrape::within(Duration::MAX)).await), ["fake_good"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_blocks_its_thread_does_not_keep_the_scrape() {
    let registry = registry([
        Fake::new("blocks", Does::Emit(|_, _| std::thread::sleep(Duration::from_secs(2)))),
        Fake::new("good", Does::Succeed),
    ]);
    let start = Instant::now();
    let gathered = registry.gather(&Scrape::within(Duration::from_millis(200))).await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(families(&gathered), ["fake_good"]);
}

#[tokio::test]
async fn a_collector_that_emits_what_it_did_not_describe_fails_alone() {
    let registry = registry([
        Fake::new("liar", Does::Emit(|_, out| out.gauge(&UNDESCRIBED, [], 1))),
        Fake::new("good", Does::Succeed),
    ]);
    let gathered = gather(&registry, 5).await;
    assert_eq!(families(&gathered), ["fake_good"]);
    let outcome = gathered.runs().next().unwrap().outcome();
    assert_eq!(outcome, &Outcome::Refused("family `fake_undescribed` was emitted but not described".into()));
}

#[tokio::test]
async fn a_series_that_comes_twice_fails_its_collector_alone() {
    let registry = registry([
        Fake::new("twice", Does::Emit(|family, out| out.push(family, &["run"], Value::Number(1.0)))),
        Fake::new("good", Does::Succeed),
    ]);
    let gathered = gather(&registry, 5).await;
    assert_eq!(families(&gathered), ["fake_good"]);
    let outcome = gathered.runs().next().unwrap().outcome();
    assert_eq!(outcome, &Outcome::Refused("series `fake_twice{who=\"run\"}` was emitted twice".into()));
}

#[tokio::test]
async fn labels_that_only_look_alike_are_two_series() {
    static PAIRS: Family<Gauge, 2> = Family::gauge("it_pairs", "Pairs.", ["a", "b"]);
    struct Pairs;
    impl Collector for Pairs {
        fn name(&self) -> &str {
            "pairs"
        }
        fn describe(&self) -> Vec<Descriptor> {
            vec![PAIRS.descriptor()]
        }
        async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
            out.gauge(&PAIRS, ["a", "bc"], 1);
            out.gauge(&PAIRS, ["ab", "c"], 1);
            Ok(())
        }
    }
    let mut registry = Registry::new();
    registry.register(Pairs, Limits::default()).unwrap();
    assert_eq!(families(&gather(&registry, 5).await), ["it_pairs"]);
}

#[tokio::test]
async fn a_family_of_the_same_name_and_other_labels_was_not_described() {
    let registry = registry([Fake::new(
        "odd",
        Does::Emit(|family, out| {
            let other = Descriptor::new(family.kind(), family.name(), family.help(), ["other"]).unwrap();
            out.push(&other, &["b"], Value::Number(1.0));
        }),
    )]);
    let gathered = gather(&registry, 5).await;
    assert!(matches!(gathered.runs().next().unwrap().outcome(), Outcome::Refused(_)));
}

#[tokio::test]
async fn a_sample_that_does_not_fit_its_family_fails_its_collector() {
    let labels =
        registry([Fake::new("odd", Does::Emit(|f, out| out.push(f, &["a", "b"], Value::Number(1.0))))]);
    let value = registry([Fake::new("odd", Does::Emit(|f, out| out.push(f, &["a"], Value::Info)))]);
    for registry in [labels, value] {
        let gathered = gather(&registry, 5).await;
        assert!(matches!(gathered.runs().next().unwrap().outcome(), Outcome::Refused(_)));
    }
}

#[tokio::test]
async fn what_is_beyond_the_limit_of_series_is_dropped_and_counted() {
    let mut registry = Registry::new();
    let many = Does::Emit(|family, out| {
        for i in 0..100 {
            out.push(family, &[&i.to_string()], Value::Number(1.0));
        }
    });
    registry.register(Fake::new("many", many), Limits::default().max_series(10)).unwrap();

    let gathered = gather(&registry, 5).await;
    assert_eq!(gathered.families().next().unwrap().samples().len(), 10);
    assert_eq!(gathered.runs().next().unwrap().dropped_total(), 91);
    let gathered = gather(&registry, 5).await;
    assert_eq!(gathered.runs().next().unwrap().dropped_total(), 182);
}

#[tokio::test]
async fn a_scrape_may_ask_for_some_collectors_only() {
    let registry = registry([Fake::new("a", Does::Succeed), Fake::new("b", Does::Succeed)]);
    let of = |selection| Scrape::within(Duration::from_secs(5)).of(selection);
    let only = registry.gather(&of(Selection::Only(["b".to_owned()].into()))).await;
    let except = registry.gather(&of(Selection::Except(["b".to_owned()].into()))).await;
    assert_eq!((families(&only), families(&except)), (vec!["fake_b"], vec!["fake_a"]));
}
