//! RQ spread over several servers and databases.

use std::time::Duration;

use metrics_core::Limits;
use rq_collectors::Settings;
use serde_json::json;

use crate::{Exporter, after, of, values};

/// The queue `both` in two servers, `other` in database 1 of the second one.
fn spread() -> (testbed::Redis, testbed::Redis) {
    let both = ["SADD rq:queues rq:queue:both", "RPUSH rq:queue:both a b", "SADD rq:workers rq:worker:w"];
    let first = after(&both);
    let second = after(&both);
    for redis in [&first, &second] {
        redis.cli(&["SADD", "rq:workers:both", "rq:worker:w"]);
        redis.cli(&["HSET", "rq:worker:w", "queues", "both", "state", "idle", "successful_job_count", "3"]);
    }
    second.cli(&["SET", "rq:scheduler-lock:both", "1"]);
    second.cli(&["SET", "rq:failed:both", "x"]);
    second.cli(&["-n", "1", "SADD", "rq:queues", "rq:queue:other"]);
    second.cli(&["-n", "1", "RPUSH", "rq:queue:other", "c"]);
    (first, second)
}

fn exporter(first: &testbed::Redis, second: &testbed::Redis) -> Exporter {
    let more = |database| {
        json!({
            "url": second.url(), "database": database, "connect_timeout": "1m", "response_timeout": "1m",
        })
    };
    let settings: Settings =
        serde_json::from_value(json!({"queues": ["other"], "redis": [more(0), more(1)]})).unwrap();
    Exporter::wired(first, &settings, Limits::default(), |_, _| true)
}

#[tokio::test]
async fn a_queue_of_several_databases_is_one_queue() {
    let (first, second) = spread();
    let page = exporter(&first, &second).page().await;
    let jobs = of(&page, "nautobot_queue_number_jobs");
    assert_eq!((jobs["name=both,status=queued"], jobs["name=other,status=queued"]), (4.0, 1.0));
    // Of a wrong type in one of them.
    assert!(!jobs.contains_key("name=both,status=failed"));
    let workers = values([("name=both", 2.0), ("name=other", 0.0)]);
    assert_eq!(of(&page, "nautobot_queue_number_workers"), workers);
    assert_eq!(of(&page, "nautobot_rq_workers")["state=idle"], 2.0);
    assert_eq!(of(&page, "nautobot_queue_worker_successful_jobs")["name=both"], 6.0);
    assert_eq!(of(&page, "nautobot_queue_scheduler_locked")["name=both"], 1.0);
    assert_eq!(of(&page, "rq_workers"), values([("queues=both,state=idle", 2.0)]));
}

#[tokio::test]
async fn without_one_of_them_there_are_no_sums() {
    let (first, mut second) = spread();
    let exporter = exporter(&first, &second);
    exporter.page().await;
    second.stop();
    let (page, outcomes) = exporter.scrape(Duration::from_secs(60)).await;
    assert!(page.is_empty(), "{page:?}");
    for of_rq in ["queues", "rq_exporter", "up", "waiting", "workers"] {
        assert!(!outcomes[of_rq], "{of_rq}: {outcomes:?}");
    }
}
