//! Refused logins, by a message that says what to do and shows no secret.

use rq_model::{Error, Rq};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{empty, settings, soon};

async fn refusal(url: String, login: Value) -> Error {
    let mut given = login;
    given["url"] = url.into();
    let rq = Rq::open(&settings(given)).unwrap();
    let begin = Instant::now();
    let error = rq.queues(&[], soon()).await.unwrap_err();
    assert!(!rq.answered_since(begin), "a refusal is no answer");
    let shown = format!("{error} {error:?} {rq:?}");
    assert!(!shown.contains("canary"), "{shown}");
    error
}

#[tokio::test]
async fn a_refused_login_names_server_and_database_only() {
    let redis = empty();
    let url = redis.url();
    redis.cli(&["ACL", "SETUSER", "reader", "on", ">right", "-@all", "+@read", "~other:*"]);
    redis.cli(&["CONFIG", "SET", "requirepass", "required"]);

    let none = refusal(url.clone(), json!({})).await;
    assert!(matches!(none, Error::Authentication { .. }), "{none:?}");
    assert!(none.to_string().contains(&format!("127.0.0.1:{}/0", redis.port())), "{none}");
    assert!(none.to_string().contains("password"), "{none}");

    let elsewhere = refusal(url.clone(), json!({"database": 1})).await;
    assert!(matches!(elsewhere, Error::Authentication { .. }), "{elsewhere:?}");

    let wrong = refusal(url.clone(), json!({"password": "canary"})).await;
    assert!(matches!(wrong, Error::Authentication { .. }), "{wrong:?}");

    let unknown = refusal(url.clone(), json!({"username": "canary", "password": "canary"})).await;
    assert!(matches!(unknown, Error::Authentication { .. }), "{unknown:?}");

    let others = refusal(url, json!({"username": "reader", "password": "right"})).await;
    assert!(matches!(others, Error::Authentication { .. }), "{others:?}");
    assert!(others.to_string().contains("+@read"), "{others}");
}

#[tokio::test]
async fn a_password_that_nobody_asked_for_is_refused_without_being_shown() {
    let redis = empty();
    let error = refusal(redis.url(), json!({"password": "canary"})).await;
    assert!(matches!(error, Error::Authentication { .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_no_matter_of_access() {
    let redis = empty();
    let error = refusal(redis.url(), json!({"database": 99})).await;
    assert!(matches!(error, Error::Command { .. }), "{error:?}");
    assert!(error.to_string().contains("/99"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let port = testbed::free_port().unwrap();
    let error = refusal(format!("redis://127.0.0.1:{port}/4"), json!({"password": "canary"})).await;
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}/4")), "{error}");
}
