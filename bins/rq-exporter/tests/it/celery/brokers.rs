//! Brokers as Celery's own settings name them, one or several, here or elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use testbed::{Celery, Redis, Samples, Sentinel, Task, run, samples};

use super::{LONG, jobs, listeners, loaded, start, succeeded, value, workers};
use crate::{PROGRAM, populated};

/// Without the listening, which takes a heartbeat's time.
const ONCE: [&str; 3] = ["--once", "--no-collector.celery_tasks", "--collector.celery_waiting"];
const JOBS: &str = "nautobot_queue_number_jobs";
const UNACKED: &str = "nautobot_celery_unacked_tasks";

type Jobs = BTreeMap<Vec<(String, String)>, f64>;

fn once(settings: &Value) -> Samples {
    let output = run(PROGRAM, &settings.to_string(), &ONCE);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    samples(std::str::from_utf8(&output.stdout).unwrap())
}

/// What a plain URL shows.
fn expected() -> Jobs {
    let redis = loaded();
    once(&json!({"redis": {"url": redis.url()}}))[JOBS].clone()
}

/// Where nobody listens.
fn nowhere() -> String {
    format!("redis://127.0.0.1:{}/0", testbed::free_port().unwrap())
}

/// What is shown of the broker of section `[celery]` alone.
fn celery(section: &Value) -> Jobs {
    let settings =
        json!({"redis": {"url": nowhere()}, "celery": section, "rq_metrics": {"broker": "celery"}});
    once(&settings)[JOBS].clone()
}

#[test]
fn nothing_is_said_of_running_tasks_while_nobody_has_looked_for_workers() {
    let redis = loaded();
    for broker in ["auto", "celery"] {
        let settings = json!({"redis": {"url": redis.url()}, "rq_metrics": {"broker": broker}});
        let page = once(&settings);
        assert_eq!((jobs(&page, "slow", "queued"), jobs(&page, "slow", "started")), (Some(4.0), None));
    }
}

#[test]
fn workers_are_looked_for_until_one_is_seen() {
    let redis = Redis::start().unwrap();
    let settings = json!({"redis": {"url": redis.url()}, "rq_metrics": {"broker": "celery"}});
    let exporter = start(&settings);
    let only =
        |collector: &str| samples(exporter.get(&format!("/metrics?collect[]={collector}"), &[]).text());
    only("celery_tasks");
    assert_eq!(jobs(&only("queues"), "default", "started"), Some(0.0), "nobody can run anything");
    redis.cli(&["SADD", "_kombu.binding.celery.pidbox", "\u{6}\u{16}\u{6}\u{16}one@host.celery.pidbox"]);
    assert_eq!(jobs(&only("queues"), "default", "started"), None, "somebody may run something unheard");
}

#[test]
fn one_database_is_read_over_two_connections_whatever_it_is_called() {
    let redis = populated();
    let Some(celery) = Celery::found(&redis.url()) else { return };
    let _worker = celery.worker("one", &["slow"], 1).unwrap();
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">p@ss", "~*", "&*", "+@all"]);
    let settings = json!({
        "redis": {"host": "127.0.0.1", "port": redis.port(), "username": "metrics", "password": "p@ss"},
        "celery": {"url": format!("redis://metrics:p%40ss@127.0.0.1:{}/0?health_check_interval=9", redis.port())},
    });
    let exporter = start(&settings);
    for _ in 0..3 {
        let page = exporter.scrape();
        assert!(jobs(&page, "default", "finished").is_some() && workers(&page) == Some(1.0), "{page:?}");
    }
    let clients = redis.cli(&["CLIENT", "LIST"]).matches(" user=metrics ").count();
    assert!(clients <= 2 + 1, "and one on which workers are heard: {clients}");
}

#[test]
fn several_are_added_up_and_without_one_there_are_no_sums() {
    let (first, mut second) = (loaded(), loaded());
    second.cli(&["CONFIG", "SET", "requirepass", "secret"]);
    let settings = json!({
        "redis": {"url": first.url()},
        "celery": {"redis": [{"url": second.url(), "password": "secret"}]},
        "collectors": {"celery_tasks": {"enabled": false}, "celery_waiting": {"enabled": true}},
    });
    let exporter = start(&settings);
    let page = exporter.scrape();
    assert_eq!(page[JOBS].keys().collect::<Vec<_>>(), expected().keys().collect::<Vec<_>>());
    for (labels, number) in expected() {
        assert_eq!(page[JOBS][&labels], 2.0 * number, "{labels:?}");
    }
    assert_eq!(value(&page, UNACKED, &[]), Some(18.0));
    let slow = [("job", "ref_jobs.SlowJob"), ("queue", "slow")];
    assert_eq!(value(&page, "nautobot_celery_queue_next_tasks", &slow), Some(8.0));

    second.stop();
    let page = exporter.scrape();
    assert!(!page.contains_key(JOBS) && !page.contains_key(UNACKED));
    assert!(!succeeded(&page, "queues") && !succeeded(&page, "celery_waiting"), "{}", exporter.log());
    assert_eq!(value(&page, "nautobot_rq_up", &[]), Some(0.0));
}

