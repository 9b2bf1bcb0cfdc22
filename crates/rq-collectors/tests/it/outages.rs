//! A Redis that hangs, goes and comes back.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Exporter, Samples, populated};

/// Nothing is told when Redis is away: each collector fails, which a page shows as `nautobot_rq_up 0`, and nothing is old.
async fn assert_down(exporter: &Exporter, limit: Duration) {
    let (page, outcomes) = exporter.scrape(limit).await;
    assert_eq!(page, Samples::new());
    assert!(!outcomes["queues"] && !outcomes["up"], "{outcomes:?}");
}

#[tokio::test]
async fn a_hung_redis_is_told_in_time_and_read_when_it_goes_on() {
    let redis = populated();
    let exporter = Exporter::new(&redis, &[]);
    let whole = exporter.page().await;
    redis.pause();
    for _ in 0..2 {
        let begin = Instant::now();
        assert_down(&exporter, Duration::from_millis(500)).await;
        // The settings would allow a minute.
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }
    redis.resume();
    assert_eq!(exporter.page().await, whole);
}

#[tokio::test]
async fn a_redis_that_stops_and_returns_is_read_at_once() {
    let mut redis = populated();
    let exporter = Exporter::new(&redis, &[]);
    let whole = exporter.page().await;
    redis.restart();
    assert_eq!(exporter.page().await, whole);
    redis.stop();
    assert_down(&exporter, Duration::from_secs(60)).await;
    redis.restart();
    assert_eq!(exporter.page().await, whole);
}

#[tokio::test]
async fn a_redis_that_refuses_the_login_is_down() {
    let redis = populated();
    redis.cli(&["CONFIG", "SET", "requirepass", "secret"]);
    assert_down(&Exporter::new(&redis, &[]), Duration::from_secs(60)).await;
}

#[tokio::test]
async fn two_hundred_scrapes_at_once_share_two_connections() {
    let redis = populated();
    let exporter = std::sync::Arc::new(Exporter::new(&redis, &[]));
    let whole = exporter.page().await;
    let mut scrapes = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let exporter = std::sync::Arc::clone(&exporter);
        scrapes.spawn(async move { exporter.page().await });
    }
    while let Some(page) = scrapes.join_next().await {
        assert_eq!(page.unwrap(), whole);
    }
    // The list names its own connection too.
    let clients = redis.cli(&["CLIENT", "LIST"]).lines().filter(|line| !line.contains("cmd=client")).count();
    assert!(clients <= 2, "{clients}");
}
