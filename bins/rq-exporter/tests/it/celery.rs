//! Nautobot 2 and 3: queues and workers of a real Celery.

mod access;
mod brokers;
mod database;
mod inspection;

use std::time::Duration;

use serde_json::json;
use testbed::{Celery, Exporter, Redis, Samples, Task, eventually, samples};

use crate::{PROGRAM, populated};

const QUEUES: [&str; 3] = ["bulk", "default", "slow"];
const LONG: Duration = Duration::from_secs(600);
/// Two heartbeats, after which a silent worker is gone, and time for a busy machine.
const SOON: Duration = Duration::from_secs(20);

fn start(settings: &serde_json::Value) -> Exporter {
    Exporter::start(PROGRAM, &settings.to_string(), &[]).unwrap()
}

fn value(page: &Samples, family: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let labels: Vec<_> =
        labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    page.get(family)?.get(&labels).copied()
}

/// Whether this collector succeeded.
fn succeeded(page: &Samples, collector: &str) -> bool {
    value(page, "nautobot_rq_scrape_collector_success", &[("collector", collector)]) == Some(1.0)
}

/// Nautobot 3.2's keys.
fn loaded() -> Redis {
    let redis = Redis::start().unwrap();
    redis.load_celery();
    redis
}

/// A status of `nautobot_queue_number_jobs`.
fn jobs(page: &Samples, queue: &str, status: &str) -> Option<f64> {
    value(page, "nautobot_queue_number_jobs", &[("name", queue), ("status", status)])
}

fn workers(page: &Samples) -> Option<f64> {
    value(page, "nautobot_celery_workers", &[])
}

fn active(page: &Samples) -> Option<f64> {
    value(page, "nautobot_celery_worker_active_tasks", &[])
}

fn listening(page: &Samples) -> Option<f64> {
    value(page, "nautobot_celery_events_listening", &[])
}

/// Workers of one queue, which only they can tell.
fn listeners(page: &Samples, queue: &str) -> Option<f64> {
    value(page, "nautobot_queue_number_workers", &[("name", queue)])
}

#[test]
fn every_number_is_right_while_workers_come_and_go() {
    let mut redis = Redis::start().unwrap();
    let Some(celery) = Celery::found(&redis.url()) else { return };
    for queue in QUEUES {
        for priority in 0..=9 {
            celery.send(Task::new(queue).priority(priority).lasting(LONG));
        }
    }
    let exporter = start(&json!({"redis": {"url": redis.url()}}));

    // Nobody has worked yet, and RQ is not there.
    let page = exporter.scrape();
    for queue in QUEUES {
        assert_eq!(jobs(&page, queue, "queued"), Some(10.0));
        for (priority, tasks) in [("0", 3.0), ("3", 3.0), ("6", 3.0), ("9", 1.0)] {
            let labels = [("priority", priority), ("queue", queue)];
            assert_eq!(
                value(&page, "nautobot_celery_queue_waiting_tasks", &labels),
                Some(tasks),
                "{labels:?}"
            );
        }
        assert_eq!(jobs(&page, queue, "finished"), None);
    }
    assert_eq!(workers(&page), None);
    assert!(!page.contains_key("nautobot_queue_number_workers"));

    celery.send(Task::new("late").after(LONG));
    let one = celery.worker("one", &["default", "late"], 1).unwrap();
    let two = celery.worker("two", &["slow"], 1).unwrap();
    let unwanted = celery.send(Task::new("bulk"));
    celery.revoke(&unwanted);
    eventually("two workers with a task each", SOON, || {
        let page = exporter.scrape();
        workers(&page) == Some(2.0) && active(&page) == Some(2.0)
    });
    // Nobody was heard sending these tasks: how many run in each queue, only the workers can tell.
    let asking = start(&json!({"redis": {"url": redis.url()}, "celery": {"inspect": true}}));
    let asked = asking.scrape();
    let page = exporter.scrape();
    for queue in ["default", "slow"] {
        assert_eq!((jobs(&page, queue, "started"), jobs(&asked, queue, "started")), (None, Some(1.0)));
        let held = jobs(&page, queue, "reserved").unwrap();
        assert!(held >= 1.0, "{held}");
        assert_eq!(jobs(&page, queue, "queued").unwrap() + held, 9.0);
        assert_eq!(listeners(&asked, queue), Some(1.0));
    }
    assert_eq!((jobs(&asked, "bulk", "started"), listeners(&asked, "bulk")), (Some(0.0), Some(0.0)));
    assert_eq!(jobs(&page, "bulk", "queued"), Some(11.0), "the revoked task waits until a worker takes it");
    assert_eq!(jobs(&page, "late", "scheduled"), Some(1.0));
    assert_eq!(listening(&page), Some(1.0));

    one.kill();
    eventually("one worker is left", SOON, || workers(&exporter.scrape()) == Some(1.0));
    let page = exporter.scrape();
    assert_eq!(jobs(&page, "late", "scheduled"), Some(1.0), "nobody has put it back");
    assert_eq!(active(&page), Some(1.0));

    redis.stop();
    assert_eq!(listening(&exporter.scrape()), Some(0.0));
    redis.restart();
    eventually("the worker is heard again", SOON, || workers(&exporter.scrape()) == Some(1.0));

    two.stop();
    eventually("no worker is left", SOON, || workers(&exporter.scrape()) == Some(0.0));
}

