//! Listening and asking, against real Redis servers and a real Celery.
#![cfg(test)]

mod asking;
mod listening;
mod reading;
mod working;

use std::time::Duration;

use celery_model::events::{Events, Snapshot};
use celery_model::{Settings, TransportOptions};
use tokio::time::{Instant, sleep};

fn settings(url: &str) -> Settings {
    serde_json::from_value(serde_json::json!({"url": url})).unwrap()
}

fn options(prefix: &str) -> TransportOptions {
    serde_json::from_value(serde_json::json!({"global_keyprefix": prefix})).unwrap()
}

fn listen(url: &str) -> Events {
    Events::open(&settings(url), &options("")).unwrap()
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
