//! Redis behind Sentinels, which have logins of their own.

use rq_model::{Error, Rq};
use serde_json::{Value, json};
use testbed::Sentinel;

use crate::{empty, patient, populated, queues, rq, soon};

/// A Sentinel that lets nobody in but `watcher`, who may ask for the master and nothing else.
fn guarded(master: &testbed::Redis) -> Sentinel {
    let watcher = "user watcher on >outer resetchannels -@all +sentinel|get-master-addr-by-name";
    Sentinel::start(master, &[watcher]).unwrap()
}

async fn refusal(settings: Value) -> Error {
    let error = patient(settings).queues(&[], soon()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    error
}

#[tokio::test]
async fn the_master_is_where_the_sentinels_say() {
    let redis = populated();
    let expected = queues(&rq(&redis)).await;
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">inner", "-@all", "+@read", "~rq:*"]);
    let sentinel = guarded(&redis);
    let nobody = format!("127.0.0.1:{}", testbed::free_port().unwrap());
    let rq = patient(json!({
        // Nautobot's environment names a host in any case.
        "host": "nowhere.invalid",
        "sentinels": [nobody, sentinel.address()],
        "sentinel_master": "cache",
        "sentinel_username": "watcher",
        "sentinel_password": "outer",
        "username": "metrics",
        "password": "inner",
    }));
    assert_eq!(rq.target(), "sentinel:cache/0");
    assert_eq!(queues(&rq).await, expected);
}

#[tokio::test]
async fn a_new_master_is_read_as_soon_as_the_old_one_is_gone() {
    let (mut old, new) = (empty(), populated());
    let sentinel = Sentinel::start(&old, &[]).unwrap();
    let rq = patient(json!({"sentinels": [sentinel.address()], "sentinel_master": "cache"}));
    assert_eq!(queues(&rq).await, []);
    sentinel.promote(&new);
    old.stop();
    assert_eq!(queues(&rq).await, queues(&crate::rq(&new)).await);
}

#[tokio::test]
async fn sentinels_that_do_not_tell_are_named_with_the_reason() {
    let redis = empty();
    let sentinel = guarded(&redis);
    let with = |login: Value| {
        let mut settings = json!({"sentinels": [sentinel.address()], "sentinel_master": "canary"});
        settings.as_object_mut().unwrap().extend(login.as_object().unwrap().clone());
        settings
    };
    let login =
        json!({"sentinel_username": "watcher", "sentinel_password": "outer", "sentinel_master": "other"});
    let unknown = refusal(with(login)).await;
    assert!(matches!(unknown, Error::Connect { .. }), "{unknown:?}");
    assert!(
        unknown.to_string().contains(&format!("{} knows no master `other`", sentinel.address())),
        "{unknown}"
    );

    let login =
        json!({"sentinel_username": "watcher", "sentinel_password": "canary", "sentinel_master": "cache"});
    let wrong = refusal(with(login)).await.to_string();
    assert!(wrong.contains("sentinel_password"), "{wrong}");

    let nobody = format!("127.0.0.1:{}", testbed::free_port().unwrap());
    let away = refusal(json!({"sentinels": [nobody], "sentinel_master": "cache"})).await.to_string();
    assert!(away.contains(&nobody), "{away}");
}

#[tokio::test]
async fn a_sentinel_that_hangs_leaves_time_for_the_others() {
    let (redis, hung) = (populated(), empty());
    let sentinel = Sentinel::start(&redis, &[]).unwrap();
    hung.pause();
    let settings = json!({
        "sentinels": [format!("127.0.0.1:{}", hung.port()), sentinel.address()],
        "sentinel_master": "cache",
        "connect_timeout": "3s",
        "response_timeout": "1m",
    });
    let rq = Rq::open(&crate::settings(settings)).unwrap();
    assert!(!queues(&rq).await.is_empty());
    hung.resume();
}
