//! What waits in Celery's queues, of messages that are written as kombu writes them.

use std::time::{Duration, SystemTime};

use metrics_core::Limits;
use rq_collectors::Settings;
use serde_json::{Value, json};
use testbed::Redis;

use crate::{Exporter, Samples, of, values};

const NEXT: &str = "nautobot_celery_queue_next_tasks";
const RUN_JOB: &str = "nautobot.extras.jobs.run_job";

async fn page(redis: &Redis) -> Samples {
    let settings: Settings = serde_json::from_value(json!({"broker": "celery"})).unwrap();
    let only = |name: &str, _| name == "celery_waiting";
    Exporter::wired(redis, &settings, Limits::default(), only).page().await
}

fn message(headers: &Value) -> String {
    json!({"body": "W10=", "headers": headers, "properties": {"priority": 0}}).to_string()
}

fn job(class_path: &str) -> String {
    message(&json!({"task": RUN_JOB, "argsrepr": format!("['{class_path}', {{}}]")}))
}

fn send(redis: &Redis, message: &str) {
    redis.cli(&["LPUSH", "default", message]);
}

/// A message that a worker holds, of this delivery tag.
fn hold(redis: &Redis, tag: &str, headers: &Value) {
    let message: Value = serde_json::from_str(&message(headers)).unwrap();
    redis.cli(&["HSET", "unacked", tag, &json!([message, "", "default"]).to_string()]);
    redis.cli(&["ZADD", "unacked_index", "1", tag]);
}

fn time(seconds_from_now: i64) -> (f64, String) {
    let offset = Duration::from_secs(seconds_from_now.unsigned_abs());
    let now = SystemTime::now();
    let at = if seconds_from_now < 0 { now - offset } else { now + offset };
    let since_epoch = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    (since_epoch, humantime::format_rfc3339_micros(at).to_string())
}

#[tokio::test]
async fn jobs_have_their_class_path_and_other_tasks_their_name() {
    let redis = Redis::start().unwrap();
    for _ in 0..3 {
        send(&redis, &job("jobs.Backup"));
    }
    send(&redis, &job("it\\'s.mine"));
    let argument = json!(["jobs.NotOne"]).to_string();
    for _ in 0..2 {
        send(&redis, &message(&json!({"task": "nautobot.core.tasks.clean_up", "argsrepr": argument})));
    }
    // Cut short, and without a name.
    send(&redis, &message(&json!({"task": RUN_JOB, "argsrepr": "['jobs.Back..."})));
    send(&redis, &message(&json!({})));
    for hostile in ["", "{", "[[[[", "null", "{\"headers\": 1}"] {
        send(&redis, hostile);
    }
    let expected = [
        ("job=it's.mine,queue=default", 1.0),
        ("job=jobs.Backup,queue=default", 3.0),
        ("job=nautobot.core.tasks.clean_up,queue=default", 2.0),
        ("job=nautobot.extras.jobs.run_job,queue=default", 1.0),
        ("job=other,queue=default", 1.0),
    ];
    assert_eq!(of(&page(&redis).await, NEXT), values(expected));
}

#[tokio::test]
async fn the_most_frequent_ones_have_a_series_of_their_own() {
    let redis = Redis::start().unwrap();
    for kind in 0..25 {
        for _ in 0..=u32::from(kind >= 7) {
            send(&redis, &job(&format!("jobs.Job{kind:02}")));
        }
    }
    // 43 so far: 18 kinds twice, 7 once. One is called as the others are.
    for _ in 0..5 {
        send(&redis, &job("other"));
    }
    let page = page(&redis).await;
    let next = of(&page, NEXT);
    assert_eq!(next.len(), 21);
    assert_eq!(next["job=other,queue=default"], 5.0 + 5.0);
    assert_eq!((next["job=jobs.Job24,queue=default"], next["job=jobs.Job07,queue=default"]), (2.0, 2.0));
    assert_eq!(next.values().sum::<f64>(), 48.0);
}

#[tokio::test]
async fn what_has_expired_is_late_or_is_not_due_is_told() {
    let redis = Redis::start().unwrap();
    let ((_, past), (due, soon), (_, late)) = (time(-600), time(600), time(6_000));
    send(&redis, &message(&json!({"task": "expired", "expires": past})));
    send(&redis, &message(&json!({"task": "expires", "expires": soon})));
    send(&redis, &message(&json!({"task": "odd", "expires": "tomorrow"})));
    hold(&redis, "reserved", &json!({"task": "reserved", "expires": past}));
    hold(&redis, "soon", &json!({"task": "soon", "eta": soon}));
    hold(&redis, "late", &json!({"task": "late", "eta": late, "expires": past}));
    let before = page(&redis).await;
    let eta = |page: &Samples| of(page, "nautobot_celery_queue_next_eta_timestamp_seconds");
    let number = |page: &Samples, what: &str| of(page, &format!("nautobot_celery_queue_{what}_tasks"));
    // What is reserved will be told to have expired by the worker that has it.
    assert_eq!(number(&before, "expired"), values([("queue=default", 2.0)]));
    assert_eq!(number(&before, "overdue"), values([("queue=default", 0.0)]));
    assert!((eta(&before)["queue=default"] - due).abs() < 0.001, "{:?}", eta(&before));

    // Without an offset it is UTC.
    hold(&redis, "overdue", &json!({"task": "overdue", "eta": past.trim_end_matches('Z')}));
    assert_eq!(number(&page(&redis).await, "overdue"), values([("queue=default", 1.0)]));

    redis.cli(&["DEL", "unacked", "unacked_index"]);
    let after = page(&redis).await;
    assert!(eta(&after).is_empty());
    assert_eq!(number(&after, "expired"), values([("queue=default", 1.0)]));
}
