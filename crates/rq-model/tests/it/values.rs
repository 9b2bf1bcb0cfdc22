//! The numbers of a real Nautobot, against the page that the plugin printed from them.

use rq_model::Queue;

use crate::{populated, queue, queues, rq, soon};
use testbed::Log;

/// A queue that is in the plugin's settings but not in Redis.
const IDLE: &str = "idle queue é\"x\\y";

#[tokio::test]
async fn every_number_is_the_one_that_the_plugin_printed() {
    let redis = populated();
    let queues = rq(&redis).queues(&[IDLE.to_owned(), "default".to_owned()], soon()).await.unwrap();
    let names: Vec<_> = queues.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(names, ["check_releases", "custom_fields", "custom_queue", "default", IDLE, "webhooks"]);

    let page = testbed::samples(testbed::page("nautobot-1.6.32/rq-metrics.txt"));
    let mut compared = 0;
    for (labels, value) in &page["nautobot_queue_number_jobs"] {
        let [(_, name), (_, status)] = labels.as_slice() else { panic!("{labels:?}") };
        let queue = queues.iter().find(|queue| queue.name == *name).unwrap();
        assert_eq!(number(queue, status), Some(*value as u64), "{name} {status}");
        compared += 1;
    }
    assert_eq!(compared, 30);
    for (labels, value) in &page["nautobot_queue_number_workers"] {
        let queue = queues.iter().find(|queue| queue.name == labels[0].1).unwrap();
        // The plugin counts `ghost-no-key`, which listened to `webhooks` before it died.
        let dead = u64::from(queue.name == "webhooks");
        assert_eq!(queue.workers, Some(*value as u64 - dead), "{}", queue.name);
    }
}

#[tokio::test]
async fn waiting_and_cancelled_jobs_are_counted_too() {
    let redis = populated();
    let fields = queue(&rq(&redis), "custom_fields").await;
    assert_eq!((fields.queued, fields.canceled), (Some(4), Some(1)));
}

