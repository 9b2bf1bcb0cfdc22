use secrecy::SecretString;
use serde_json::json;

use super::*;

fn settings(json: serde_json::Value) -> Settings {
    serde_json::from_value(json).unwrap()
}

fn target(json: serde_json::Value) -> String {
    crate::Redis::open(&settings(json), "+@read ~*").unwrap().target().to_owned()
}

fn refusal(json: serde_json::Value) -> String {
    crate::Redis::open(&settings(json), "+@read ~*").unwrap_err().to_string()
}

#[test]
fn single_keys_override_the_url() {
    assert_eq!(target(json!({})), "localhost:6379/0");
    assert_eq!(target(json!({"url": "redis://cache:7000/3"})), "cache:7000/3");
    assert_eq!(target(json!({"url": "redis://cache:7000/3", "host": "db", "database": 1})), "db:7000/1");
    assert_eq!(target(json!({"url": "unix:///run/redis.sock?db=2"})), "unix:/run/redis.sock/2");
    assert_eq!(target(json!({"host": "/run/redis.sock"})), "unix:/run/redis.sock/0");
    assert_eq!(target(json!({"url": "rediss://cache"})), "cache:6379/0");
    assert_eq!(target(json!({"url": "unix:///run/redis.sock", "host": ""})), "unix:/run/redis.sock/0");
    assert_eq!(target(json!({"url": "unix:///run/redis.sock", "host": "cache"})), "cache:6379/0");
}

#[test]
fn sentinels_take_the_place_of_an_address() {
    let given =
        json!({"sentinels": ["a", "b:7", "[::1]:8"], "sentinel_master": "m", "database": 2, "tls": true});
    assert_eq!(target(given.clone()), "sentinel:m/2");
    let sentinels = settings(given).sentinels().unwrap().unwrap();
    let addresses: Vec<_> =
        sentinels.clients.iter().map(|client| client.get_connection_info().addr().to_string()).collect();
    assert_eq!(addresses, ["a:26379", "b:7", "::1:8"]);
    assert!(sentinels.clients.iter().all(|client| client.get_connection_info().redis_settings().db() == 0));
    assert!(sentinels.clients.iter().all(|client| is_tls(client.get_connection_info())));
}

#[test]
fn login_and_tls_come_from_either_place() {
    let server = settings(json!({"url": "redis://reader:old@cache", "password": "new", "tls": true}))
        .server()
        .unwrap();
    assert_eq!(server.redis_settings().username(), Some("reader"));
    assert_eq!(server.redis_settings().password(), Some("new"));
    assert!(matches!(server.addr(), ConnectionAddr::TcpTls { insecure: false, .. }));
}

#[test]
fn the_environment_supplies_text() {
    let given =
        settings(json!({"host": "cache", "port": "6380", "username": "", "password": "", "tls": "False"}));
    assert_eq!((given.port, given.tls), (Some(6380), Some(false)));
    assert_eq!(given.server().unwrap().redis_settings().password(), None);
    assert_eq!(target(json!({"host": ""})), "localhost:6379/0");
    assert_eq!(settings(json!({"tls": "Yes", "port": ""})).tls, Some(true));
}

