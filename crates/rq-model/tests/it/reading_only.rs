//! Nothing is written, and nothing needs more than the right to read.

use serde_json::json;

use crate::{assert_only_read, contents, populated, queues, rq, settings, soon};
use rq_model::Rq;

#[tokio::test]
async fn keys_stay_as_they_are_and_no_command_writes() {
    let redis = populated();
    // Everything that RQ would clean up.
    redis.cli(&["ZADD", "rq:wip:default", "1000", "ok-0", "1000", "gone"]);
    redis.cli(&["ZADD", "rq:finished:default", "1000", "expired"]);
    redis.cli(&["ZADD", "rq:failed:default", "1000", "expired"]);
    redis.cli(&["LPUSH", "rq:queue:default", "gone"]);
    let before = contents(&redis);
    assert!(before.len() > 80);
    redis.cli(&["CONFIG", "RESETSTAT"]);
    let rq = rq(&redis);
    for _ in 0..3 {
        queues(&rq).await;
        assert!(rq.workers(&[], soon()).await.unwrap().workers.is_some_and(|workers| !workers.is_empty()));
        assert!(!rq.waiting(&[], soon()).await.unwrap().is_empty());
        rq.ping(soon()).await.unwrap();
    }
    assert_only_read(&redis);
    assert_eq!(contents(&redis), before);
}

#[tokio::test]
async fn the_user_that_the_documentation_names_can_read_everything() {
    let redis = populated();
    redis.cli(&["ZADD", "rq:wip:default", "1000", "ok-0"]);
    redis.cli(&["SADD", "rq:workers:default", "rq:worker:unlisted"]);
    let expected = queues(&rq(&redis)).await;
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">pw", "-@all", "+@read", "~rq:*"]);
    let login = json!({"url": redis.url(), "username": "metrics", "password": "pw"});
    let reader = Rq::open(&settings(login.clone())).unwrap();
    assert_eq!(queues(&reader).await, expected);
    reader.workers(&[], soon()).await.unwrap();
    reader.waiting(&[], soon()).await.unwrap();
    reader.ping(soon()).await.unwrap();
}

#[tokio::test]
async fn another_database_needs_the_right_to_select_it() {
    let redis = populated();
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">pw", "-@all", "+@read", "~rq:*"]);
    let login = json!({"url": redis.url(), "username": "metrics", "password": "pw", "database": 1});
    let reader = Rq::open(&settings(login)).unwrap();
    let error = reader.queues(&[], soon()).await.unwrap_err().to_string();
    assert!(error.contains("+select"), "{error}");
    redis.cli(&["ACL", "SETUSER", "metrics", "+select"]);
    assert_eq!(queues(&reader).await, []);
}
