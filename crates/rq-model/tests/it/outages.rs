//! Servers that hang, stop and come back.

use std::time::Duration;

use rq_model::Error;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::{populated, queues, rq, settings, soon};

fn within(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test]
async fn a_hung_server_is_given_up_at_the_deadline_and_read_when_it_goes_on() {
    let redis = populated();
    let rq = rq(&redis);
    let expected = queues(&rq).await;
    redis.pause();
    for _ in 0..3 {
        // The first time on a connection that stands, then on new ones.
        let begin = Instant::now();
        let error = rq.queues(&[], within(300)).await.unwrap_err();
        assert!(matches!(error, Error::Deadline { .. }), "{error:?}");
        // The settings would allow a minute.
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }
    redis.resume();
    assert_eq!(queues(&rq).await, expected);
}

#[tokio::test]
async fn a_hung_server_is_given_up_when_the_settings_say_so() {
    let redis = populated();
    let hurried = json!({"url": redis.url(), "connect_timeout": "2s", "response_timeout": "2s"});
    let rq = rq_model::Rq::open(&settings(hurried)).unwrap();
    queues(&rq).await;
    redis.pause();
    for _ in 0..2 {
        let begin = Instant::now();
        let error = rq.ping(soon()).await.unwrap_err();
        assert!(matches!(error, Error::Deadline { .. }), "{error:?}");
        assert!(begin.elapsed() < soon() / 2, "{:?}", begin.elapsed());
    }
    redis.resume();
}

#[tokio::test]
async fn a_limit_that_no_clock_can_count_is_none() {
    let redis = populated();
    let eternal = "500000000000y";
    let patient = json!({"url": redis.url(), "connect_timeout": eternal, "response_timeout": eternal});
    let rq = rq_model::Rq::open(&settings(patient)).unwrap();
    rq.ping(soon()).await.unwrap();
}

#[tokio::test]
async fn the_first_call_after_a_restart_works() {
    let mut redis = populated();
    let rq = rq(&redis);
    let expected = queues(&rq).await;
    redis.restart();
    assert_eq!(queues(&rq).await, expected);
    redis.stop();
    let error = rq.queues(&[], soon()).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    redis.restart();
    assert_eq!(queues(&rq).await, expected);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_no_answers_behind() {
    let redis = populated();
    let rq = rq(&redis);
    let expected = queues(&rq).await;
    redis.pause();
    assert!(timeout(Duration::from_millis(50), rq.queues(&[], soon())).await.is_err());
    assert!(timeout(Duration::from_millis(50), rq.ping(soon())).await.is_err());
    redis.resume();
    assert_eq!(queues(&rq).await, expected);
}

#[tokio::test]
async fn connections_stay_within_their_budget() {
    let redis = populated();
    let rq = rq(&redis);
    let expected = queues(&rq).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let rq = rq.clone();
        calls.spawn(async move { queues(&rq).await });
    }
    while let Some(found) = calls.join_next().await {
        assert_eq!(found.unwrap(), expected);
    }
    // The list names its own connection too.
    let clients = redis.cli(&["CLIENT", "LIST"]).lines().filter(|line| !line.contains("cmd=client")).count();
    assert!(clients <= 2, "{clients}");
}

#[tokio::test]
async fn it_knows_whether_the_server_answered_lately() {
    let redis = populated();
    let rq = rq(&redis);
    let start = Instant::now();
    assert!(!rq.answered_since(start));
    queues(&rq).await;
    assert!(rq.answered_since(start));
    redis.pause();
    let later = Instant::now();
    assert!(rq.ping(within(100)).await.is_err());
    assert!(!rq.answered_since(later));
    redis.resume();
}
