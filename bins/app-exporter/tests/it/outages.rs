//! The database goes away and comes back; the page comes in time and says so.

use std::time::Duration;

use testbed::{Exporter, Postgres, Samples, samples};

use crate::{settings, start, value};

/// What Prometheus would say, and by when the answer has to be there.
const TIMEOUT: &str = "5";
const IN_TIME: Duration = Duration::from_millis(4600);

fn scrape(exporter: &Exporter) -> Samples {
    let page = exporter.get("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", TIMEOUT)]);
    assert_eq!(page.status, 200);
    assert!(page.took < IN_TIME, "{:?}", page.took);
    samples(page.text())
}

fn assert_full(page: &Samples) {
    assert_eq!(value(page, "nautobot_app_up"), Some(1.0));
    assert_eq!(page["nautobot_model_count"].len(), 2);
    assert!(page.contains_key("nautobot_job_execution_status"));
    assert!(page["nautobot_app_scrape_collector_success"].values().all(|&success| success == 1.0));
}

fn assert_away(page: &Samples) {
    assert_eq!(value(page, "nautobot_app_up"), Some(0.0));
    for stale in
        ["nautobot_model_count", "nautobot_job_execution_status", "nautobot_gitrepository_task_stats"]
    {
        assert!(!page.contains_key(stale), "{stale}");
    }
    assert!(page.contains_key("nautobot_app_exporter_build_info"));
    assert!(page.contains_key("process_resident_memory_bytes"));
}

#[test]
fn stopped_and_started_again() {
    let mut postgres = Postgres::start().unwrap();
    let database = postgres.database("nautobot-3.2.7");
    let exporter = start(&settings(&database));
    assert_full(&scrape(&exporter));

    postgres.stop();
    assert_away(&scrape(&exporter));
    assert_away(&scrape(&exporter));

    postgres.restart();
    assert_full(&scrape(&exporter));
}

#[test]
fn hung_and_woken_again() {
    let postgres = Postgres::start().unwrap();
    let database = postgres.database("nautobot-1.6.32");
    let exporter = start(&settings(&database));
    assert_full(&scrape(&exporter));

    postgres.pause();
    assert_away(&scrape(&exporter));
    assert_away(&scrape(&exporter));

    postgres.resume();
    assert_full(&scrape(&exporter));
}

#[test]
fn away_from_the_start() {
    let mut postgres = Postgres::start().unwrap();
    let database = postgres.database("nautobot-3.2.7");
    let settings = settings(&database);
    postgres.stop();
    let exporter = start(&settings);
    assert_eq!(exporter.get("/-/healthy", &[]).status, 200);
    assert_away(&scrape(&exporter));

    postgres.restart();
    assert_full(&scrape(&exporter));
}
