//! The versions of Nautobot, from web servers and directories as its lines make them.

mod site_packages;
mod web;
mod web_server;

use std::collections::BTreeMap;

use metrics_core::{CollectError, Collector, Samples, Value};
use nautobot_collectors::{AppVersions, Error, NautobotSettings, Versions};

use self::web_server::{Does, answer};

const TOKEN: &str = "0123456789canary";

/// The series of versions as label and value, with the ages by source.
#[derive(Debug)]
struct Shown {
    versions: Vec<(String, String)>,
    ages: BTreeMap<String, f64>,
}

/// The settings' section as JSON.
fn settings(json: &serde_json::Value) -> NautobotSettings {
    serde_json::from_value(json.clone()).unwrap()
}

fn all() -> Versions {
    wanted(true, true)
}

fn wanted(basic: bool, plugins: bool) -> Versions {
    let mut wanted = Versions::default();
    (wanted.basic, wanted.plugins) = (basic, plugins);
    wanted
}

/// Asks the web server at this address, with other keys of the section.
fn of_web(url: &str, others: &[(&str, &str)]) -> AppVersions {
    let mut section = serde_json::json!({ "url": url, "token": TOKEN });
    for (key, value) in others {
        section[key] = (*value).into();
    }
    AppVersions::new(&settings(&section), all()).unwrap()
}

fn refusal(json: serde_json::Value) -> String {
    let refusal = AppVersions::new(&settings(&json), all()).unwrap_err();
    assert!(matches!(refusal, Error::Settings { .. }));
    refusal.to_string()
}

async fn collect(collector: &AppVersions) -> Result<Shown, CollectError> {
    let mut out = Samples::default();
    collector.collect(&mut out).await?;
    let described = collector.describe();
    let (mut versions, mut ages) = (None, BTreeMap::new());
    for family in out.families() {
        let descriptor = family.descriptor();
        assert!(described.contains(descriptor), "{descriptor:?} is not in {described:?}");
        for sample in family.samples() {
            let Value::Number(value) = sample.value() else { panic!("{descriptor:?} is no gauge") };
            let labels: Vec<(String, String)> =
                descriptor.labels().map(str::to_owned).zip(sample.labels().map(str::to_owned)).collect();
            match descriptor.name() {
                "nautobot_app_versions" => {
                    assert_eq!(*value, 1.0);
                    assert!(versions.replace(labels).is_none(), "a second series");
                }
                _ => assert!(ages.insert(labels[0].1.clone(), *value).is_none()),
            }
        }
    }
    Ok(Shown { versions: versions.unwrap(), ages })
}

async fn versions(collector: &AppVersions) -> Vec<(String, String)> {
    collect(collector).await.unwrap().versions
}

async fn failure(collector: &AppVersions) -> String {
    let failure = collect(collector).await.unwrap_err().to_string();
    assert!(!failure.contains(TOKEN), "{failure}");
    failure
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(label, version)| (label.to_owned(), version.to_owned())).collect()
}

/// A status with these apps, in the shape of Nautobot 2.4 and later.
fn status(nautobot: &str, apps: &serde_json::Value) -> Does {
    let body = serde_json::json!({
        "django-version": "5.2.19",
        "installed-apps": { "django_tables2": "2.7.5", "nautobot.core": nautobot },
        "nautobot-version": nautobot,
        "nautobot-apps": apps,
        "plugins": apps,
        "python-version": "3.12.1",
        "celery-workers-running": 1,
    });
    answer("200 OK", "Content-Type: application/json\r\n", &body.to_string())
}

#[tokio::test]
async fn what_the_settings_say_needs_nobody() {
    let given =
        serde_json::json!({ "versions": { "python": "3.12.1", "nautobot_ssot": "4.0.0", "a.b": "1" } });
    let shown = |wanted| AppVersions::new(&settings(&given), wanted).unwrap();
    let collected = collect(&shown(all())).await.unwrap();
    let everything = pairs(&[("a_b", "1"), ("nautobot_ssot", "4.0.0"), ("python", "3.12.1")]);
    assert_eq!((collected.versions, collected.ages.len()), (everything.clone(), 0));
    assert_eq!(versions(&shown(Versions::default())).await, everything);
    assert_eq!(versions(&shown(wanted(true, false))).await, pairs(&[("python", "3.12.1")]));
    assert_eq!(versions(&shown(wanted(false, true))).await, everything[..2]);
}

#[tokio::test]
async fn without_a_source_nothing_is_known() {
    let collector = AppVersions::new(&NautobotSettings::default(), all()).unwrap();
    let failure = failure(&collector).await;
    assert!(failure.starts_with("nothing tells versions: set nautobot.url"), "{failure}");
}

#[test]
fn the_family_is_described_before_anything_is_known() {
    let labels = |wanted, given: serde_json::Value| {
        let described = AppVersions::new(&settings(&given), wanted).unwrap().describe();
        let names: Vec<&str> = described.iter().map(|family| family.name()).collect();
        assert_eq!(names, ["nautobot_app_versions", "nautobot_app_versions_age_seconds"]);
        described[0].labels().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(labels(Versions::default(), serde_json::json!({})), ["django", "nautobot", "python"]);
    let given = serde_json::json!({ "versions": { "acme": "1", "django": "5.2" } });
    assert_eq!(labels(all(), given.clone()), ["acme", "django", "nautobot", "python"]);
    assert_eq!(labels(wanted(false, true), given), ["acme"]);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    use serde_json::json;
    let url = "https://nautobot.example";
    for (section, expected) in [
        (json!({ "url": "nautobot.example", "token": TOKEN }), "nautobot.url: expected an address such as"),
        (json!({ "url": "ftp://nautobot.example", "token": TOKEN }), "nautobot.url: expected http:// or"),
        (json!({ "url": "https://a:canary@b.example", "token": TOKEN }), "nautobot.url: expected no user"),
        (
            json!({ "url": "https://b.example?canary", "token": TOKEN }),
            "nautobot.url: expected nothing behind",
        ),
        (json!({ "url": url }), "nautobot.token: missing: nautobot.url needs it"),
        (json!({ "url": url, "token": "" }), "nautobot.token: missing: nautobot.url needs it"),
        (json!({ "url": url, "token": "canary\n" }), "nautobot.token: expected visible ASCII"),
        (json!({ "url": url, "token": "canary yes" }), "nautobot.token: expected visible ASCII"),
        (json!({ "url": url, "token": "canaryé" }), "nautobot.token: expected visible ASCII"),
        (json!({ "url": url, "token": "canary\t" }), "nautobot.token: expected visible ASCII"),
        (json!({ "token": TOKEN }), "nautobot.url: missing: nautobot.token and"),
        (json!({ "tls_ca_file": "/ca.pem" }), "nautobot.url: missing: nautobot.token and"),
        (
            json!({ "url": "http://a.example", "token": TOKEN, "tls_ca_file": "/ca.pem" }),
            "nautobot.tls_ca_file: ",
        ),
        (
            json!({ "url": url, "token": TOKEN, "tls_ca_file": "/no/ca.pem" }),
            "nautobot.tls_ca_file: /no/ca.pem: ",
        ),
        (json!({ "timeout": "0s" }), "nautobot.timeout: expected more than zero"),
    ] {
        let refusal = refusal(section);
        assert!(refusal.starts_with(expected) && !refusal.contains("canary"), "{refusal}");
    }
}
