//! Pages: compared, counted, refused.

use std::time::Duration;

use collector_testkit::{Error, Page, scrape};
use metrics_core::{
    Buckets, CollectError, Collector, Counter, Descriptor, Family, Histogram, Info, Limits, Quantiles,
    Registry, Samples, Scrape, Summary,
};

use crate::{Does, FILES, complaint, emits};

static LATENCY: Family<Histogram, 1> = Family::histogram("acme_latency_seconds", "Latency.", ["to"]);
static SIZE: Family<Summary, 0> = Family::summary("acme_size_bytes", "Sizes.", []);
static SENT: Family<Counter, 0> = Family::counter("acme_sent_total", "Sent.", []);
static BUILD: Family<Info, 1> = Family::info("acme_build_info", "What runs.", ["version"]);

/// One family of each kind.
struct Kinds;

impl Collector for Kinds {
    fn name(&self) -> &str {
        "kinds"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![LATENCY.descriptor(), SIZE.descriptor(), SENT.descriptor(), BUILD.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        out.histogram(&LATENCY, ["db"], Buckets::from_cumulative([(0.5, 1), (1.0, 2)], 3.5, 3));
        out.summary(&SIZE, [], Quantiles::new([(0.5, f64::NAN)], 0.0, 0));
        out.counter(&SENT, [], 1e21);
        out.info(&BUILD, ["1.0"]);
        Ok(())
    }
}

#[tokio::test]
async fn a_page_is_equal_whatever_its_order_and_blanks() {
    let page = scrape(emits()).await.unwrap();
    page.assert_eq(
        "acme_files{spool=\"mail\",host=\"a\"} 3\nacme_files{spool=\"a \\\"b\\\"\\\\\\n\",host=\"b\"} 0.5",
    );
    page.assert_eq(
        r#"
        # A comment.
        # TYPE acme_files gauge
        acme_files { host = "b", spool="a \"b\"\\\n", } 5e-1
        # HELP acme_files Files, by place.
        acme_files{host="a",spool="mail"}    3.0
        "#,
    );
    page.assert_eq(&page.to_string());
    page.assert_contains(r#"acme_files{host="a",spool="mail"} 3"#);
    assert_eq!(page.value(r#"acme_files{host="a",spool="mail"}"#), Some(3.0));
    assert_eq!(page.value("acme_files"), None);
}

#[tokio::test]
async fn every_kind_can_be_compared() {
    let page = scrape(Kinds).await.unwrap();
    page.assert_eq(
        r#"
        acme_latency_seconds_bucket{to="db",le="0.5"} 1
        acme_latency_seconds_bucket{to="db",le="1.0"} 2
        acme_latency_seconds_bucket{to="db",le="+Inf"} 3
        acme_latency_seconds_sum{to="db"} 3.5
        acme_latency_seconds_count{to="db"} 3
        acme_size_bytes{quantile="0.5"} NaN
        acme_size_bytes_sum 0
        acme_size_bytes_count 0
        acme_sent_total 1e21
        acme_build_info{version="1.0"} 1
        "#,
    );
    page.assert_conventions();
    page.assert_at_most(10);
}

#[tokio::test]
async fn what_differs_is_told_in_one_line_each() {
    let page = scrape(emits()).await.unwrap();
    let expected = r#"
        # TYPE acme_files counter
        acme_files{spool="mail",host="a"} 4
        acme_files{spool="news",host="a"} 1
    "#;
    let said = concat!(
        "the page is not the expected one:\n",
        "  missing      # TYPE acme_files counter\n",
        "  other value  acme_files{host=\"a\",spool=\"mail\"} 3, expected 4\n",
        "  missing      acme_files{host=\"a\",spool=\"news\"} 1\n",
        "  unexpected   acme_files{host=\"b\",spool=\"a \\\"b\\\"\\\\\\n\"} 0.5",
    );
    assert_eq!(complaint(|| page.assert_eq(expected)), said);
    let said = complaint(|| page.assert_contains("acme_files 3"));
    assert_eq!(said, "the page lacks what is expected:\n  missing      acme_files 3");
    assert_eq!(complaint(|| page.assert_eq("")).lines().count(), 3);
}

#[tokio::test]
async fn many_differences_are_not_all_told() {
    let page = scrape(emits()).await.unwrap();
    let expected: String = (0..1000).map(|i| format!("acme_files{{i=\"{i}\"}} 1\n")).collect();
    let said = complaint(|| page.assert_eq(&expected));
    assert_eq!((said.lines().count(), said.lines().last()), (42, Some("  and 962 more")));
}

#[tokio::test]
async fn an_expected_page_has_to_be_one() {
    let page = scrape(emits()).await.unwrap();
    for (line, problem) in [
        ("acme_files", "does not end in one value"),
        ("acme_files 1 2 3", "does not end in one value"),
        ("acme_files{spool} 1", "has a label without a value in quotes"),
        ("acme_files{spool=\"mail} 1", "ends within quotes"),
        ("acme_files{spool=\"\\t\"} 1", "has an unknown escape"),
        ("acme_files{spool=\"a\" host=\"b\"} 1", "has no comma or brace after a label"),
        ("acme_files{spool=\"a\",spool=\"b\"} 1", "has a label twice"),
        ("{} 1", "has no name where one is due"),
    ] {
        assert_eq!(complaint(|| page.assert_eq(line)), format!("`{line}` {problem}"));
    }
    assert_eq!(complaint(|| page.assert_eq("a 1\na 1")), "`a 1` is there twice");
}

#[tokio::test]
async fn too_many_series_are_told_by_name() {
    let page = scrape(Kinds).await.unwrap();
    let said = complaint(|| page.assert_at_most(9));
    assert!(
        said.starts_with("the page has 10 series, not 9 at most:\n  1 of acme_build_info\n  3 of "),
        "{said}"
    );
}

#[tokio::test]
async fn what_a_registry_refuses_is_no_page() {
    let twice = Does(|out| {
        out.gauge(&FILES, ["mail", "a"], 1);
        out.gauge(&FILES, ["mail", "a"], 2);
        Box::pin(async { Ok(()) })
    });
    let undescribed = Does(|out| {
        out.info(&BUILD, ["1"]);
        Box::pin(async { Ok(()) })
    });
    let failing = Does(|_| Box::pin(async { Err(CollectError::new("no such spool")) }));
    let panicking = Does(|_| Box::pin(async { panic!("a bug") }));
    let flooding = Does(|out| {
        (0..50_007).for_each(|i| out.gauge(&FILES, ["mail", &i.to_string()], i));
        Box::pin(async { Ok(()) })
    });
    for (collector, said) in [
        (
            twice,
            r#"collector `does` is faulty: series `acme_files{spool="mail",host="a"}` was emitted twice"#,
        ),
        (undescribed, "collector `does` is faulty: family `acme_build_info` was emitted but not described"),
        (failing, "collector `does` failed: no such spool"),
        (panicking, "collector `does` panicked"),
        (flooding, "collector `does` emitted 7 series more than its limit allows"),
    ] {
        let error = scrape(collector).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), format!("{error:?}").as_str()), (said, said));
    }
}

#[tokio::test]
async fn a_deadline_holds_for_who_awaits_and_tells_who_blocks() {
    let hanging = Does(|_| Box::pin(std::future::pending()));
    let blocking = Does(|_| {
        std::thread::sleep(Duration::from_millis(300));
        Box::pin(async { Ok(()) })
    });
    let scrape = Scrape::within(Duration::from_millis(100));
    for (collector, blocks) in [(hanging, false), (blocking, true)] {
        let mut registry = Registry::new();
        registry.register(collector, Limits::default()).unwrap();
        match Page::of(&registry, &scrape).await.unwrap_err() {
            Error::Blocks { .. } => assert!(blocks),
            Error::Failed { reason, .. } => assert!(!blocks && reason == "ran out of time", "{reason}"),
            other => panic!("{other}"),
        }
    }
}
