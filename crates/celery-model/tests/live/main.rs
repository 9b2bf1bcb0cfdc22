//! Listening and asking, against real Redis servers and a real Celery.
#![cfg(test)]

mod listening;

use std::time::Duration;

use celery_model::events::{Events, Snapshot};
use nautobot_redis::{Redis, Settings};
use tokio::time::{Instant, sleep};

fn open(url: &str) -> Redis {
    let settings: Settings = serde_json::from_value(serde_json::json!({"url": url})).unwrap();
    Redis::open(&settings, "").unwrap()
}

fn redis(server: &testbed::Redis) -> Redis {
    open(&server.url())
}

/// Waits until a snapshot is like that, and returns it.
async fn snapshot(events: &Events, what: &str, holds: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let begin = Instant::now();
    loop {
        let snapshot = events.snapshot();
        if holds(&snapshot) {
            return snapshot;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{what}: {snapshot:?}");
        sleep(Duration::from_millis(10)).await;
    }
}
