//! Keys and messages that no Celery has written.

use serde_json::json;

use crate::{bind, celery, empty, found, message, populated, queue, soon, take, taken};
use testbed::Log;

#[tokio::test]
async fn a_key_of_another_type_costs_that_number_only() {
    let redis = populated();
    redis.cli(&["SET", "_kombu.binding.odd", "no set"]);
    redis.cli(&["DEL", "slow"]);
    redis.cli(&["HSET", "slow", "no", "list"]);
    redis.cli(&["SET", "bulk\x06\x163", "no list"]);
    let celery = celery(&redis);
    let (log, _guard) = Log::record();
    let slow = queue(&celery, "slow").await;
    assert_eq!((slow.waiting, slow.steps[1].waiting, slow.reserved), (None, Some(0), Some(8)));
    let bulk = queue(&celery, "bulk").await;
    let steps: Vec<_> = bulk.steps.iter().map(|step| step.waiting).collect();
    assert_eq!((bulk.waiting, steps), (None, vec![Some(12), None, Some(1), Some(0)]));
    assert_eq!(log.lines(&["WARN", "_kombu.binding.odd", "bulk", "slow"]), 1, "once, though asked twice");

    redis.cli(&["DEL", "unacked_index"]);
    redis.cli(&["SET", "unacked_index", "no sorted set"]);
    let told = found(&celery).await;
    assert_eq!(told.unacked, Some(9));
    assert!(told.queues.iter().all(|queue| queue.reserved.is_none() && queue.scheduled.is_none()));
    redis.cli(&["SET", "unacked", "no hash"]);
    assert_eq!(found(&celery).await.unacked, None);
    assert_eq!(celery.waiting(&[], soon()).await.unwrap().len(), 6);
}

#[tokio::test]
async fn a_message_that_is_none_costs_nothing_but_itself() {
    let redis = empty();
    bind(&redis, "q");
    taken(&redis, "good", "q", json!({}));
    taken(&redis, "later", "q", json!({"eta": "2999-01-01T00:00:00+00:00"}));
    let deep = "[".repeat(100_000);
    let huge = json!([message("huge", json!({"filler": "a".repeat(2 * 1024 * 1024)})), "", "q"]).to_string();
    for (tag, value) in [
        ("json", "no json"),
        ("deep", &deep),
        ("number", "[{\"headers\": {\"retries\": 1e999}}, \"\", \"q\"]"),
    ] {
        take(&redis, tag, value);
    }
    redis.cli(&["EVAL", "redis.call('HSET', 'unacked', '\\255', '\\255\\254') redis.call('ZADD', 'unacked_index', 1, '\\255')", "0"]);
    fill(&redis, "HSET", &["unacked", "huge"], &huge);
    redis.cli(&["ZADD", "unacked_index", "1", "huge", "2", "gone"]);
    let celery = celery(&redis);
    let (log, _guard) = Log::record();
    let told = found(&celery).await;
    assert_eq!(told.unacked, Some(7));
    assert_eq!((told.queues[0].reserved, told.queues[0].scheduled), (Some(1), Some(1)));
    assert_eq!(log.lines(&["WARN", "unacked", "no tasks"]), 1);
    found(&celery).await;
    assert_eq!(log.lines(&["WARN"]), 1);

    let good = message("good", json!({})).to_string();
    redis.cli(&["LPUSH", "q", &good, &deep, "no json"]);
    redis.cli(&["EVAL", "redis.call('RPUSH', 'q', '\\255')", "0"]);
    let waiting = celery.waiting(&[], soon()).await.unwrap();
    assert_eq!(waiting[0].next[0].message, None, "the tail is no message");
    assert_eq!(waiting[0].tasks.values().sum::<u64>(), 1);
    assert_eq!(waiting[0].scheduled.unwrap().overdue, 0);
    assert_eq!(log.lines(&["WARN", "key `q` holds messages that are no tasks"]), 1);
}

#[tokio::test]
async fn messages_too_long_to_be_read_are_not_asked_for() {
    let redis = empty();
    bind(&redis, "q");
    for _ in 0..3 {
        fill(&redis, "LPUSH", &["q"], &"a".repeat(8 * 1024 * 1024));
    }
    taken(&redis, "good", "q", json!({}));
    fill(&redis, "HSET", &["unacked", "huge"], &"a".repeat(8 * 1024 * 1024));
    redis.cli(&["ZADD", "unacked_index", "1", "huge"]);
    let celery = celery(&redis);
    let before = answered(&redis);
    let told = found(&celery).await;
    let waiting = celery.waiting(&[], soon()).await.unwrap();
    let bytes = answered(&redis) - before;
    assert!(bytes < 50_000, "{bytes} bytes");
    assert_eq!((told.unacked, told.queues[0].waiting, told.queues[0].reserved), (Some(2), Some(3), Some(1)));
    assert_eq!((waiting[0].next.len(), waiting[0].is_part), (1, true));
    assert!(waiting[0].next[0].message.is_none());
}

