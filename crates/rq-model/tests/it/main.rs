//! `rq-model` against real Redis servers.
#![cfg(test)]

mod access;
mod cleanup;
mod doors;
mod expected;
mod fuzz;
mod outages;
mod reading_only;
mod real;
mod replies_check;
mod scale;
mod sentinels;
mod settings_check;
mod values;

use std::time::Duration;

use rq_model::{Queue, Rq, Settings};

/// An empty server.
fn empty() -> testbed::Redis {
    testbed::Redis::start().unwrap()
}

/// A server with the keys of a real Nautobot 1.6.
fn populated() -> testbed::Redis {
    let redis = empty();
    redis.load_rq();
    redis
}

fn settings(json: serde_json::Value) -> Settings {
    serde_json::from_value(json).unwrap()
}

fn rq(redis: &testbed::Redis) -> Rq {
    patient(serde_json::json!({"url": redis.url()}))
}

/// A handle that no busy machine makes give up.
fn patient(mut given: serde_json::Value) -> Rq {
    given["connect_timeout"] = "1m".into();
    given["response_timeout"] = "1m".into();
    Rq::open(&settings(given)).unwrap()
}

fn soon() -> Duration {
    Duration::from_secs(60)
}

/// The queues that are found, asked once.
async fn queues(rq: &Rq) -> Vec<Queue> {
    rq.queues(&[], soon()).await.unwrap()
}

async fn queue(rq: &Rq, name: &str) -> Queue {
    queues(rq).await.into_iter().find(|queue| queue.name == name).unwrap()
}

/// Every key with its serialised value.
fn contents(redis: &testbed::Redis) -> Vec<(String, Vec<u8>)> {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    keys.sort();
    let dump = |key: String| {
        let value = redis::cmd("DUMP").arg(&key).query(&mut connection).unwrap();
        (key, value)
    };
    keys.into_iter().map(dump).collect()
}

/// Since the statistics were reset, there were commands and, but for logins, none that does not read.
fn assert_only_read(redis: &testbed::Redis) {
    let mut commands = commands(redis);
    commands.retain(|(command, _)| command != "auth");
    assert!(!commands.is_empty());
    for (command, _) in &commands {
        let flags = redis.cli(&["COMMAND", "INFO", command]);
        assert!(flags.contains("readonly"), "{command}: {flags}");
        assert!(flags.contains("@read") && !flags.contains("@write"), "{command}: {flags}");
    }
}

/// The commands that were run since the statistics were reset, with how often.
fn commands(redis: &testbed::Redis) -> Vec<(String, u64)> {
    let stats = redis.cli(&["INFO", "commandstats"]);
    let line = |line: &str| {
        let (name, numbers) = line.trim().strip_prefix("cmdstat_")?.split_once(":calls=")?;
        Some((name.to_owned(), numbers.split(',').next()?.parse().ok()?))
    };
    // Those that the test itself sends.
    stats.lines().filter_map(line).filter(|(name, _)| name != "info" && !name.starts_with("config")).collect()
}
