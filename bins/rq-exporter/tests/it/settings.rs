//! Settings of a host that has Nautobot, and settings that are wrong.

use std::process::Command;

use testbed::{run, samples};

use crate::{PROGRAM, populated};

const SECRET: &str = "canary-77ab";

#[test]
fn the_environment_of_a_nautobot_host_works_as_it_is() {
    let redis = populated();
    let environment = [
        ("NAUTOBOT_REDIS_HOST", "127.0.0.1".to_owned()),
        ("NAUTOBOT_REDIS_PORT", redis.port().to_string()),
        ("NAUTOBOT_REDIS_USERNAME", String::new()),
        ("NAUTOBOT_REDIS_PASSWORD", String::new()),
        ("NAUTOBOT_REDIS_SSL", "False".to_owned()),
    ];
    let output = Command::new(PROGRAM).env_clear().arg("--once").envs(environment).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = samples(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(page["nautobot_queue_number_workers"].len(), 5);
}

#[test]
fn a_url_is_not_mixed_with_the_address_of_nautobot() {
    let output = Command::new(PROGRAM)
        .env_clear()
        .arg("--print-config")
        .env("NAUTOBOT_EXPORTER_REDIS__URL", "rediss://cache.example/1")
        .env("NAUTOBOT_REDIS_HOST", "127.0.0.1")
        .env("NAUTOBOT_REDIS_SSL", "False")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("url = ") && !printed.contains("NAUTOBOT_REDIS_"), "{printed}");
}

#[test]
fn a_refused_login_names_host_and_database_only() {
    let redis = populated();
    redis.cli(&["CONFIG", "SET", "requirepass", "the-right-one"]);
    let url = redis.url().replace("redis://", &format!("redis://:{SECRET}@"));
    let settings = serde_json::json!({ "redis": { "url": url } }).to_string();
    let output = run(PROGRAM, &settings, &["--once", "--log.level=trace"]);
    assert_eq!(output.status.code(), Some(1));
    let (log, page) = (String::from_utf8(output.stderr).unwrap(), String::from_utf8(output.stdout).unwrap());
    assert_eq!(log.lines().filter(|line| line.contains("level=warn")).count(), 1, "{log}");
    assert!(log.contains(&format!("127.0.0.1:{}/0", redis.port())), "{log}");
    assert!(!log.contains(SECRET) && !page.contains(SECRET), "{log}");
    assert!(page.contains("\nnautobot_rq_up 0\n"), "{page}");
}

#[test]
fn the_plugins_key_queues_switches_the_collector() {
    let redis = populated();
    let settings = serde_json::json!({
        "redis": { "url": redis.url() },
        "app_metrics": { "queues": false, "jobs": true, "models": { "dcim": { "Device": true } } },
    });
    let output = run(PROGRAM, &settings.to_string(), &["--once"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8(output.stdout).unwrap().contains("nautobot_queue_number_jobs"));
}

#[test]
fn one_file_serves_both_exporters() {
    let settings = "[database]\nhost = \"db\"\n[redis]\nhost = \"cache\"\n[app_metrics]\njobs = true\n\
                    [rq_metrics]\nqueues = [\"default\"]\n[collectors.models]\nmin_interval = \"1m\"\n\
                    [collectors.queues]\nmax_series = 100\n";
    let output = run(PROGRAM, settings, &["--config.check"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn more_databases_have_the_keys_of_the_first() {
    let (redis, more) = (populated(), testbed::Redis::start().unwrap());
    more.cli(&["-n", "3", "SADD", "rq:queues", "rq:queue:elsewhere"]);
    let settings = format!(
        "[redis]\nurl = \"{}\"\n[[rq_metrics.redis]]\nurl = \"{}\"\ndatabase = 3\npassword = \"\"\n",
        redis.url(),
        more.url()
    );
    let output = run(PROGRAM, &settings, &["--once", "--collector.waiting", "--collector.workers"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = samples(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(page["nautobot_queue_number_workers"].len(), 6);
    assert_eq!(page["nautobot_queue_intermediate_jobs"].len(), 6);

    let wrong = format!("[[rq_metrics.redis]]\nhost = \"cache\"\npasword = \"{SECRET}\"\n");
    let output = run(PROGRAM, &wrong, &["--config.check"]);
    assert_eq!(output.status.code(), Some(78));
    let refusal = String::from_utf8(output.stderr).unwrap();
    assert!(refusal.contains("pasword") && !refusal.contains(SECRET), "{refusal}");

    let secret = wrong.replace("pasword", "password");
    let output = run(PROGRAM, &secret, &["--print-config"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8(output.stdout).unwrap().contains(SECRET));
}

#[test]
fn what_app_exporter_imports_is_a_settings_file_here_too() {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/nautobot-config/tests/files");
    let mut imported = 0;
    for entry in std::fs::read_dir(files).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|ending| ending == "toml") {
            let output = run(PROGRAM, &std::fs::read_to_string(&file).unwrap(), &["--config.check"]);
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{}: {error}", file.display());
            imported += 1;
        }
    }
    assert!(imported >= 12);
}
