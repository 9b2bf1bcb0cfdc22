//! Registries of the `prometheus` crate.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::Duration;

use exposition::{Format, PrometheusRegistry, encode};
use metrics_core::{Family, Gauge, Limits, Outcome, Registry, Samples, Scrape};
use prometheus::core::{Collector, Desc};
use prometheus::proto::{self, LabelPair, Metric, MetricFamily, MetricType};
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts};

/// A collector of theirs that collects whatever it is told to.
struct Whatever<F>(F);

impl<F: Fn() -> Vec<MetricFamily> + Send + Sync> Collector for Whatever<F> {
    fn desc(&self) -> Vec<&Desc> {
        Vec::new()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        (self.0)()
    }
}

fn registered(collector: PrometheusRegistry) -> Registry {
    let mut registry = Registry::new();
    registry.register(collector, Limits::default()).unwrap();
    registry
}

async fn gathered(registry: &Registry, seconds: u64) -> (Outcome, String) {
    let gathered = registry.gather(&Scrape::within(Duration::from_secs(seconds))).await;
    (gathered.runs().next().unwrap().outcome().clone(), encode(Format::Text, gathered.families()))
}

async fn scraped(registry: &Registry) -> String {
    let (outcome, page) = gathered(registry, 5).await;
    assert_eq!(outcome, Outcome::Success);
    page
}

async fn shown(families: impl Fn() -> Vec<MetricFamily> + Send + Sync + 'static) -> String {
    scraped(&registered(PrometheusRegistry::of_collector("theirs", Whatever(families)).unwrap())).await
}

fn labelled(labels: &[(&str, &str)]) -> Metric {
    let pair = |(name, value): &(&str, &str)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_string());
        pair.set_value(value.to_string());
        pair
    };
    Metric::from_label(labels.iter().map(pair).collect())
}

fn gauge(name: &str, series: &[(&[(&str, &str)], f64)]) -> MetricFamily {
    let metrics = series.iter().map(|(labels, value)| {
        let mut gauge = proto::Gauge::default();
        gauge.set_value(*value);
        let mut metric = labelled(labels);
        metric.set_gauge(gauge);
        metric
    });
    let mut family = MetricFamily::default();
    family.set_name(name.into());
    family.set_help("Theirs.".into());
    family.set_field_type(MetricType::GAUGE);
    family.set_metric(metrics.collect());
    family
}

fn samples_of(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.starts_with('#')).collect()
}