#[test]
fn the_environment_of_a_nautobot_host_leads_to_a_broker_elsewhere() {
    let (rq, broker) = (populated(), loaded());
    broker.cli(&["SWAPDB", "0", "3"]);
    broker.cli(&["CONFIG", "SET", "requirepass", "p@ss"]);
    let url = broker.url().replace("//", "//:p%40ss@").replace("/0", "/3");
    let output = Command::new(PROGRAM)
        .env_clear()
        .args(ONCE)
        .env("NAUTOBOT_REDIS_HOST", "127.0.0.1")
        .env("NAUTOBOT_REDIS_PORT", rq.port().to_string())
        .env("NAUTOBOT_CELERY_BROKER_URL", url)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = samples(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!((jobs(&page, "slow", "queued"), jobs(&page, "bulk", "queued")), (Some(4.0), Some(13.0)));
    assert!(jobs(&page, "custom_fields", "finished").is_some(), "rq's are there as well");
    assert_eq!(jobs(&page, "slow", "finished"), None);
}

#[test]
fn sentinels_lead_to_the_broker() {
    let (broker, next) = (loaded(), loaded());
    next.cli(&["DEL", "slow"]);
    let sentinel = Sentinel::start(&broker, &[]).unwrap();
    let dead = testbed::free_port().unwrap();
    let url = format!("sentinel://127.0.0.1:{dead}/0;sentinel://{}/0", sentinel.address());
    assert_eq!(celery(&json!({"url": url, "sentinel_master": "cache"})), expected());

    let settings = json!({
        "redis": {"url": nowhere()},
        "celery": {"url": url, "sentinel_master": "cache"},
        "rq_metrics": {"broker": "celery"},
        "collectors": {"celery_tasks": {"enabled": false}},
    });
    let exporter = start(&settings);
    assert_eq!(jobs(&exporter.scrape(), "slow", "queued"), Some(4.0));
    sentinel.promote(&next);
    broker.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
    testbed::eventually("the new master is read", super::SOON, || {
        jobs(&exporter.scrape(), "slow", "queued") == Some(0.0)
    });
}

#[test]
fn workers_are_heard_and_asked_behind_sentinels() {
    let broker = Redis::start().unwrap();
    let sentinel = Sentinel::start(&broker, &[]).unwrap();
    let url = format!("sentinel://{}/3", sentinel.address());
    let Some(celery) = Celery::with(&url, json!({"master_name": "cache"})) else { return };
    let _worker = celery.worker("one", &["slow"], 1).unwrap();
    celery.send(Task::new("slow").lasting(LONG));
    let settings = json!({
        "redis": {"url": nowhere()},
        "celery": {"url": url, "sentinel_master": "cache", "inspect": true, "inspect_interval": "10ms"},
        "rq_metrics": {"broker": "celery"},
    });
    let exporter = start(&settings);
    testbed::eventually("the task is seen running", super::SOON, || {
        let page = exporter.scrape();
        workers(&page) == Some(1.0) && jobs(&page, "slow", "started") == Some(1.0)
    });
    assert_eq!(listeners(&exporter.scrape(), "slow"), Some(1.0), "{}", exporter.log());
    assert_eq!(broker.cli(&["DBSIZE"]), "0", "all is in another database");
}

#[test]
fn tls_trusts_whom_the_url_names() {
    let broker = loaded();
    let files = tempfile::tempdir().unwrap();
    // The server may run as somebody else.
    fs::set_permissions(files.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let port = encrypt(&broker, files.path());
    let authority = files.path().join("ca.pem").display().to_string();
    let url = format!("rediss://localhost:{port}/0?ssl_cert_reqs=CERT_REQUIRED");
    assert_eq!(celery(&json!({"url": format!("{url}&ssl_ca_certs={authority}")})), expected());

    let untrusted = json!({"celery": {"url": url}, "rq_metrics": {"broker": "celery"}});
    let output = run(PROGRAM, &untrusted.to_string(), &ONCE);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && log.contains("certificate"), "{log}");
}

/// Lets the server speak TLS too, as `localhost`; on which port.
fn encrypt(redis: &Redis, files: &Path) -> u16 {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let file = |name: &str, pem: String| {
        let path = files.join(name);
        fs::write(&path, pem).unwrap();
        path.display().to_string()
    };
    let port = testbed::free_port().unwrap();
    redis.cli(&["CONFIG", "SET", "tls-auth-clients", "no"]);
    redis.cli(&[
        "CONFIG",
        "SET",
        "tls-cert-file",
        &file("server.crt", certificate.pem()),
        "tls-key-file",
        &file("server.key", key.serialize_pem()),
        "tls-ca-cert-file",
        &file("ca.pem", authority.pem()),
        "tls-port",
        &port.to_string(),
    ]);
    port
}

#[test]
fn a_unix_socket_and_another_database_lead_there_too() {
    let broker = loaded();
    broker.cli(&["SWAPDB", "0", "3"]);
    broker.cli(&["CONFIG", "SET", "requirepass", "p@ss"]);
    let socket = broker.socket().display().to_string();
    let url = format!("redis+socket://:p%40ss@{socket}?virtual_host=3");
    assert_eq!(celery(&json!({"url": url})), expected());
    let settings = json!({
        "redis": {"host": socket, "database": 3, "password": "p@ss"},
        "rq_metrics": {"broker": "celery"},
    });
    assert_eq!(once(&settings)[JOBS], expected());
}

#[test]
fn names_of_keys_are_as_celery_s_options_have_them() {
    let redis = Redis::start().unwrap();
    let options = json!({"global_keyprefix": "nb*:", "priority_steps": [0, 5], "sep": ":"});
    let Some(celery) = Celery::with(&redis.url(), options.clone()) else { return };
    for priority in 0..=9 {
        celery.send(Task::new("slow").priority(priority).lasting(LONG));
    }
    redis.cli(&["RPUSH", "slow", "of somebody else"]);
    let page = once(&json!({"redis": {"url": redis.url()}, "celery": {"transport_options": options}}));
    assert_eq!(jobs(&page, "slow", "queued"), Some(10.0));
    for priority in ["0", "5"] {
        let labels = [("priority", priority), ("queue", "slow")];
        assert_eq!(value(&page, "nautobot_celery_queue_waiting_tasks", &labels), Some(5.0), "{priority}");
    }

    // The same, as an environment writes it.
    let output = Command::new(PROGRAM)
        .env_clear()
        .args(ONCE)
        .env("NAUTOBOT_EXPORTER_REDIS__URL", redis.url())
        .env("NAUTOBOT_EXPORTER_CELERY__TRANSPORT_OPTIONS__GLOBAL_KEYPREFIX", "nb*:")
        .env("NAUTOBOT_EXPORTER_CELERY__TRANSPORT_OPTIONS__PRIORITY_STEPS", "0,5")
        .env("NAUTOBOT_EXPORTER_CELERY__TRANSPORT_OPTIONS__SEP", ":")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(samples(std::str::from_utf8(&output.stdout).unwrap())[JOBS], page[JOBS]);
}

#[test]
fn secrets_are_shown_nowhere() {
    for url in [
        "redis://u:canary@broker/1",
        "rediss://:canary@broker/1?ssl_ca_certs=/none.pem",
        "redis+socket://:canary@/run/redis.sock?virtual_host=1",
        "sentinel://:canary@a:1/0;sentinel://u:canary@b:2;sentinel://:canary@c",
        "sentinel://:canary@a:1/0;u:canary@b:2",
        "amqp://u:canary@rabbit//",
        "u:canary@broker",
    ] {
        let settings = json!({
            "celery": {
                "url": url, "sentinel_master": "m", "redis": [{"host": "other", "password": "canary"}],
            },
        });
        let output = run(PROGRAM, &settings.to_string(), &["--print-config"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains("sentinel_master") && !printed.contains("canary"), "{url}: {printed}");
        let output = run(PROGRAM, &settings.to_string(), &["--config.check"]);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.contains("canary"), "{url}: {said}");
    }
}

#[test]
fn a_url_may_lie_in_a_file_and_a_wrong_password_stays_there() {
    let broker = loaded();
    broker.cli(&["CONFIG", "SET", "requirepass", "secret"]);
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("broker");
    let with = |password: &str| {
        fs::write(&file, broker.url().replace("//", &format!("//:{password}@")) + "\n").unwrap();
    };
    with("secret");
    assert_eq!(celery(&json!({"url_file": file})), expected());

    with("canary");
    let output = Command::new(PROGRAM)
        .env_clear()
        .args(["--once", "--log.level=trace", "--no-collector.celery_tasks"])
        .env("NAUTOBOT_EXPORTER_RQ_METRICS__BROKER", "celery")
        .env("NAUTOBOT_CELERY_BROKER_URL_FILE", &file)
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && log.contains(&format!("127.0.0.1:{}/0", broker.port())),
        "{log}"
    );
    assert!(!log.contains("canary"), "{log}");
}
