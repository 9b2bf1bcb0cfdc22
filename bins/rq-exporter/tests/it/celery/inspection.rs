//! Workers that are asked which queues they listen to.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use testbed::{Celery, Redis, Samples, eventually};

use super::{SOON, jobs, listeners, loaded, start, succeeded, value};

fn silent(page: &Samples) -> Option<f64> {
    value(page, "nautobot_celery_inspect_silent_workers", &[])
}

fn processes(page: &Samples, queue: &str) -> Option<f64> {
    value(page, "nautobot_celery_queue_worker_processes", &[("queue", queue)])
}

/// Everything that a question leaves while it is being answered.
fn leftovers(redis: &Redis) -> String {
    redis.cli(&["KEYS", "*metrics-*"]) + &redis.cli(&["SMEMBERS", "_kombu.binding.reply.celery.pidbox"])
}

/// How often something was published: three times for each question, and by each worker for each of its events.
fn published(redis: &Redis) -> u64 {
    let statistics = redis.cli(&["INFO", "commandstats"]);
    let calls = statistics.split_once("cmdstat_publish:calls=").map(|(_, rest)| rest.split(',').next());
    calls.flatten().map_or(0, |calls| calls.parse().unwrap())
}

#[test]
fn each_queue_has_its_workers_and_a_halted_one_is_silent() {
    let redis = Redis::start().unwrap();
    let Some(celery) = Celery::found(&redis.url()) else { return };
    let _one = celery.worker("one", &["default", "slow"], 2).unwrap();
    let two = celery.worker("two", &["slow"], 1).unwrap();
    let settings = json!({
        "redis": {"url": redis.url()},
        "celery": {"inspect": true, "inspect_interval": "100ms"},
        "collectors": {"celery_tasks": {"enabled": false}},
    });
    let exporter = start(&settings);
    let page = exporter.scrape();
    assert_eq!((listeners(&page, "default"), listeners(&page, "slow")), (Some(1.0), Some(2.0)));
    assert_eq!((processes(&page, "default"), processes(&page, "slow")), (Some(2.0), Some(3.0)));
    assert_eq!((silent(&page), jobs(&page, "slow", "started")), (Some(0.0), Some(0.0)));

    two.pause();
    sleep(Duration::from_millis(150));
    let page = exporter.scrape();
    assert_eq!(silent(&page), Some(1.0));
    for queue in ["default", "slow"] {
        assert_eq!(
            (listeners(&page, queue), processes(&page, queue)),
            (None, None),
            "nobody knows its queues"
        );
    }
    assert_eq!(jobs(&page, "slow", "started"), None, "part of a number is no number");
    two.resume();
    eventually("it answers again", SOON, || silent(&exporter.scrape()) == Some(0.0));
    assert_eq!(listeners(&exporter.scrape(), "slow"), Some(2.0));
    let left = leftovers(&redis);
    assert!(!left.contains("metrics-"), "{left}");
}

#[test]
fn who_could_not_be_asked_is_left_alone() {
    let redis = loaded();
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">secret", "+@all", "-rpush", "~*", "&*"]);
    let settings = json!({
        "redis": {"url": redis.url(), "username": "metrics", "password": "secret"},
        "celery": {"inspect": true},
        "collectors": {"celery_tasks": {"enabled": false}},
    });
    let exporter = start(&settings);
    for _ in 0..3 {
        let page = exporter.scrape();
        assert!(!succeeded(&page, "celery_inspect") && succeeded(&page, "queues"), "{}", exporter.log());
        assert_eq!(listeners(&page, "slow"), None);
    }
    assert_eq!(published(&redis), 3, "{}", exporter.log());
}

#[test]
fn they_are_asked_once_in_an_interval() {
    let redis = loaded();
    let ask = |interval: &str| {
        let settings = json!({
            "redis": {"url": redis.url()},
            "celery": {"inspect": true, "inspect_interval": interval},
            "collectors": {"celery_tasks": {"enabled": false}},
        });
        let before = published(&redis);
        let exporter = start(&settings);
        for _ in 0..3 {
            let page = exporter.scrape();
            assert!(succeeded(&page, "celery_inspect"), "{}", exporter.log());
            assert_eq!((silent(&page), listeners(&page, "slow")), (Some(0.0), Some(0.0)));
            sleep(Duration::from_millis(150));
        }
        published(&redis) - before
    };
    assert_eq!(ask("1m"), 3);
    assert_eq!(ask("100ms"), 9);
    let left = leftovers(&redis);
    assert!(!left.contains("metrics-"), "{left}");
}