#[test]
fn a_wrong_value_is_refused_without_being_shown() {
    for wrong in [
        json!({"port": "canary"}),
        json!({"port": 70_000}),
        json!({"tls": "canary"}),
        json!({"connect_timeout": 1}),
        json!({"passwort": "canary"}),
    ] {
        let error = serde_json::from_value::<Settings>(wrong.clone()).unwrap_err().to_string();
        assert!(!error.contains("canary"), "{wrong}: {error}");
    }
    for wrong in [json!({"password": 271_828}), json!({"url": [271_828]}), json!({"url": true})] {
        let error = serde_json::from_value::<Settings>(wrong.clone()).unwrap_err().to_string();
        assert!(error.contains("expected text"), "{wrong}: {error}");
        assert!(!error.contains("271828") && !error.contains("true"), "{wrong}: {error}");
    }
    for (wrong, key) in [
        (json!({"url": "http://u:canary@cache"}), "url"),
        (json!({"url": "redis://u:canary@cache/x"}), "url"),
        (json!({"url": "rediss://u:canary@cache#insecure"}), "url"),
        (json!({"tls_ca_file": "/nowhere/ca.pem", "tls": true}), "tls_ca_file"),
        (json!({"tls_ca_file": "/nowhere/ca.pem"}), "tls_ca_file"),
        (json!({"host": "/run/redis.sock", "tls": true}), "tls"),
        (json!({"url": "unix:///run/redis.sock", "tls": true}), "tls"),
        (json!({"url": "unix:///run/redis.sock", "host": "", "tls": true}), "tls"),
        (json!({"url": "rediss://cache", "host": "/run/redis.sock"}), "tls"),
        (json!({"sentinels": ["s"]}), "sentinel_master"),
        (json!({"sentinel_master": "canary"}), "sentinel_master"),
        (json!({"sentinels": ["u:canary@s"], "sentinel_master": "m"}), "sentinels"),
        (json!({"sentinels": ["s:canary"], "sentinel_master": "m"}), "sentinels"),
        (json!({"connect_timeout": "0s"}), "connect_timeout"),
        (json!({"response_timeout": "0ms"}), "response_timeout"),
    ] {
        let error = refusal(wrong.clone());
        assert!(
            error.starts_with(&format!("redis.{key}: ")) && !error.contains("canary"),
            "{wrong}: {error}"
        );
    }
}

#[test]
fn what_is_shown_masks_secrets_and_lists_every_key() {
    let all = serde_json::to_value(Settings::default()).unwrap();
    assert_eq!(all.as_object().unwrap().len(), 15);
    assert_eq!(all["connect_timeout"], "2s");
    for url in ["redis://u:canary@cache/1", "unix:///run/redis.sock?user=u&pass=canary", "canary"] {
        let settings = Settings {
            url: Some(SecretString::from(url)),
            password: Some(SecretString::from("canary")),
            sentinel_password: Some(SecretString::from("canary")),
            ..Settings::default()
        };
        let shown = serde_json::to_string(&settings).unwrap();
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains(r#""password":"<secret>""#), "{shown}");
        assert!(!format!("{settings:?}").contains("canary"));
    }
    let shown = masked_url::shown("redis://u:canary@cache/1");
    assert_eq!(shown, "redis://u:<secret>@cache/1");
    let shown = masked_url::shown("sentinel://:canary@a/1;sentinel://u:canary@b?x=canary");
    assert_eq!(shown, "sentinel://:<secret>@a/1;sentinel://u:<secret>@b?<secret>");
    for odd in [
        "sentinel://a/1;u:canary@b",
        "sentinel://:se;canary@a/1;sentinel://b",
        "redis://:canary;canary@cache/1",
        "redis://:se;canary://et@cache/1",
        "redis://:a;b:/canary@cache/1",
        "redis://:can@ry;canary@cache/1",
    ] {
        let shown = masked_url::shown(odd);
        assert!(!shown.contains("can"), "{odd}: {shown}");
    }
}

#[test]
fn an_idle_connection_is_kept_alive() {
    let server = Settings::default().server().unwrap();
    let keepalive = format!("{:?}", server.tcp_settings().keepalive());
    assert_eq!(keepalive, format!("{:?}", Some(&keepalive_of_thirty_seconds())));
}

fn keepalive_of_thirty_seconds() -> TcpKeepalive {
    let (idle, interval) = (Duration::from_secs(30), Duration::from_secs(10));
    TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(3)
}

#[test]
fn every_environment_name_sets_a_key_that_exists() {
    let all = serde_json::to_value(Settings::default()).unwrap();
    for (name, key) in ENVIRONMENT {
        assert!(all.get(*key).is_some(), "{name} -> {key}");
    }
}
