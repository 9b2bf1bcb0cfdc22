//! What earlier readings found changes how much is asked for, and never the numbers.

use crate::scale::fill;
use crate::{commands, empty, populated, queues, rq};
use testbed::Log;

#[tokio::test]
async fn what_was_empty_is_asked_for_at_once() {
    let redis = empty();
    fill(&redis, 500, 300);
    let rq = rq(&redis);
    let first = queues(&rq).await;
    redis.cli(&["CONFIG", "RESETSTAT"]);
    let (log, _guard) = Log::record();
    assert_eq!(queues(&rq).await, first);
    assert_eq!(log.round_trips(), 2);
    let commands = commands(&redis);
    let calls =
        |name: &str| commands.iter().find(|(command, _)| command == name).map_or(0, |(_, calls)| *calls);
    // Of each queue the list of jobs, the registry of finished ones, and the workers where there are some.
    assert_eq!(["llen", "zcard", "zcount", "scard"].map(calls), [500, 500, 500, 300]);
    assert!(calls("exists") < 25, "{commands:?}");
}

#[tokio::test]
async fn a_key_that_was_empty_so_far_takes_a_round_trip_once() {
    let redis = empty();
    fill(&redis, 100, 20);
    let rq = rq(&redis);
    queues(&rq).await;
    let (log, _guard) = Log::record();
    redis.cli(&["ZADD", "rq:canceled:q0003", "1000", "a", "1000", "b"]);
    redis.cli(&["ZADD", "rq:failed:q0003", "1000", "expired", "4000000000", "later", "-1", "never"]);
    for round_trips in [3, 3 + 2] {
        let found = &queues(&rq).await[3];
        assert_eq!((found.canceled, found.failed), (Some(2), Some(2)));
        assert_eq!(log.round_trips(), round_trips);
    }
    redis.cli(&["DEL", "rq:canceled:q0003", "rq:queue:q0003"]);
    let found = &queues(&rq).await[3];
    assert_eq!((found.canceled, found.queued), (Some(0), Some(0)));
    redis.cli(&["ZADD", "rq:canceled:q0003", "1000", "a"]);
    assert_eq!(queues(&rq).await[3].canceled, Some(1));
    assert_eq!(log.round_trips(), 3 + 2 + 2 + 2);
}

#[tokio::test]
async fn a_worker_that_dies_takes_a_round_trip_more_when_that_is_found() {
    let redis = empty();
    fill(&redis, 100, 100);
    let rq = rq(&redis);
    queues(&rq).await;
    redis.cli(&["DEL", "rq:worker:0001"]);
    redis.cli(&["SADD", "rq:workers:q0002", "rq:worker:ghost"]);
    let (log, _guard) = Log::record();
    for round_trips in [4, 4 + 3] {
        let workers: Vec<_> = queues(&rq).await.iter().filter_map(|queue| queue.workers).collect();
        assert_eq!((workers[..4].to_vec(), workers.iter().sum::<u64>()), (vec![1, 0, 1, 1], 99));
        assert_eq!(log.round_trips(), round_trips);
    }
    redis.cli(&["HSET", "rq:worker:0001", "state", "idle"]);
    assert_eq!(queues(&rq).await[1].workers, Some(1));
}

#[tokio::test]
async fn workers_of_a_queue_that_had_none_are_counted_without_the_dead() {
    let redis = empty();
    fill(&redis, 100, 20);
    let rq = rq(&redis);
    assert_eq!(queues(&rq).await[50].workers, Some(0));
    redis.cli(&["SADD", "rq:workers:q0050", "rq:worker:0001", "rq:worker:unlisted", "rq:worker:ghost"]);
    redis.cli(&["HSET", "rq:worker:unlisted", "state", "idle"]);
    for _ in 0..2 {
        assert_eq!(queues(&rq).await[50].workers, Some(2));
    }
}

#[tokio::test]
async fn a_key_that_was_empty_and_now_has_a_wrong_type_costs_its_own_value_only() {
    let redis = populated();
    let rq = rq(&redis);
    let before = queues(&rq).await;
    redis.cli(&["SET", "rq:deferred:webhooks", "x"]);
    let webhooks = before.iter().position(|queue| queue.name == "webhooks").unwrap();
    assert_eq!(before[webhooks].deferred, Some(0));
    let (log, _guard) = Log::record();
    for _ in 0..2 {
        let mut found = queues(&rq).await;
        assert_eq!(found[webhooks].deferred, None);
        found[webhooks].deferred = Some(0);
        assert_eq!(found, before);
    }
    assert_eq!(log.lines(&["WARN", "rq:deferred:webhooks"]), 1);
}

#[tokio::test]
async fn queues_come_and_go() {
    let redis = empty();
    fill(&redis, 3, 3);
    let rq = rq(&redis);
    queues(&rq).await;
    redis.cli(&["SREM", "rq:queues", "rq:queue:q0001"]);
    assert_eq!(queues(&rq).await.len(), 2);
    redis.cli(&["SADD", "rq:queues", "rq:queue:q0001", "rq:queue:new"]);
    redis.cli(&["RPUSH", "rq:queue:new", "job"]);
    let (log, _guard) = Log::record();
    let found = queues(&rq).await;
    assert_eq!(found.iter().map(|queue| queue.queued).collect::<Vec<_>>(), [Some(1); 4]);
    assert_eq!(log.round_trips(), 2);
}
