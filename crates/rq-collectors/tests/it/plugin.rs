//! Every sample of the page that the real plugin printed, and nothing that the list of differences does not name.

use crate::{Exporter, Samples, populated};

const JOBS: &str = "nautobot_queue_number_jobs";
const WORKERS: &str = "nautobot_queue_number_workers";

/// The plugin's `RQ_QUEUES`, of which `idle…` is not in Redis; `custom_queue` is left out to be found.
const QUEUES: [&str; 5] = ["check_releases", "custom_fields", "default", "idle queue é\"x\\y", "webhooks"];

fn plugin() -> Samples {
    let mut page = testbed::samples(testbed::page("nautobot-1.6.32/rq-metrics.txt"));
    // Whoever makes the page tells how long it took.
    assert!(page.remove(rq_collectors::PROCESSING_MS.name()).is_some());
    page
}

#[tokio::test]
async fn each_sample_of_the_plugin_is_there_with_its_value() {
    let redis = populated();
    let mut page = Exporter::new(&redis, &QUEUES).page().await;
    assert_eq!(page.remove("nautobot_rq_up"), Some([(vec![], 1.0)].into()));

    // D11: two more statuses.
    let plugins = |labels: &[(String, String)]| !["queued", "canceled"].contains(&labels[1].1.as_str());
    let extra: f64 = page[JOBS].iter().filter(|(labels, _)| !plugins(labels)).map(|(_, value)| value).sum();
    assert_eq!(extra, 5.0, "four waiting jobs and one that was cancelled");
    page.get_mut(JOBS).unwrap().retain(|labels, _| plugins(labels));

    // D10: one of the workers of `webhooks` is dead.
    let webhooks = vec![("name".to_owned(), "webhooks".to_owned())];
    *page.get_mut(WORKERS).unwrap().get_mut(&webhooks).unwrap() += 1.0;

    assert_eq!(page, plugin());
}

#[tokio::test]
async fn queues_of_redis_need_no_settings() {
    let redis = populated();
    let page = Exporter::new(&redis, &[]).page().await;
    // D12: all but the queue that only the plugin's settings know.
    let names: Vec<_> = page[WORKERS].keys().map(|labels| labels[0].1.as_str()).collect();
    assert_eq!(names, ["check_releases", "custom_fields", "custom_queue", "default", "webhooks"]);
    assert_eq!(page[JOBS].len(), names.len() * 7);
}

#[tokio::test]
async fn what_the_plugin_cleans_up_is_left_out_and_left_alone() {
    let redis = populated();
    let mut expected = Exporter::new(&redis, &[]).page().await;
    // D9: expired entries, and an abandoned job that the plugin would fail.
    redis.cli(&["ZADD", "rq:finished:default", "1000", "expired"]);
    redis.cli(&["ZADD", "rq:failed:default", "1000", "expired"]);
    redis.cli(&["ZADD", "rq:wip:default", "1000", "gone", "1000", "dep-0"]);
    let failed = [("name", "default"), ("status", "failed")].map(|(name, value)| (name.into(), value.into()));
    *expected.get_mut(JOBS).unwrap().get_mut(&failed.to_vec()).unwrap() += 1.0;
    assert_eq!(Exporter::new(&redis, &[]).page().await, expected);
    assert_eq!(redis.cli(&["ZCARD", "rq:wip:default"]), "2");
    assert_eq!(redis.cli(&["HGET", "rq:job:dep-0", "status"]), "deferred");
}

#[tokio::test]
async fn a_value_of_a_wrong_type_has_no_sample() {
    let redis = populated();
    let whole = Exporter::new(&redis, &[]).page().await;
    redis.cli(&["SET", "rq:queue:default", "x"]);
    redis.cli(&["SET", "rq:workers:default", "x"]);
    let mut page = Exporter::new(&redis, &[]).page().await;
    let queued = [("name", "default"), ("status", "queued")].map(|(name, value)| (name.into(), value.into()));
    assert_eq!(page.get_mut(JOBS).unwrap().insert(queued.to_vec(), 0.0), None);
    let default = vec![("name".to_owned(), "default".to_owned())];
    assert_eq!(page.get_mut(WORKERS).unwrap().insert(default, 3.0), None);
    assert_eq!(page, whole);
}

#[tokio::test]
async fn a_limit_of_series_leaves_the_workers_of_all_queues() {
    let redis = populated();
    let whole = Exporter::new(&redis, &[]).page().await;
    let limits = metrics_core::Limits::default().max_series(20);
    let settings = serde_json::from_value(serde_json::json!({"queues": []})).unwrap();
    let page = Exporter::limited(&redis, &settings, limits).page().await;
    assert_eq!(page[WORKERS], whole[WORKERS]);
    assert_eq!(page[JOBS].len(), 20 - whole[WORKERS].len());
}
