//! What waits: who is next, what it is, and when its time comes.

use std::time::{Duration, SystemTime};

use celery_model::Waiting;
use serde_json::json;

use crate::{bind, celery, empty, message, populated, soon, taken};

async fn waiting(redis: &testbed::Redis, queue: &str) -> Waiting {
    let all = celery(redis).waiting(&[], soon()).await.unwrap();
    all.into_iter().find(|waiting| waiting.name == queue).unwrap()
}

/// Which job waits how often.
fn jobs(waiting: &Waiting) -> Vec<(&str, u64)> {
    waiting.tasks.iter().map(|(task, count)| (task.job.as_deref().unwrap(), *count)).collect()
}

#[tokio::test]
async fn the_jobs_of_a_real_nautobot_are_named() {
    let redis = populated();
    assert_eq!(jobs(&waiting(&redis, "bulk").await), [("ref_jobs.HelloLevels", 13)]);
    let priority = waiting(&redis, "priority").await;
    assert_eq!(jobs(&priority), [("ref_jobs.QuotedName", 3), ("ref_jobs.UnicodeName", 1)]);
    assert!(!priority.is_part);
    let default = waiting(&redis, "default").await;
    let soonest = default.scheduled.unwrap().soonest.unwrap();
    let since = soonest.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(since, Duration::from_micros(1_796_077_728_795_125));
    assert_eq!((default.next.len(), default.tasks.len()), (0, 0));
}

#[tokio::test]
async fn the_next_of_each_step_stands_at_the_tail() {
    let redis = empty();
    bind(&redis, "q");
    for (list, id) in [("q", "old"), ("q", "young"), ("q\x06\x166", "urgent")] {
        redis.cli(&["LPUSH", list, &message(id, json!({})).to_string()]);
    }
    let waiting = waiting(&redis, "q").await;
    let next: Vec<_> = waiting
        .next
        .iter()
        .map(|next| (next.priority, next.message.as_ref().and_then(|message| message.id.as_deref())))
        .collect();
    assert_eq!(next, [(0, Some("old")), (6, Some("urgent"))]);
    assert_eq!(jobs(&waiting), [("jobs.One", 3)]);
}

#[tokio::test]
async fn times_that_have_passed_are_counted() {
    let redis = empty();
    bind(&redis, "q");
    taken(&redis, "1", "q", json!({"eta": "2026-01-01T00:00:00+00:00"}));
    taken(&redis, "2", "q", json!({"eta": "2020-01-01T02:00:00+02:00", "expires": "2021-01-01T00:00:00"}));
    taken(&redis, "3", "q", json!({"eta": "2999-01-01T00:00:00Z", "expires": "2999-01-02T00:00:00Z"}));
    taken(&redis, "4", "q", json!({}));
    let expired = message("5", json!({"expires": "2021-01-01T00:00:00+00:00"}));
    redis.cli(&["LPUSH", "q", &expired.to_string()]);
    let waiting = waiting(&redis, "q").await;
    assert_eq!(waiting.expired, 1);
    let scheduled = waiting.scheduled.unwrap();
    assert_eq!((scheduled.overdue, scheduled.expired), (2, 1));
    assert_eq!(scheduled.soonest, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_836_800)));
}
