//! The number of round trips does not grow with the number of queues.

use celery_model::Error;
use serde_json::json;

use crate::log::Log;
use crate::{celery, empty, found, populated, soon, taken};

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
    // Four steps more, those of the others as well as the bindings and what they bind.
    let first = log.round_trips();
    assert!((6..=9).contains(&first), "{first}");
    assert_eq!(found(&celery).await.queues.len(), 6);
    assert_eq!(log.round_trips() - first, 3);

    crate::bind(&redis, "new");
    for _ in 0..8 {
        found(&celery).await;
    }
    assert_eq!(found(&celery).await.queues.len(), 7);
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