#[tokio::test]
async fn an_empty_database_has_the_configured_queues_only() {
    let redis = crate::empty();
    let rq = rq(&redis);
    assert_eq!(queues(&rq).await, []);
    let configured = ["b", "a", "b"].map(str::to_owned);
    let queues = rq.queues(&configured, soon()).await.unwrap();
    assert_eq!(queues.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((queues[0].queued, queues[0].failed, queues[0].workers), (Some(0), Some(0), Some(0)));
}

#[tokio::test]
async fn a_key_of_a_wrong_type_costs_its_own_value_only() {
    let redis = populated();
    redis.cli(&["SET", "rq:queue:default", "x"]);
    redis.cli(&["DEL", "rq:failed:default", "rq:workers:webhooks", "rq:wip:check_releases"]);
    redis.cli(&["LPUSH", "rq:failed:default", "x"]);
    redis.cli(&["SET", "rq:workers:webhooks", "x"]);
    redis.cli(&["HSET", "rq:wip:check_releases", "x", "y"]);
    let rq = rq(&redis);
    let default = queue(&rq, "default").await;
    assert_eq!((default.queued, default.failed), (None, None));
    assert_eq!((default.finished, default.workers), (Some(5), Some(3)));
    let webhooks = queue(&rq, "webhooks").await;
    assert_eq!((webhooks.workers, webhooks.finished), (None, Some(2)));
    let releases = queue(&rq, "check_releases").await;
    assert_eq!((releases.started, releases.failed, releases.workers), (None, Some(0), Some(1)));
}

#[tokio::test]
async fn what_is_left_out_is_logged_when_it_is_first_seen() {
    let redis = populated();
    redis.cli(&["SET", "rq:queue:default", "x"]);
    let rq = rq(&redis);
    let (log, _guard) = Log::record();
    queues(&rq).await;
    queues(&rq).await;
    assert_eq!(log.lines(&["WARN", "rq:queue:default"]), 1);
    redis.cli(&["DEL", "rq:queue:default"]);
    queues(&rq).await;
    redis.cli(&["SET", "rq:queue:default", "x"]);
    queues(&rq).await;
    assert_eq!(log.lines(&["WARN", "rq:queue:default"]), 2);
}

#[tokio::test]
async fn each_call_remembers_what_it_has_logged() {
    let redis = populated();
    redis.cli(&["SET", "rq:queue:default", "x"]);
    redis.cli(&["SET", "rq:queue:default:intermediate", "x"]);
    let rq = rq(&redis);
    let (log, _guard) = Log::record();
    for _ in 0..3 {
        queues(&rq).await;
        rq.waiting(&[], soon()).await.unwrap();
    }
    assert_eq!(log.lines(&["WARN"]), 2);
    assert_eq!(log.lines(&["WARN", "rq:queue:default:intermediate"]), 1);
}

#[tokio::test]
async fn registers_of_a_wrong_type_leave_what_is_configured() {
    let redis = populated();
    redis.cli(&["SET", "rq:queues", "x"]);
    redis.cli(&["SET", "rq:workers", "x"]);
    let queues = rq(&redis).queues(&["default".to_owned()], soon()).await.unwrap();
    assert_eq!(queues.len(), 1);
    assert_eq!((queues[0].finished, queues[0].workers), (Some(5), None));
}

#[tokio::test]
async fn one_line_of_the_log_names_ten_keys_at_most() {
    let redis = crate::empty();
    let rq = rq(&redis);
    let (log, _guard) = Log::record();
    for queue in 0..25 {
        redis.cli(&["SADD", "rq:queues", &format!("rq:queue:{queue:02}")]);
        redis.cli(&["SET", &format!("rq:failed:{queue:02}"), "x"]);
    }
    queues(&rq).await;
    queues(&rq).await;
    assert_eq!(log.lines(&["WARN"]), 1);
    assert_eq!(log.lines(&["WARN", "rq:failed:09", "and 15 more"]), 1);
    assert_eq!(log.lines(&["rq:failed:10"]), 0);
}

#[tokio::test]
async fn queues_whose_names_are_not_text_stay_apart() {
    let redis = crate::empty();
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    for (name, jobs) in [(&b"\xff"[..], 1), (b"\xfe", 2)] {
        let key = [b"rq:queue:", name].concat();
        redis::cmd("SADD").arg("rq:queues").arg(&key).exec(&mut connection).unwrap();
        redis::cmd("RPUSH").arg(&key).arg(vec!["job"; jobs]).exec(&mut connection).unwrap();
    }
    let found = queues(&rq(&redis)).await;
    let found: Vec<_> = found.iter().map(|queue| (queue.name.as_str(), queue.queued)).collect();
    assert_eq!(found, [("\\xfe", Some(2)), ("\\xff", Some(1))]);
}

#[tokio::test]
async fn rq_with_a_prefix_of_its_own_is_read_under_it() {
    let redis = populated();
    let expected = queues(&rq(&redis)).await;
    // What RQ 3.0 allows in its `RQ_KEY_PREFIX`, some of which means something else to those who match or fill in.
    let prefix = "{my-app}.rq_1";
    let script = "for _, key in ipairs(redis.call('KEYS', 'rq:*')) do
            redis.call('RENAME', key, ARGV[1] .. string.sub(key, 3))
        end
        for _, set in ipairs(redis.call('KEYS', '*workers*')) do
            for _, worker in ipairs(redis.call('SMEMBERS', set)) do
                redis.call('SREM', set, worker)
                redis.call('SADD', set, ARGV[1] .. string.sub(worker, 3))
            end
        end
        for _, queue in ipairs(redis.call('SMEMBERS', ARGV[1] .. ':queues')) do
            redis.call('SREM', ARGV[1] .. ':queues', queue)
            redis.call('SADD', ARGV[1] .. ':queues', ARGV[1] .. string.sub(queue, 3))
        end";
    redis.cli(&["EVAL", script, "0", prefix]);
    assert_eq!(queues(&rq(&redis)).await, []);
    let prefixed = crate::patient(serde_json::json!({"url": redis.url(), "key_prefix": prefix}));
    assert_eq!(queues(&prefixed).await, expected);

    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">pw", "-@all", "+@read", "~rq:*"]);
    let login = serde_json::json!({
        "url": redis.url(), "key_prefix": prefix, "username": "metrics", "password": "pw",
    });
    let refusal = crate::patient(login).queues(&[], soon()).await.unwrap_err().to_string();
    assert!(refusal.contains(&format!("~{prefix}:*")), "{refusal}");
}

fn number(queue: &Queue, status: &str) -> Option<u64> {
    match status {
        "finished" => queue.finished,
        "started" => queue.started,
        "deferred" => queue.deferred,
        "failed" => queue.failed,
        "scheduled" => queue.scheduled,
        other => panic!("{other}"),
    }
}
