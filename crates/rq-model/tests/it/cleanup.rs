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
