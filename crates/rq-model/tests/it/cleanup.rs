//! What RQ's clean-up would change, counted without changing it.

use rq_model::Queue;

use crate::{empty, queue, rq};

/// A queue `q` that RQ knows, after these commands.
async fn after(commands: &[&str]) -> Queue {
    let redis = empty();
    redis.cli(&["SADD", "rq:queues", "rq:queue:q"]);
    for command in commands {
        redis.cli(&command.split(' ').collect::<Vec<_>>());
    }
    queue(&rq(&redis), "q").await
}

#[tokio::test]
async fn expired_entries_are_not_counted_but_eternal_ones_are() {
    let q = after(&[
        "ZADD rq:finished:q 0 zero 1000 expired -1 never +inf forever 4000000000 later",
        "ZADD rq:failed:q 1000 expired -1 never 4000000000 later",
        "ZADD rq:deferred:q 1000 waits",
        "ZADD rq:scheduled:q 1000 overdue",
    ])
    .await;
    assert_eq!((q.finished, q.failed, q.deferred, q.scheduled), (Some(3), Some(2), Some(1), Some(1)));
}

#[tokio::test]
async fn an_abandoned_job_has_failed_unless_it_may_be_retried() {
    let q = after(&[
        "ZADD rq:wip:q 1000 lost 1000 again 1000 spent 1000 gone 4000000000 runs",
        "HSET rq:job:lost status started",
        "HSET rq:job:again status started retries_left 2",
        "HSET rq:job:spent status started retries_left 0",
    ])
    .await;
    assert_eq!((q.started, q.failed), (Some(1), Some(2)));
}

#[tokio::test]
async fn the_runs_of_rq_2_belong_to_their_job() {
    let q = after(&[
        "ZADD rq:wip:q 1000 lost:e1 1000 lost:e2 1000 again:e3 1000 gone:e4",
        "HSET rq:job:lost status started",
        "HSET rq:job:again status started retries_left 1",
    ])
    .await;
    assert_eq!((q.started, q.failed), (Some(0), Some(1)));
}

/// Jobs that ended but stayed in the registry, as members of RQ 1, of RQ 2 and of neither.
const LEFTOVERS: [&str; 4] = [
    "ZADD rq:wip:q 1000 plain 1000 run:e1 1000 lost:e2",
    "HSET rq:job:plain status finished",
    "HSET rq:job:run status finished",
    "HSET rq:job:lost status started",
];

async fn failed_beside(workers: &[&str]) -> Option<u64> {
    let mut commands = LEFTOVERS.to_vec();
    commands.extend(workers);
    after(&commands).await.failed
}

#[tokio::test]
async fn what_is_no_longer_started_was_abandoned_until_rq_3() {
    let of_2 = ["SADD rq:workers rq:worker:a", "HSET rq:worker:a version 2.6.1"];
    let of_3 = ["SADD rq:workers rq:worker:b rq:worker:dead", "HSET rq:worker:b version 3.0.0"];
    assert_eq!(failed_beside(&of_2).await, Some(3));
    assert_eq!(failed_beside(&of_3).await, Some(1));
    assert_eq!(failed_beside(&[of_2, of_3].concat()).await, Some(1));
    // Nobody says which RQ it is: executions are read as the newest one does.
    assert_eq!(failed_beside(&[]).await, Some(2));
    assert_eq!(failed_beside(&["SADD rq:workers rq:worker:c", "SET rq:worker:c x"]).await, Some(2));
}

#[tokio::test]
async fn an_abandoned_job_that_waits_before_it_is_retried_is_scheduled() {
    let q = after(&[
        "ZADD rq:wip:q 1000 later 1000 now 1000 spent 1000 odd 1000 known",
        "ZADD rq:scheduled:q 4000000000 known 4000000000 other",
        "HSET rq:job:later status started retries_left 1 retry_intervals [0,60]",
        "HSET rq:job:now status started retries_left 2 retry_intervals [0,60]",
        "HSET rq:job:spent status started retries_left 0 retry_intervals [60]",
        "HSET rq:job:odd status started retries_left 1 retry_intervals [",
        "HSET rq:job:known status started retries_left 9 retry_intervals [60]",
    ])
    .await;
    assert_eq!((q.started, q.failed, q.scheduled), (Some(0), Some(1), Some(3)));
}

#[tokio::test]
async fn an_abandoned_job_whose_failure_is_not_kept_is_gone() {
    let q = after(&["ZADD rq:wip:q 1000 lost", "HSET rq:job:lost status started failure_ttl 0"]).await;
    assert_eq!((q.started, q.failed), (Some(0), Some(0)));
}

#[tokio::test]
async fn an_id_with_a_colon_is_looked_up_as_it_is_first() {
    let q = after(&[
        "ZADD rq:wip:q 1000 report:7",
        "HSET rq:job:report:7 status started retries_left 1",
        "HSET rq:job:report status finished",
    ])
    .await;
    assert_eq!(q.failed, Some(0));
}

#[tokio::test]
async fn an_abandoned_job_that_already_failed_is_counted_once() {
    let q = after(&[
        "ZADD rq:wip:q 1000 counted 1000 expired",
        "HSET rq:job:counted status failed",
        "HSET rq:job:expired status failed",
        "ZADD rq:failed:q 4000000000 counted 1000 expired",
    ])
    .await;
    assert_eq!(q.failed, Some(2));
}

#[tokio::test]
async fn a_job_key_that_is_no_hash_is_no_job() {
    let q =
        after(&["ZADD rq:wip:q 1000 odd 1000 lost", "SET rq:job:odd x", "HSET rq:job:lost status started"])
            .await;
    assert_eq!(q.failed, Some(1));
}

#[tokio::test]
async fn workers_without_a_key_are_dead_wherever_they_are_listed() {
    let q = after(&[
        "SADD rq:workers rq:worker:alive rq:worker:dead",
        "SADD rq:workers:q rq:worker:alive rq:worker:dead rq:worker:unlisted rq:worker:ghost",
        "HSET rq:worker:alive state idle",
        "HSET rq:worker:unlisted state idle",
    ])
    .await;
    assert_eq!(q.workers, Some(2));
}