#[test]
fn tasks_are_counted_by_queue_and_by_how_they_ended() {
    let redis = Redis::start().unwrap();
    let Some(celery) = Celery::found(&redis.url()) else { return };
    let _worker = celery.worker("one", &["default", "slow"], 2).unwrap();
    let exporter = start(&json!({"redis": {"url": redis.url()}}));
    let page = exporter.get("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", "60")]);
    assert_eq!(workers(&samples(page.text())), Some(1.0), "the first page waits for a heartbeat");
    assert!(page.took < Duration::from_secs(4), "and not longer: {:?}", page.took);
    celery.send(Task::new("slow").lasting(LONG));
    eventually("it is known which queue the running task is of", SOON, || {
        let page = exporter.scrape();
        jobs(&page, "slow", "started") == Some(1.0) && jobs(&page, "default", "started") == Some(0.0)
    });
    for _ in 0..5 {
        celery.send(Task::new("default"));
        celery.send(Task::new("slow").job("jobs.FailingJob"));
    }
    let ended = |page: &Samples, queue, outcome| {
        value(page, "nautobot_celery_tasks_total", &[("outcome", outcome), ("queue", queue)])
    };
    eventually("all tasks have ended", SOON, || {
        let page = exporter.scrape();
        ended(&page, "default", "succeeded") == Some(5.0) && ended(&page, "slow", "failed") == Some(5.0)
    });
    let page = exporter.scrape();
    assert_eq!(ended(&page, "default", "sent"), Some(5.0));
    assert_eq!(ended(&page, "default", "failed"), Some(0.0));
    let labels = [("outcome", "failed"), ("queue", "slow")];
    assert_eq!(value(&page, "nautobot_celery_task_run_time_seconds_count", &labels), Some(5.0));
    assert_eq!((ended(&page, "slow", "succeeded"), ended(&page, "slow", "revoked")), (Some(0.0), None));

    // What was heard is told at once while the connection is new.
    redis.cli(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    let limit = ("X-Prometheus-Scrape-Timeout-Seconds", "1");
    eventually("it listens again", SOON, || {
        let page = exporter.get("/metrics?collect[]=celery_tasks", &[limit]);
        assert!(page.took < Duration::from_millis(700), "{:?}", page.took);
        let page = samples(page.text());
        assert!(succeeded(&page, "celery_tasks") && ended(&page, "default", "succeeded") == Some(5.0));
        listening(&page) == Some(1.0)
    });
}

#[test]
fn both_are_shown_where_both_are() {
    let redis = populated();
    let Some(celery) = Celery::found(&redis.url()) else { return };
    celery.send(Task::new("default"));
    celery.send(Task::new("celery_only"));
    let page = |broker: &str| {
        start(&json!({"redis": {"url": redis.url()}, "rq_metrics": {"broker": broker}})).scrape()
    };
    let (both, rq, only) = (page("auto"), page("rq"), page("celery"));
    let queued = |page: &Samples, queue| jobs(page, queue, "queued");
    assert_eq!(queued(&both, "default").unwrap(), queued(&rq, "default").unwrap() + 1.0);
    assert_eq!(jobs(&both, "default", "finished"), jobs(&rq, "default", "finished"));
    assert_eq!((queued(&only, "default"), queued(&only, "celery_only")), (Some(1.0), Some(1.0)));
    assert_eq!((jobs(&only, "default", "finished"), queued(&rq, "celery_only")), (None, None));
}