#[tokio::test]
async fn every_kind_is_shown() {
    let theirs = prometheus::Registry::new();
    let counter = IntCounterVec::new(Opts::new("jobs_total", "Jobs done."), &["queue"]).unwrap();
    let histogram =
        Histogram::with_opts(HistogramOpts::new("wait_seconds", "Waited.").buckets(vec![0.5, 1.0])).unwrap();
    let gauge = IntGauge::new("depth", "Waiting.").unwrap();
    counter.with_label_values(&["a\n"]).inc_by(3);
    histogram.observe(0.7);
    gauge.set(-2);
    theirs.register(Box::new(counter)).unwrap();
    theirs.register(Box::new(histogram)).unwrap();
    theirs.register(Box::new(gauge)).unwrap();
    let summary = || {
        let mut quantile = proto::Quantile::default();
        quantile.set_quantile(0.5);
        quantile.set_value(2.5);
        let mut summary = proto::Summary::default();
        summary.set_quantile(vec![quantile]);
        summary.set_sample_sum(5.0);
        summary.set_sample_count(2);
        let mut metric = Metric::default();
        metric.set_summary(summary);
        let mut family = MetricFamily::default();
        family.set_name("sizes".into());
        family.set_help("Sizes.".into());
        family.set_field_type(MetricType::SUMMARY);
        family.set_metric(vec![metric]);
        vec![family]
    };
    theirs.register(Box::new(Whatever(summary))).unwrap();

    let page = scraped(&registered(PrometheusRegistry::new("theirs", theirs))).await;
    let expected = "\
# HELP depth Waiting.
# TYPE depth gauge
depth -2
# HELP jobs_total Jobs done.
# TYPE jobs_total counter
jobs_total{queue=\"a\\n\"} 3
# HELP sizes Sizes.
# TYPE sizes summary
sizes{quantile=\"0.5\"} 2.5
sizes_sum 5
sizes_count 2
# HELP wait_seconds Waited.
# TYPE wait_seconds histogram
wait_seconds_bucket{le=\"0.5\"} 0
wait_seconds_bucket{le=\"1.0\"} 1
wait_seconds_bucket{le=\"+Inf\"} 1
wait_seconds_sum 0.7
wait_seconds_count 1
";
    assert_eq!(page, expected);
}

#[tokio::test]
async fn names_stay_and_kinds_give_way() {
    let theirs = prometheus::Registry::new();
    for name in ["jobs", "requests_total"] {
        theirs.register(Box::new(IntCounter::new(name, "Counted.").unwrap())).unwrap();
    }
    for name in ["stock_total", "requests"] {
        theirs.register(Box::new(IntGauge::new(name, "Gauged.").unwrap())).unwrap();
    }
    let page = scraped(&registered(PrometheusRegistry::new("theirs", theirs))).await;
    let kinds: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert_eq!(kinds, ["jobs untyped", "requests gauge", "requests_total untyped", "stock_total untyped"]);
}

#[tokio::test]
async fn what_cannot_be_shown_takes_nothing_else_with_it() {
    let page = shown(|| {
        let mut untyped = gauge("untyped", &[(&[], 1.0)]);
        untyped.set_field_type(MetricType::UNTYPED);
        vec![
            untyped,
            gauge("empty", &[]),
            gauge("", &[(&[], 1.0)]),
            gauge("no-name", &[(&[], 1.0)]),
            gauge("bad_label", &[(&[("a-b", "c")], 1.0)]),
            gauge("reserved_label", &[(&[("__name__", "c")], 1.0)]),
            gauge("twice", &[(&[("a", "b")], 1.0), (&[("a", "b")], 2.0), (&[("a", "c")], 3.0)]),
            gauge("process_open_fds", &[(&[], 1.0)]),
            gauge("good", &[(&[], 1.0)]),
        ]
    })
    .await;
    assert_eq!(samples_of(&page), ["good 1", "twice{a=\"b\"} 1", "twice{a=\"c\"} 3"]);
}

#[tokio::test]
async fn labels_are_sorted_and_missing_ones_empty() {
    let page = shown(|| {
        let series: &[(&[(&str, &str)], f64)] = &[(&[("z", "1"), ("a", "2")], 1.0), (&[("m", "3")], 2.0)];
        vec![gauge("mixed", series)]
    })
    .await;
    assert_eq!(samples_of(&page), ["mixed{a=\"\",m=\"3\",z=\"\"} 2", "mixed{a=\"2\",m=\"\",z=\"1\"} 1"]);
}

#[tokio::test]
async fn common_labels_and_prefix_are_kept() {
    let common = HashMap::from([("zone".to_owned(), "eu".to_owned()), ("app".to_owned(), "x".to_owned())]);
    let theirs = prometheus::Registry::new_custom(Some("acme".into()), Some(common)).unwrap();
    theirs.register(Box::new(IntGauge::new("depth", "Waiting.").unwrap())).unwrap();
    let page = scraped(&registered(PrometheusRegistry::new("theirs", theirs))).await;
    assert_eq!(samples_of(&page), ["acme_depth{app=\"x\",zone=\"eu\"} 0"]);
}

#[tokio::test]
async fn families_may_appear_later() {
    let theirs = prometheus::Registry::new();
    let registry = registered(PrometheusRegistry::new("theirs", theirs.clone()));
    assert_eq!(scraped(&registry).await, "");

    let jobs = IntCounterVec::new(Opts::new("jobs_total", "Jobs done."), &["queue"]).unwrap();
    theirs.register(Box::new(jobs.clone())).unwrap();
    assert_eq!(scraped(&registry).await, "");

    jobs.with_label_values(&["mail"]).inc();
    assert_eq!(samples_of(&scraped(&registry).await), ["jobs_total{queue=\"mail\"} 1"]);

    theirs.register(Box::new(IntGauge::new("jobs", "Waiting.").unwrap())).unwrap();
    theirs.register(Box::new(IntGauge::new("depth", "Waiting.").unwrap())).unwrap();
    assert_eq!(samples_of(&scraped(&registry).await), ["depth 0", "jobs_total{queue=\"mail\"} 1"]);
}

#[tokio::test]
async fn a_family_keeps_the_labels_it_came_with() {
    let turn = std::sync::atomic::AtomicUsize::new(0);
    let families = move || {
        let late: &[(&[(&str, &str)], f64)] = &[(&[("a", "1")], 1.0), (&[("b", "2")], 2.0)];
        let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        vec![gauge("mixed", if turn == 0 { &late[..1] } else { late })]
    };
    let registry = registered(PrometheusRegistry::of_collector("theirs", Whatever(families)).unwrap());
    for _ in 0..2 {
        assert_eq!(samples_of(&scraped(&registry).await), ["mixed{a=\"1\"} 1"]);
    }
}

#[tokio::test]
async fn a_family_of_another_collector_is_not_taken_over() {
    static DEPTH: Family<Gauge, 0> = Family::gauge("depth", "Waiting.", []);
    struct Ours;
    impl metrics_core::Collector for Ours {
        fn name(&self) -> &str {
            "ours"
        }
        fn describe(&self) -> Vec<metrics_core::Descriptor> {
            vec![DEPTH.descriptor()]
        }
        async fn collect(&self, out: &mut Samples) -> Result<(), metrics_core::CollectError> {
            out.gauge(&DEPTH, [], 1);
            Ok(())
        }
    }
    let theirs = prometheus::Registry::new();
    theirs.register(Box::new(IntGauge::new("depth", "Theirs.").unwrap())).unwrap();
    let mut registry = registered(PrometheusRegistry::new("theirs", theirs));
    registry.register(Ours, Limits::default()).unwrap();

    let (outcome, page) = gathered(&registry, 5).await;
    assert!(
        matches!(&outcome, Outcome::Refused(why) if why.contains("depth") && why.contains("ours")),
        "{outcome:?}"
    );
    assert_eq!(samples_of(&page), ["depth 1"]);
}

#[tokio::test]
async fn a_panic_of_theirs_fails_their_run_only() {
    let registry =
        registered(PrometheusRegistry::of_collector("theirs", Whatever(|| panic!("theirs"))).unwrap());
    for _ in 0..2 {
        let (outcome, page) = gathered(&registry, 5).await;
        assert!(matches!(&outcome, Outcome::Failed(why) if why.contains("panicked")), "{outcome:?}");
        assert_eq!(page, "");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_registry_that_hangs_holds_one_thread_only() {
    let (release, hang) = mpsc::channel::<()>();
    let hang = std::sync::Mutex::new(hang);
    let (started, starts) = mpsc::channel::<()>();
    let families = move || {
        started.send(()).unwrap();
        // Until there is nobody left to release it.
        let _ = hang.lock().unwrap().recv();
        vec![gauge("good", &[(&[], 1.0)])]
    };
    let registry = registered(PrometheusRegistry::of_collector("theirs", Whatever(families)).unwrap());
    assert_eq!(gathered(&registry, 1).await.0, Outcome::TimedOut);
    for _ in 0..3 {
        let (outcome, _) = gathered(&registry, 1).await;
        assert!(matches!(&outcome, Outcome::Failed(why) if why.contains("still busy")), "{outcome:?}");
    }
    assert_eq!(starts.try_iter().count(), 1);

    drop(release);
    let recovered = async {
        while gathered(&registry, 5).await.0 != Outcome::Success {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), recovered).await.unwrap();
}

#[tokio::test]
async fn of_families_that_clash_on_a_page_the_first_is_shown() {
    let theirs = prometheus::Registry::new();
    let seconds = Histogram::with_opts(HistogramOpts::new("x_seconds", "Seconds.")).unwrap();
    theirs.register(Box::new(seconds)).unwrap();
    theirs.register(Box::new(IntGauge::new("x_seconds_count", "Clashes.").unwrap())).unwrap();
    theirs.register(Box::new(IntGauge::new("y", "Fine.").unwrap())).unwrap();

    let page = scraped(&registered(PrometheusRegistry::new("theirs", theirs))).await;
    assert!(page.contains("# TYPE x_seconds histogram\n") && page.contains("\ny 0\n"), "{page}");
    assert_eq!(page.matches("\nx_seconds_count ").count(), 1, "{page}");
}
