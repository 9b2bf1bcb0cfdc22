//! The number of round trips does not grow with the number of queues.

use std::time::Duration;

use celery_model::Error;
use serde_json::json;

use crate::{celery, empty, found, populated, soon, taken};
use testbed::Log;

#[tokio::test]
async fn a_thousand_queues_take_as_many_round_trips_as_two() {
    for size in [2, 1_000] {
        let redis = empty();
        fill(&redis, size);
        taken(&redis, "tag", "q0001", json!({}));
        let celery = celery(&redis);
        found(&celery).await;
        let (log, _guard) = Log::record();
        let told = found(&celery).await;
        assert_eq!(log.round_trips(), 3);
        assert_eq!(told.queues.len(), size);
        assert!(told.queues.iter().all(|queue| queue.waiting == Some(2)));
        assert_eq!(told.queues.iter().filter_map(|queue| queue.reserved).sum::<u64>(), 1);

        let waiting = celery.waiting(&[], soon()).await.unwrap();
        assert_eq!(log.round_trips(), 3 + 3);
        assert!(waiting.iter().all(|waiting| waiting.next.len() == 2));

        redis.cli(&["DEL", "unacked", "unacked_index"]);
        found(&celery).await;
        assert_eq!(log.round_trips(), 3 + 3 + 2);
    }
}

#[tokio::test]
async fn the_first_call_walks_over_all_keys_and_the_others_over_a_part() {
    let redis = populated();
    redis.cli(&["EVAL", "for n = 1, 45000 do redis.call('SET', 'other' .. n, '') end", "0"]);
    let celery = celery(&redis);
    let (log, _guard) = Log::record();
    assert_eq!(found(&celery).await.queues.len(), 6);
    // Steps over 1,000 keys or a few more.
    let first = log.round_trips();
    assert!((40..=50).contains(&first), "{first}");
    assert_eq!(found(&celery).await.queues.len(), 6);
    assert_eq!(log.round_trips() - first, 3);

    crate::bind(&redis, "new");
    for _ in 0..2 * first {
        found(&celery).await;
        pass(Duration::from_secs(5)).await;
    }
    assert_eq!(found(&celery).await.queues.len(), 7);
}

#[tokio::test]
async fn what_is_no_celery_is_walked_through_slowly() {
    let redis = empty();
    redis.cli(&["EVAL", "for n = 1, 150000 do redis.call('SET', 'other' .. n, '') end", "0"]);
    let celery = celery(&redis);
    let steps = || {
        let stats = redis.cli(&["INFO", "commandstats"]);
        let scan = stats.lines().find_map(|line| line.strip_prefix("cmdstat_scan:calls="));
        scan.unwrap().split(',').next().unwrap().parse::<u64>().unwrap()
    };
    assert!(!found(&celery).await.is_found);
    assert_eq!(steps(), 100);
    for _ in 0..3 {
        found(&celery).await;
    }
    assert_eq!(steps(), 100);
    pass(Duration::from_secs(60)).await;
    found(&celery).await;
    found(&celery).await;
    assert_eq!(steps(), 101);

    // The queue of kombu's default exchange needs no step, and ends the leisure.
    crate::bind(&redis, "celery");
    let told = celery.queues(&[], soon()).await.unwrap();
    assert!(told.is_found && told.queues[0].name == "celery");
    assert!(steps() > 110, "{}", steps());
}

#[tokio::test]
async fn what_is_read_of_long_queues_is_a_part() {
    let redis = empty();
    crate::bind(&redis, "q");
    let message = crate::message("id", json!({})).to_string();
    let script = "for n = 1, 30000 do redis.call('LPUSH', 'q', ARGV[1]) end";
    redis.cli(&["EVAL", script, "0", &message]);
    let celery = celery(&redis);
    let waiting = celery.waiting(&[], soon()).await.unwrap();
    assert_eq!((waiting[0].tasks.values().sum::<u64>(), waiting[0].is_part), (100, true));
    assert_eq!(found(&celery).await.queues[0].waiting, Some(30_000));
}

#[tokio::test]
async fn queues_longer_than_all_that_is_read_take_ten_round_trips_more() {
    let redis = empty();
    crate::bind(&redis, "q");
    let message = crate::message("id", json!({"filler": "a".repeat(2_000)})).to_string();
    redis.cli(&["EVAL", "for n = 1, 10000 do redis.call('LPUSH', 'q', ARGV[1]) end", "0", &message]);
    let celery = celery(&redis);
    found(&celery).await;
    let (log, _guard) = Log::record();
    let waiting = celery.waiting(&[], soon()).await.unwrap();
    assert_eq!((waiting[0].tasks.values().sum::<u64>(), waiting[0].is_part), (100, true));
    assert_eq!(log.round_trips(), 3 + 10);
}

#[tokio::test]
async fn more_bindings_than_are_read_fail_by_a_clear_message() {
    let redis = empty();
    let script = "for e = 1, 200 do for n = 1, 1000 do
        redis.call('SADD', '_kombu.binding.' .. e, n .. '\\6\\22\\6\\22' .. n)
    end end";
    redis.cli(&["EVAL", script, "0"]);
    let before = crate::hostile::answered(&redis);
    let error = celery(&redis).queues(&[], soon()).await.unwrap_err();
    assert!(error.to_string().contains("more than 100000 bindings"), "{error}");
    assert!(crate::hostile::answered(&redis) - before < 5_000_000);

    // Most of them in one: read in another round trip, as far as the others leave room.
    redis.cli(&["EVAL", "for e = 2, 200 do redis.call('SPOP', '_kombu.binding.' .. e, 999) end", "0"]);
    assert_eq!(found(&celery(&redis)).await.queues.len(), 1_000);
}

#[tokio::test]
async fn more_queues_than_are_read_fail_by_a_clear_message() {
    let redis = empty();
    let script = "for n = 1, 10001 do redis.call('SADD', '_kombu.binding.x', '\\6\\22\\6\\22' .. n) end";
    redis.cli(&["EVAL", script, "0"]);
    let celery = celery(&redis);
    let error = celery.queues(&[], soon()).await.unwrap_err();
    assert!(matches!(error, Error::TooManyQueues { .. }), "{error:?}");
    assert!(error.to_string().contains("_kombu.binding.*"), "{error}");
    redis.cli(&["SPOP", "_kombu.binding.x"]);
    assert_eq!(found(&celery).await.queues.len(), 10_000);
}

/// Lets so much time pass for the client.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// So many queues, each with a message in its first list and in its last.
fn fill(redis: &testbed::Redis, queues: usize) {
    let script = format!(
        "for n = 1, {queues} do
            local name = string.format('q%04d', n)
            redis.call('SADD', '_kombu.binding.' .. name, name .. '\\6\\22\\6\\22' .. name)
            redis.call('LPUSH', name, ARGV[1])
            redis.call('LPUSH', name .. '\\6\\0229', ARGV[1])
        end"
    );
    redis.cli(&["EVAL", &script, "0", &crate::message("id", json!({})).to_string()]);
}
