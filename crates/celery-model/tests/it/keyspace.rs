//! kombu's transport options.

use serde_json::json;

use crate::{found, patient};

#[tokio::test]
async fn prefix_steps_and_separator_are_the_brokers() {
    let redis = crate::empty();
    // Another broker in the same database, and a prefix that is a pattern if it is not taken literally.
    redis.load_celery();
    redis.cli(&["SADD", "a*_kombu.binding.q", "q||||q", "||||x.celery.pidbox"]);
    redis.cli(&["SADD", "abc_kombu.binding.other", "other||||other"]);
    redis.cli(&["LPUSH", "a*q", "1"]);
    redis.cli(&["LPUSH", "a*q||1", "1", "2"]);
    redis.cli(&["LPUSH", "a*q||5", "1", "2", "3", "4"]);
    redis.cli(&["LPUSH", "a*q||3", "no step of theirs"]);
    let unacked = json!([crate::message("1", json!({})), "", "q"]).to_string();
    redis.cli(&["HSET", "a*unacked", "tag", &unacked]);
    redis.cli(&["ZADD", "a*unacked_index", "1", "tag"]);
    let options = json!({"global_keyprefix": "a*", "priority_steps": [0, 1, 5], "sep": "||"});
    let found = found(&patient(json!({"url": redis.url()}), options)).await;
    let [queue] = found.queues.as_slice() else { panic!("{found:?}") };
    let steps: Vec<_> = queue.steps.iter().map(|step| (step.priority, step.waiting)).collect();
    assert_eq!(steps, [(0, Some(1)), (1, Some(2)), (5, Some(4))]);
    assert_eq!((queue.name.as_str(), queue.waiting, queue.reserved), ("q", Some(7), Some(1)));
}

#[tokio::test]
async fn all_ten_priorities_may_have_a_list() {
    let redis = crate::empty();
    crate::bind(&redis, "q");
    redis.cli(&["LPUSH", "q", "0"]);
    for priority in 1..10 {
        redis.cli(&["LPUSH", &format!("q\x06\x16{priority}"), "0"]);
    }
    let steps: Vec<u8> = (0..10).collect();
    let celery = patient(json!({"url": redis.url()}), json!({"priority_steps": steps}));
    assert_eq!(crate::queue(&celery, "q").await.waiting, Some(10));
}
