//! What the plugin has no counterpart for.

use std::time::{Duration, SystemTime};

use crate::{Exporter, after, of, populated, values};

/// So many seconds ago, as RQ writes it.
fn ago(seconds: u64) -> String {
    let time = SystemTime::now() - Duration::from_secs(seconds);
    humantime::format_rfc3339_micros(time).to_string()
}

/// That value, and not more than a busy minute above it.
fn assert_about(value: f64, seconds: u64) {
    assert!((seconds as f64..seconds as f64 + 60.0).contains(&value), "{value} is not about {seconds}");
}

#[tokio::test]
async fn workers_are_summed_and_never_named() {
    let redis = after(&[
        "SADD rq:queues rq:queue:low rq:queue:unused",
        "SADD rq:workers rq:worker:a rq:worker:b rq:worker:c rq:worker:dead rq:worker:odd",
        &format!("HSET rq:worker:a queues high,low state busy last_heartbeat {}", ago(400)),
        "HSET rq:worker:a successful_job_count 5 failed_job_count 1 total_working_time 2.5",
        &format!("HSET rq:worker:b queues low state idle last_heartbeat {} successful_job_count 7", ago(100)),
        "HSET rq:worker:c queues high state dancing last_heartbeat soon failed_job_count many",
        "SET rq:worker:odd x",
    ]);
    let page = Exporter::only(&redis, "workers").page().await;
    let states = [
        ("state=busy", 1.0),
        ("state=idle", 1.0),
        ("state=started", 0.0),
        ("state=suspended", 0.0),
        ("state=unknown", 1.0),
    ];
    assert_eq!(of(&page, "nautobot_rq_workers"), values(states));
    let none = [("name=default", 0.0), ("name=unused", 0.0)];
    let with = |high, low| {
        let mut all = values(none);
        all.extend(values([("name=high", high), ("name=low", low)]));
        all
    };
    assert_eq!(of(&page, "nautobot_queue_worker_successful_jobs"), with(5.0, 12.0));
    assert_eq!(of(&page, "nautobot_queue_worker_failed_jobs"), with(1.0, 1.0));
    assert_eq!(of(&page, "nautobot_queue_worker_working_seconds"), with(2.5, 2.5));
    let ages = of(&page, "nautobot_queue_stalest_worker_heartbeat_age_seconds");
    assert_eq!(ages.keys().collect::<Vec<_>>(), ["name=high", "name=low"]);
    ages.values().for_each(|age| assert_about(*age, 400));
    assert!(!format!("{page:?}").contains("rq:worker"));
}

#[tokio::test]
async fn workers_of_a_real_nautobot_are_all_there() {
    let redis = populated();
    let page = Exporter::only(&redis, "workers").page().await;
    let live: f64 = of(&page, "nautobot_rq_workers").values().sum();
    let listed: f64 = redis.cli(&["SCARD", "rq:workers"]).trim().parse().unwrap();
    // `ghost-no-key` is dead.
    assert_eq!(live, listed - 1.0);
    assert!(of(&page, "nautobot_queue_worker_successful_jobs")["name=default"] > 0.0);
}

#[tokio::test]
async fn a_register_of_a_wrong_type_leaves_the_workers_out() {
    let redis = after(&["SET rq:workers x"]);
    let mut page = Exporter::only(&redis, "workers").page().await;
    assert!(page.remove("nautobot_rq_up").is_some());
    assert!(page.is_empty(), "{page:?}");
}

#[tokio::test]
async fn the_oldest_waiting_job_tells_its_age() {
    let redis = after(&[
        "SADD rq:queues rq:queue:q rq:queue:gone rq:queue:odd rq:queue:silent",
        // One that was put in front, one that is gone, and the oldest.
        "RPUSH rq:queue:q front gone old new",
        &format!("HSET rq:job:front enqueued_at {}", ago(10)),
        &format!("HSET rq:job:old enqueued_at {}", ago(3_000)),
        &format!("HSET rq:job:new enqueued_at {}", ago(100)),
        "RPUSH rq:queue:gone gone",
        "RPUSH rq:queue:silent silent odd",
        "HSET rq:job:silent enqueued_at yesterday",
        "SET rq:job:odd x",
        "SET rq:queue:odd x",
        "RPUSH rq:queue:q:intermediate taken",
        "SET rq:scheduler-lock:q 4711",
        "SET rq:queue:silent:intermediate x",
    ]);
    let page = Exporter::only(&redis, "waiting").page().await;
    let ages = of(&page, "nautobot_queue_oldest_waiting_job_age_seconds");
    assert_eq!(ages.keys().collect::<Vec<_>>(), ["name=default", "name=gone", "name=q"]);
    assert_about(ages["name=q"], 3_000);
    assert_eq!((ages["name=default"], ages["name=gone"]), (0.0, 0.0));
    let taken = [("name=default", 0.0), ("name=gone", 0.0), ("name=odd", 0.0), ("name=q", 1.0)];
    assert_eq!(of(&page, "nautobot_queue_intermediate_jobs"), values(taken));
    let locked = of(&page, "nautobot_queue_scheduler_locked");
    assert_eq!((locked.len(), locked["name=q"], locked["name=odd"]), (5, 1.0, 0.0));
}

#[tokio::test]
async fn only_the_first_jobs_of_a_queue_are_looked_at() {
    let redis = after(&["SADD rq:queues rq:queue:q", &format!("HSET rq:job:old enqueued_at {}", ago(3_000))]);
    for job in 0..9 {
        redis.cli(&["RPUSH", "rq:queue:q", &format!("gone{job}")]);
    }
    redis.cli(&["RPUSH", "rq:queue:q", "old"]);
    let page = Exporter::only(&redis, "waiting").page().await;
    assert_about(of(&page, "nautobot_queue_oldest_waiting_job_age_seconds")["name=q"], 3_000);
    // Eleventh: nobody knows.
    redis.cli(&["LPUSH", "rq:queue:q", "gone9"]);
    let page = Exporter::only(&redis, "waiting").page().await;
    assert!(!of(&page, "nautobot_queue_oldest_waiting_job_age_seconds").contains_key("name=q"));
}