#[test]
fn no_number_of_queues_takes_more_round_trips() {
    let fill = "for n = 1, ARGV[1] do
            redis.call('SADD', '_kombu.binding.' .. n, n .. '\\6\\22\\6\\22' .. n)
            redis.call('LPUSH', n .. '\\6\\0229', '{}')
        end
        redis.call('SADD', '_kombu.binding.celery.pidbox', '\\6\\22\\6\\22one')
        redis.call('HSET', 'unacked', 'tag', '[{\"headers\": {}}, \"\", \"1\"]')
        redis.call('ZADD', 'unacked_index', 1, 'tag')";
    for queues in ["2", "1000"] {
        let redis = Redis::start().unwrap();
        redis.cli(&["EVAL", fill, "0", queues]);
        let settings = json!({"redis": {"url": redis.url()}, "rq_metrics": {"broker": "celery"}});
        let exporter = Exporter::start(PROGRAM, &settings.to_string(), &["--log.level=trace"]).unwrap();
        let round_trips = || exporter.log().matches("round trip").count();
        let scrape = || exporter.get("/metrics?collect[]=queues", &[]).text().to_owned();
        // The first one finds the queues, and that there was a worker.
        scrape();
        let before = round_trips();
        let page = samples(&scrape());
        // `up` asks beside them.
        assert_eq!(round_trips() - before, 3 + 1);
        let waiting = page["nautobot_celery_queue_waiting_tasks"].values().sum::<f64>();
        assert_eq!((waiting, jobs(&page, "1", "reserved")), (queues.parse().unwrap(), Some(1.0)));
    }
}

#[test]
fn a_user_of_rq_alone_sees_rq_and_one_word_about_celery() {
    let redis = populated();
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">secret", "-@all", "+@read", "~rq:*"]);
    let exporter =
        start(&json!({"redis": {"url": redis.url(), "username": "metrics", "password": "secret"}}));
    for _ in 0..3 {
        let page = exporter.scrape();
        assert!(jobs(&page, "default", "finished").is_some(), "{}", exporter.log());
        let success = "nautobot_rq_scrape_collector_success";
        assert_eq!(value(&page, success, &[("collector", "celery_tasks")]), Some(1.0), "{}", exporter.log());
    }
    assert_eq!(exporter.log().matches("looked for celery").count(), 1, "{}", exporter.log());
}

#[test]
fn reading_and_subscribing_is_enough_and_nothing_is_written() {
    let redis = Redis::start().unwrap();
    let Some(celery) = Celery::found(&redis.url()) else { return };
    let worker = celery.worker("one", &["default"], 1).unwrap();
    for _ in 0..8 {
        celery.send(Task::new("default").lasting(LONG));
    }
    let rules =
        ["-@all", "+@read", "~*", "+psubscribe", "+ping", "resetchannels", "&/0.celeryev", "&/0.celeryev/*"];
    redis.cli(&[&["ACL", "SETUSER", "metrics", "on", ">secret"][..], &rules].concat());
    let settings = json!({
        "redis": {"url": redis.url(), "username": "metrics", "password": "secret"},
        "collectors": {"celery_waiting": {"enabled": true}},
    });
    let exporter = start(&settings);
    let page = exporter.scrape();
    assert_eq!(workers(&page), Some(1.0), "{}", exporter.log());
    assert_eq!(
        jobs(&page, "default", "queued").zip(jobs(&page, "default", "reserved")).map(|(a, b)| a + b),
        Some(7.0)
    );
    let failed =
        page["nautobot_rq_scrape_collector_success"].values().filter(|success| **success == 0.0).count();
    assert_eq!(failed, 0, "{}", exporter.log());
    drop(worker);
}

#[test]
fn a_broker_that_is_no_redis_is_told_at_start() {
    let redis = populated();
    let settings = |broker: &str| {
        json!({
            "redis": {"url": redis.url()},
            "celery": {"url": "amqp://user:canary@rabbit//"},
            "rq_metrics": {"broker": broker},
        })
    };
    let exporter = start(&settings("auto"));
    assert!(jobs(&exporter.scrape(), "default", "finished").is_some());
    assert!(exporter.log().contains("RabbitMQ") && !exporter.log().contains("canary"), "{}", exporter.log());

    let refusal = testbed::run(PROGRAM, &settings("celery").to_string(), &["--once"]);
    let message = String::from_utf8(refusal.stderr).unwrap();
    assert_eq!(refusal.status.code(), Some(78), "{message}");
    assert!(
        message.contains("celery.url") && message.contains("RabbitMQ") && !message.contains("canary"),
        "{message}"
    );
}
