use serde_json::{Value, json};

use super::*;

fn settings(value: Value) -> Settings {
    serde_json::from_value(value).unwrap()
}

fn refusal(value: Value) -> String {
    serde_json::from_value::<Settings>(value).unwrap_err().to_string()
}

#[test]
fn every_key_of_the_default_is_shown() {
    let shown = serde_json::to_value(Settings::default()).unwrap();
    assert_eq!(
        shown,
        json!({
            "url": null, "host": null, "port": null, "name": null, "user": null, "password": null,
            "tls": "auto", "tls_ca_file": null, "tls_certificate_file": null, "tls_key_file": null,
            "max_connections": 2, "connect_timeout": "5s", "statement_timeout": "10s", "lock_timeout": "2s",
            "reuse": "auto", "reuse_max_age": "5m",
        })
    );
    assert_eq!(serde_json::to_value(settings(shown.clone())).unwrap(), shown);
}

#[test]
fn secrets_are_shown_neither_as_settings_nor_by_debug() {
    let url = "postgresql://metrics:canary-1@db.example:6432/nautobot?password=canary-2&sslmode=verify-full";
    let settings = settings(json!({ "url": url, "password": "canary-3" }));
    let shown = serde_json::to_value(&settings).unwrap();
    assert_eq!(
        shown["url"],
        "postgresql://metrics:<secret>@db.example:6432/nautobot?password=<secret>&sslmode=verify-full"
    );
    assert_eq!(shown["password"], "<secret>");
    for text in [shown.to_string(), format!("{settings:?}")] {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn text_from_the_environment_serves_as_a_number() {
    let settings = settings(json!({ "port": "6432", "max_connections": "3", "password": "0123" }));
    assert_eq!((settings.port, settings.max_connections), (Some(6432), 3));
    assert_eq!(settings.password.unwrap().expose_secret(), "0123");
}

#[test]
fn an_empty_port_is_the_default_one() {
    assert_eq!(settings(json!({ "port": "" })).port, None);
}

#[test]
fn a_value_that_does_not_fit_is_refused_without_showing_it() {
    for value in [json!({ "port": 70_000 }), json!({ "port": "canary" }), json!({ "max_connections": -1 })] {
        let refusal = refusal(value);
        assert!(refusal.contains("number") && !refusal.contains("canary"), "{refusal}");
    }
}

#[test]
fn a_secret_that_is_no_text_is_refused_without_showing_it() {
    for key in ["password", "url"] {
        let refusal = refusal(json!({ key: 271_828 }));
        assert!(refusal.contains("expected text") && !refusal.contains("271"), "{refusal}");
    }
}

#[test]
fn an_unknown_key_is_refused() {
    assert!(refusal(json!({ "hots": "db" })).contains("unknown field `hots`"));
}

#[test]
fn the_environment_names_belong_to_keys_that_exist() {
    for (_, key) in ENVIRONMENT {
        settings(json!({ *key: "5432" }));
    }
}
