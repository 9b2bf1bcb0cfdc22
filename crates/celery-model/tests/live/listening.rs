use std::time::Duration;

use celery_model::events::Events;
use testbed::Redis;
use tokio::time::{Instant, sleep};

use super::{listen, options, settings, snapshot};

const PERIOD: Duration = Duration::from_secs(2);

fn publish(server: &Redis, channel: &str, body: &str) {
    let message = format!(
        r#"{{"body": {}, "content-type": "application/json", "properties": {{}}}}"#,
        serde_json::json!(body)
    );
    server.cli(&["PUBLISH", channel, &message]);
}

fn beat(server: &Redis, channel: &str, hostname: &str) {
    publish(
        server,
        channel,
        &format!(r#"{{"type": "worker-heartbeat", "hostname": "{hostname}", "freq": 2.0, "active": 1}}"#),
    );
}

#[tokio::test]
async fn it_listens_once_it_is_asked_and_no_longer_than_it_lives() {
    let server = Redis::start().unwrap();
    let listeners = || server.cli(&["PUBSUB", "NUMPAT"]).trim().to_owned();
    let events = listen(&server.url());
    sleep(Duration::from_millis(200)).await;
    assert_eq!(listeners(), "0");
    assert!(events.snapshot().listening.is_none());
    snapshot(&events, "listening", |snapshot| snapshot.listening.is_some()).await;
    assert_eq!(listeners(), "2");

    beat(&server, "/0.celeryev/worker.heartbeat", "a@h");
    beat(&server, "/0.celeryev", "b@h");
    for foreign in ["/1.celeryev/worker.heartbeat", "/0.celeryev2/worker.heartbeat", "x/0.celeryev"] {
        beat(&server, foreign, "c@h");
    }
    server.cli(&["PUBLISH", "/0.celeryev/x", "garbage"]);
    let heard = snapshot(&events, "all heard", |snapshot| snapshot.malformed == 1).await;
    assert_eq!((heard.cluster.workers, heard.cluster.active), (2, 2));
    assert!(!heard.is_settled && heard.heard.is_some() && heard.losses == 0);

    drop(events);
    let begin = Instant::now();
    while listeners() != "0" {
        assert!(begin.elapsed() < Duration::from_secs(5));
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_prefix_is_meant_as_it_stands() {
    let server = Redis::start().unwrap();
    let events = Events::open(&settings(&server.url().replace("/0", "/3")), &options("n?[b]*\\:")).unwrap();
    snapshot(&events, "listening", |snapshot| snapshot.listening.is_some()).await;
    beat(&server, "nab:/3.celeryev/worker.heartbeat", "a@h");
    beat(&server, "n?[b]*\\:/3.celeryev/worker.heartbeat", "b@h");
    beat(&server, "n?[b]*\\:/3.celeryev/worker.heartbeat", "c@h");
    snapshot(&events, "two heard", |snapshot| snapshot.cluster.workers == 2).await;
}

#[tokio::test]
async fn a_restart_of_redis_takes_less_than_a_period_and_nobodys_life() {
    let mut server = Redis::start().unwrap();
    let events = listen(&server.url());
    assert!(!events.settled(Duration::from_millis(100)).await);
    assert!(events.settled(PERIOD * 2).await);
    assert!(events.snapshot().is_settled);
    publish(
        &server,
        "/0.celeryev/task.sent",
        r#"{"type": "task-sent", "uuid": "1", "hostname": "web", "queue": "slow"}"#,
    );
    beat(&server, "/0.celeryev/worker.heartbeat", "a@h");
    snapshot(&events, "heard", |snapshot| snapshot.cluster.workers == 1).await;

    server.restart();
    let begin = Instant::now();
    let back =
        snapshot(&events, "back", |snapshot| snapshot.losses == 1 && snapshot.listening.is_some()).await;
    assert!(begin.elapsed() < PERIOD, "{:?}", begin.elapsed());
    assert!(!back.is_settled);
    assert_eq!(back.cluster.workers, 1, "it has its time again");
    beat(&server, "/0.celeryev/worker.heartbeat", "b@h");
    let heard = snapshot(&events, "heard again", |snapshot| snapshot.cluster.workers == 2).await;
    assert_eq!(heard.cluster.queues["slow"].of(celery_model::events::Outcome::Sent), 1, "counters go on");
}

#[tokio::test]
async fn a_server_that_hangs_is_noticed_and_kills_no_worker() {
    let server = Redis::start().unwrap();
    let events = listen(&server.url());
    snapshot(&events, "listening", |snapshot| snapshot.listening.is_some()).await;
    beat(&server, "/0.celeryev/worker.heartbeat", "a@h");
    snapshot(&events, "heard", |snapshot| snapshot.cluster.workers == 1).await;
    server.pause();
    let begin = Instant::now();
    while events.snapshot().listening.is_some() {
        assert_eq!(events.snapshot().cluster.workers, 1, "it may only be out of reach");
        assert!(begin.elapsed() < Duration::from_secs(10));
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(events.snapshot().cluster.workers, 1);
    server.resume();
    snapshot(&events, "back", |snapshot| snapshot.listening.is_some()).await;
    snapshot(&events, "now it is missed", |snapshot| snapshot.cluster.workers == 0).await;
}

#[tokio::test]
async fn who_may_only_subscribe_may_listen() {
    let server = Redis::start().unwrap();
    server.cli(&[
        "ACL",
        "SETUSER",
        "ears",
        "on",
        ">secret",
        "resetchannels",
        "-@all",
        "+psubscribe",
        "+ping",
        "&/0.celeryev",
        "&/0.celeryev/*",
    ]);
    server.cli(&[
        "ACL",
        "SETUSER",
        "deaf",
        "on",
        ">secret",
        "resetchannels",
        "-@all",
        "+psubscribe",
        "+ping",
        "&/1.celeryev",
    ]);
    let events = listen(&server.url().replace("//", "//ears:secret@"));
    assert!(events.settled(PERIOD * 5).await);
    let deaf = listen(&server.url().replace("//", "//deaf:secret@"));
    let snapshot = snapshot(&deaf, "refused", |snapshot| snapshot.failure.is_some()).await;
    let failure = snapshot.failure.unwrap().to_string();
    assert!(failure.contains("refused") && !failure.contains("secret"), "{failure}");
    assert!(snapshot.listening.is_none() && snapshot.losses == 0);

    // Nobody waits for what cannot come, and nobody is told of an earlier failure.
    for _ in 0..4 {
        sleep(Duration::from_millis(300)).await;
        let begin = Instant::now();
        assert!(!deaf.settled(PERIOD * 5).await);
        assert!(begin.elapsed() < PERIOD, "{:?}", begin.elapsed());
    }
    server.cli(&["ACL", "SETUSER", "deaf", "&/0.celeryev", "&/0.celeryev/*"]);
    assert!(deaf.settled(PERIOD * 5).await, "the first to ask after that");
}

/// kombu before 5.4 publishes to `/{db}.celeryev` there; 5.7 to both, if it is told to.
#[tokio::test]
async fn behind_sentinels_the_number_may_be_missing() {
    let server = Redis::start().unwrap();
    let sentinel = testbed::Sentinel::start(&server, &[]).unwrap();
    let settings = serde_json::json!({"sentinels": [sentinel.address()], "sentinel_master": "cache"});
    let events = Events::open(&serde_json::from_value(settings).unwrap(), &options("")).unwrap();
    snapshot(&events, "listening", |snapshot| snapshot.listening.is_some()).await;
    beat(&server, "/{db}.celeryev/worker.heartbeat", "old@h");
    let sent =
        serde_json::json!({"type": "task-sent", "uuid": "1", "hostname": "web", "queue": "slow"}).to_string();
    let message = serde_json::json!({"body": sent, "properties": {"delivery_tag": "one"}}).to_string();
    for channel in ["/0.celeryev/task.sent", "/{db}.celeryev/task.sent"] {
        server.cli(&["PUBLISH", channel, &message]);
    }
    beat(&server, "/0.celeryev/worker.heartbeat", "new@h");
    let heard = snapshot(&events, "both", |snapshot| snapshot.cluster.workers == 2).await;
    assert_eq!(heard.cluster.queues["slow"].of(celery_model::events::Outcome::Sent), 1);
}
