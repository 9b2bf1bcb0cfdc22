//! The program as an operator runs it, in front of a real Redis.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod celery;
mod docs;
mod format;
mod oracle;
mod outages;
mod settings;
mod worker;
mod worker_real;

use testbed::{Exporter, Redis};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rq-exporter");

/// The plugin's `RQ_QUEUES` when it printed its page, but for `custom_queue`, which is to be found in Redis.
const QUEUES: [&str; 5] = ["check_releases", "custom_fields", "default", "idle queue é\"x\\y", "webhooks"];

fn settings(redis: &Redis) -> String {
    serde_json::json!({ "redis": { "url": redis.url() }, "rq_metrics": { "queues": QUEUES } }).to_string()
}

fn populated() -> Redis {
    let redis = Redis::start().unwrap();
    redis.load_rq();
    redis
}

fn start(redis: &Redis) -> Exporter {
    Exporter::start(PROGRAM, &settings(redis), &[]).unwrap()
}
