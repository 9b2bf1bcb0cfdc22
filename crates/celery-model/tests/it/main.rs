//! `celery-model` against real Redis servers.
#![cfg(test)]

mod hostile;
mod keyspace;
mod reading_only;
mod scale;
mod values;
mod waiting;

use std::time::Duration;

use celery_model::{Celery, Queue, Queues, Settings};
use serde_json::{Value, json};

/// An empty server.
fn empty() -> testbed::Redis {
    testbed::Redis::start().unwrap()
}

/// A server with the keys of a real Nautobot 3.2.
fn populated() -> testbed::Redis {
    let redis = empty();
    redis.load_celery();
    redis
}

fn celery(redis: &testbed::Redis) -> Celery {
    patient(json!({"url": redis.url()}), json!({}))
}

/// A handle that no busy machine makes give up.
fn patient(mut settings: Value, options: Value) -> Celery {
    settings["connect_timeout"] = "1m".into();
    settings["response_timeout"] = "1m".into();
    let settings: Settings = serde_json::from_value(settings).unwrap();
    Celery::open(&settings, &serde_json::from_value(options).unwrap()).unwrap()
}

fn soon() -> Duration {
    Duration::from_secs(60)
}

/// What is found, asked once.
async fn found(celery: &Celery) -> Queues {
    celery.queues(&[], soon()).await.unwrap()
}

async fn queue(celery: &Celery, name: &str) -> Queue {
    found(celery).await.queues.into_iter().find(|queue| queue.name == name).unwrap()
}

/// Binds a queue to an exchange of its name, as kombu does with its default separator.
fn bind(redis: &testbed::Redis, queue: &str) {
    let member = format!("{queue}\x06\x16\x06\x16{queue}");
    redis.cli(&["SADD", &format!("_kombu.binding.{queue}"), &member]);
}

/// A message of a Nautobot job, with these headers besides.
fn message(id: &str, headers: Value) -> Value {
    let mut message = json!({
        "body": "",
        "headers": {"id": id, "task": "nautobot.extras.jobs.run_job", "argsrepr": "['jobs.One']"},
        "properties": {"priority": 0},
    });
    for (name, value) in headers.as_object().unwrap() {
        message["headers"][name] = value.clone();
    }
    message
}

/// Puts a message into `unacked` and its index, as a worker does that takes it.
fn take(redis: &testbed::Redis, tag: &str, value: &str) {
    redis.cli(&["HSET", "unacked", tag, value]);
    redis.cli(&["ZADD", "unacked_index", "1795377723.5", tag]);
}

fn taken(redis: &testbed::Redis, tag: &str, queue: &str, headers: Value) {
    take(redis, tag, &json!([message(tag, headers), "", queue]).to_string());
}
