//! Users of Redis that may do no more than `docs/operations.md` says.

use std::time::Duration;

use serde_json::{Value, json};
use testbed::{Redis, Samples, samples};

use super::database::OPERATIONS;
use super::{jobs, listening, loaded, start, succeeded, value, workers};

const LISTENER: &str = "Celery, or both";

/// The words of the line with this comment.
fn documented(comment: &str) -> Vec<String> {
    let line = OPERATIONS.lines().find_map(|line| {
        let (command, rest) = line.split_once("   # ").or_else(|| line.split_once(" # "))?;
        (command.starts_with("ACL SETUSER metrics ") && rest.trim() == comment).then_some(command)
    });
    let (rules, selector) = line.unwrap().split_once('(').unwrap_or((line.unwrap(), ""));
    let rules = rules.split_whitespace().map(|word| word.replace("PASSWORD", "secret"));
    let selector = (!selector.is_empty()).then(|| format!("({}", selector.trim_end()));
    rules.chain(selector).collect()
}

fn allow(redis: &Redis, command: &[String]) {
    redis.cli(&command.iter().map(String::as_str).collect::<Vec<_>>());
}

fn settings(redis: &Redis) -> Value {
    json!({
        "redis": {"url": redis.url(), "username": "metrics", "password": "secret"},
        "collectors": {"celery_waiting": {"enabled": true}},
    })
}

fn assert_queues(page: &Samples) {
    assert!(succeeded(page, "queues") && succeeded(page, "celery_waiting"), "{page:?}");
    assert_eq!((jobs(page, "slow", "queued"), jobs(page, "bulk", "queued")), (Some(4.0), Some(13.0)));
}

#[test]
fn who_may_only_read_sees_queues_and_one_word_about_events() {
    let redis = loaded();
    let mut rights = documented(LISTENER);
    rights.truncate(rights.iter().position(|word| word == "~*").unwrap() + 1);
    allow(&redis, &rights);
    let exporter = start(&settings(&redis));
    for _ in 0..3 {
        let page = exporter.get("/metrics", &[]);
        assert!(page.took < Duration::from_secs(2), "nothing is to be waited for: {:?}", page.took);
        let page = samples(page.text());
        assert_queues(&page);
        assert_eq!((listening(&page), workers(&page)), (Some(0.0), None));
    }
    let log = exporter.log();
    assert_eq!(log.matches("level=warn").count(), 1, "{log}");
    assert!(log.contains("+psubscribe +ping &/0.celeryev/* &/0.celeryev"), "{log}");
}

#[test]
fn who_may_listen_listens() {
    let redis = loaded();
    allow(&redis, &documented(LISTENER));
    let exporter = start(&settings(&redis));
    let page = exporter.scrape();
    assert_queues(&page);
    assert_eq!((listening(&page), workers(&page)), (Some(1.0), Some(0.0)), "{}", exporter.log());
    assert!(!exporter.log().contains("level=warn"), "{}", exporter.log());
}

#[test]
fn another_database_needs_select_and_its_own_number() {
    let redis = loaded();
    redis.cli(&["SWAPDB", "0", "3"]);
    let rights = documented(LISTENER).into_iter().map(|word| word.replace("/0.", "/3."));
    allow(&redis, &rights.chain(["+select".to_owned()]).collect::<Vec<_>>());
    let mut settings = settings(&redis);
    settings["redis"]["database"] = 3.into();
    let exporter = start(&settings);
    let page = exporter.scrape();
    assert_queues(&page);
    assert_eq!(listening(&page), Some(1.0), "{}", exporter.log());
}

#[test]
fn who_may_ask_asks_and_who_may_not_is_told_what_is_missing() {
    let redis = loaded();
    let mut settings = settings(&redis);
    settings["celery"] = json!({"inspect": true});
    settings["collectors"]["celery_tasks"] = json!({"enabled": false});
    for version in ["Redis 6", "Redis 7"] {
        allow(&redis, &documented(LISTENER));
        allow(&redis, &documented(version));
        let exporter = start(&settings);
        let page = exporter.scrape();
        assert_queues(&page);
        assert!(succeeded(&page, "celery_inspect"), "{}", exporter.log());
        assert_eq!(value(&page, "nautobot_queue_number_workers", &[("name", "slow")]), Some(0.0));
        drop(exporter);
        redis.cli(&["ACL", "DELUSER", "metrics"]);
    }

    allow(&redis, &documented(LISTENER));
    let exporter = start(&settings);
    for _ in 0..2 {
        let page = exporter.scrape();
        assert_queues(&page);
        assert!(!succeeded(&page, "celery_inspect"));
        assert!(!page.contains_key("nautobot_queue_number_workers"));
    }
    let log = exporter.log();
    assert!(log.contains("+publish") && log.contains("&/0.celery.pidbox"), "{log}");
}
