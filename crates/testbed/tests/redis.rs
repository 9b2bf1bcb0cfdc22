//! A throw-away Redis server and the keys of a real Nautobot.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeSet;

use testbed::Redis;

#[test]
fn the_keys_say_what_the_plugin_saw() {
    let redis = Redis::start().unwrap();
    redis.load_rq();
    let page = testbed::samples(testbed::page("nautobot-1.6.32/rq-metrics.txt"));
    let now = redis.cli(&["TIME"]).lines().next().unwrap().to_owned();
    for (labels, &seen) in &page["nautobot_queue_number_jobs"] {
        let [(_, queue), (_, status)] = labels.as_slice() else { panic!("{labels:?}") };
        let registry = if status == "started" { "wip" } else { status };
        let key = format!("rq:{registry}:{queue}");
        let members: f64 = redis.cli(&["ZCARD", &key]).parse().unwrap();
        let expired: f64 = redis.cli(&["ZCOUNT", &key, "0", &now]).parse().unwrap();
        let is_cleaned = ["finished", "failed", "started"].contains(&status.as_str());
        assert_eq!(if is_cleaned { members - expired } else { members }, seen, "{key}");
    }
    for (labels, &seen) in &page["nautobot_queue_number_workers"] {
        let key = format!("rq:workers:{}", labels[0].1);
        assert_eq!(redis.cli(&["SCARD", &key]).parse::<f64>().unwrap(), seen, "{key}");
    }
}

#[test]
fn every_key_is_there_with_its_life_time() {
    let redis = Redis::start().unwrap();
    redis.load_rq();
    assert_eq!(redis.cli(&["DBSIZE"]), "86");
    redis.load_rq();
    assert_eq!(redis.cli(&["DBSIZE"]), "86");
    let types: BTreeSet<String> =
        redis.cli(&["KEYS", "*"]).lines().map(|key| redis.cli(&["TYPE", key])).collect();
    assert_eq!(types, ["hash", "list", "set", "stream", "string", "zset"].map(String::from).into());
    let worker: u32 = redis.cli(&["TTL", "rq:worker:ref-wA-16"]).parse().unwrap();
    assert!((70..=80).contains(&worker), "{worker}");
    assert_eq!(redis.cli(&["TTL", "rq:queues"]), "-1");
    assert_eq!(redis.cli(&["ZSCORE", "rq:finished:custom_fields", "ghost-forever"]), "-1");
    // zlib's first two bytes
    assert!(redis.cli(&["--no-raw", "HGET", "rq:job:ok-0", "data"]).starts_with("\"x\\x9c"));
}

#[test]
fn celerys_keys_are_there() {
    let redis = Redis::start().unwrap();
    redis.load_celery();
    redis.load_celery();
    assert_eq!(redis.cli(&["DBSIZE"]), "23");
    assert_eq!(redis.cli(&["LLEN", "bulk\x06\x166"]), "1");
    assert_eq!(
        redis.cli(&["ZSCORE", "unacked_index", "2376703d-f93c-41ab-8957-be07bc0661a7"]),
        "1795377723.6322124"
    );
    assert!(redis.cli(&["LINDEX", "ünïcode-q", "0"]).starts_with("{\"body\": \"W1"));
}

#[test]
#[should_panic(expected = "unknown command")]
fn a_command_that_is_refused_panics() {
    Redis::start().unwrap().cli(&["NONSENSE"]);
}

#[test]
fn pauses_stops_and_comes_back() {
    let mut redis = Redis::start().unwrap();
    redis.cli(&["SET", "kept", "1"]);
    let first = redis.pid();
    redis.pause();
    let stat = std::fs::read_to_string(format!("/proc/{first}/stat")).unwrap();
    assert!(stat.contains(") T "), "{stat}");
    redis.resume();
    assert_eq!(redis.cli(&["GET", "kept"]), "1");

    redis.stop();
    assert!(std::net::TcpStream::connect(("127.0.0.1", redis.port())).is_err());
    redis.restart();
    assert_ne!(redis.pid(), first);
    assert_eq!(redis.cli(&["GET", "kept"]), "1");
}
