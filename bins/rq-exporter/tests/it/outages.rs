//! Redis goes away and comes back; the page comes in time and says so.

use std::time::Duration;

use testbed::{Exporter, Redis, Samples, samples};

use crate::{populated, settings, start};

fn scrape(exporter: &Exporter) -> Samples {
    let page = exporter.get("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", "5")]);
    assert_eq!(page.status, 200);
    assert!(page.took < Duration::from_millis(4600), "{:?}", page.took);
    samples(page.text())
}

fn up(page: &Samples) -> f64 {
    page["nautobot_rq_up"][&Vec::new()]
}

fn assert_away(exporter: &Exporter) {
    let page = scrape(exporter);
    assert_eq!(up(&page), 0.0);
    assert!(
        !page.contains_key("nautobot_queue_number_jobs")
            && !page.contains_key("nautobot_queue_number_workers")
    );
    assert!(page.contains_key("nautobot_rq_exporter_build_info"));
}

fn assert_full(exporter: &Exporter) {
    let page = scrape(exporter);
    assert_eq!(up(&page), 1.0);
    assert_eq!(page["nautobot_queue_number_workers"].len(), 6);
}

#[test]
fn stopped_and_started_again() {
    let mut redis = populated();
    let exporter = start(&redis);
    assert_full(&exporter);

    redis.stop();
    assert_away(&exporter);
    assert_away(&exporter);

    redis.restart();
    redis.load_rq();
    assert_full(&exporter);
}

#[test]
fn hung_and_woken_again() {
    let redis = populated();
    let exporter = start(&redis);
    assert_full(&exporter);

    redis.pause();
    assert_away(&exporter);
    assert_away(&exporter);

    redis.resume();
    assert_full(&exporter);
}

#[test]
fn away_from_the_start() {
    let mut redis = Redis::start().unwrap();
    let settings = settings(&redis);
    redis.stop();
    let exporter = Exporter::start(crate::PROGRAM, &settings, &[]).unwrap();
    assert_eq!(exporter.get("/-/healthy", &[]).status, 200);
    assert_away(&exporter);

    redis.restart();
    redis.load_rq();
    assert_full(&exporter);
}

#[test]
fn the_plugins_path_serves_the_page() {
    let redis = populated();
    let exporter = start(&redis);
    for path in ["/api/plugins/capacity-metrics/rq-metrics", "/api/plugins/capacity-metrics/rq-metrics/"] {
        assert!(exporter.get(path, &[]).text().contains("\nnautobot_queue_number_jobs{"), "{path}");
    }
}