#[tokio::test]
async fn long_messages_behind_many_short_ones_are_read_within_the_bound() {
    let redis = empty();
    bind(&redis, "q");
    let long = "redis.call('LPUSH', 'q', string.rep('a', 3145728))";
    let short = "redis.call('LPUSH', 'q', ARGV[1])";
    let script = format!(
        "for n = 1, 15 do {short} end
        for n = 1, 40 do {long} end
        for n = 1, 20000 do {short} end"
    );
    redis.cli(&["EVAL", &script, "0", &message("id", json!({})).to_string()]);
    let celery = celery(&redis);
    let bytes = async || {
        let before = answered(&redis);
        let waiting = celery.waiting(&[], soon()).await.unwrap().remove(0);
        assert_eq!((waiting.next.len(), waiting.is_part), (1, true));
        (answered(&redis) - before, waiting)
    };
    let (sent, waiting) = bytes().await;
    assert!(sent < 20_000_000, "{sent} bytes");
    assert!(waiting.next[0].message.is_some());
    assert_eq!(waiting.tasks.values().sum::<u64>(), 15);

    redis.cli(&["LTRIM", "q", "0", "-16"]);
    let (sent, waiting) = bytes().await;
    assert!(sent < 20_000_000, "{sent} bytes");
    assert!(waiting.next[0].message.is_none());
}

#[tokio::test]
async fn more_unacknowledged_messages_than_are_read_leave_the_total() {
    let redis = empty();
    bind(&redis, "q");
    redis.cli(&["EVAL", "for n = 1, 5001 do redis.call('HSET', 'unacked', n, '{}') redis.call('ZADD', 'unacked_index', n, n) end", "0"]);
    let celery = celery(&redis);
    let (log, _guard) = Log::record();
    for _ in 0..2 {
        let told = found(&celery).await;
        assert_eq!(
            (told.unacked, told.queues[0].reserved, told.queues[0].waiting),
            (Some(5_001), None, Some(0))
        );
    }
    assert!(celery.waiting(&[], soon()).await.unwrap()[0].scheduled.is_none());
    assert_eq!(log.lines(&["WARN", "more than 5000 messages"]), 2, "once by each call");
}

#[tokio::test]
async fn names_that_are_not_text_are_told_apart() {
    let redis = empty();
    redis.cli(&["EVAL", "redis.call('SADD', '_kombu.binding.x', '\\6\\22\\6\\22a\\255', '\\6\\22\\6\\22a\\254') redis.call('LPUSH', 'a\\255', 1)", "0"]);
    let told = found(&celery(&redis)).await;
    let depths: Vec<_> = told.queues.iter().map(|queue| (queue.name.as_str(), queue.waiting)).collect();
    assert_eq!(depths, [("a\\xfe", Some(0)), ("a\\xff", Some(1))]);
}

#[tokio::test]
async fn names_that_are_too_long_are_left_out() {
    let redis = empty();
    let long = "a".repeat(501);
    bind(&redis, "q");
    bind(&redis, &long);
    redis.cli(&["SADD", "_kombu.binding.x", &format!("\x06\x16\x06\x16{long}"), "\x06\x16\x06\x16short"]);
    let celery = celery(&redis);
    let (log, _guard) = Log::record();
    for _ in 0..2 {
        let told = found(&celery).await;
        let names: Vec<_> = told.queues.iter().map(|queue| queue.name.as_str()).collect();
        assert_eq!(names, ["q", "short"]);
    }
    let left_out = ["_kombu.binding.x` binds queues", "key `_kombu.binding.*`", "longer than 500 bytes"];
    assert_eq!(log.lines(&left_out), 1, "once, though asked twice");
}

/// A value too long for a command line.
fn fill(redis: &testbed::Redis, command: &str, key: &[&str], value: &str) {
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    redis::cmd(command).arg(key).arg(value).exec(&mut connection).unwrap();
}

/// How many bytes the server has sent.
pub(crate) fn answered(redis: &testbed::Redis) -> u64 {
    let stats = redis.cli(&["INFO", "stats"]);
    let sent = stats.lines().find_map(|line| line.trim().strip_prefix("total_net_output_bytes:"));
    sent.unwrap().parse().unwrap()
}
