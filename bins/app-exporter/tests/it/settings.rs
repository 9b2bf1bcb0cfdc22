//! Bad settings give one clear line, the right exit code, and no secret.

use std::process::{Command, Output};

use testbed::{Postgres, run, samples};

use crate::PROGRAM;

const SECRET: &str = "canary-3a1f";

fn line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.contains(SECRET), "{text}");
    text
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest() {
    let output = run(PROGRAM, "[app_metrics]\njobs = true\njbos = true\n", &["--config.check"]);
    assert_eq!(output.status.code(), Some(78));
    let line = line(&output);
    for part in ["settings.toml:3", "app_metrics.jbos", "jobs"] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn a_wrong_type_is_named_without_the_value() {
    for settings in [
        format!("[database]\nport = \"{SECRET}\"\n"),
        format!("{{\n\"database\": {{\n\"port\": \"{SECRET}\"}}}}"),
        format!("[database]\npassword = [\"{SECRET}\"]\n"),
        format!("{{\"database\": {{\"password\": {{\"{SECRET}\": 1}}}}}}"),
    ] {
        let output = run(PROGRAM, &settings, &["--once"]);
        assert_eq!(output.status.code(), Some(78), "{settings}");
        assert!(line(&output).contains("database.p"), "{settings}");
    }
}

#[test]
fn a_missing_file_and_a_syntax_error_are_named() {
    let missing = Command::new(PROGRAM)
        .env_clear()
        .args(["--config.file", "/nonexistent/nautobot.toml"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(78));
    assert!(line(&missing).contains("/nonexistent/nautobot.toml"));

    let output = run(PROGRAM, &format!("[database]\npassword = \"{SECRET}\n"), &["--config.check"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(line(&output).contains("settings.toml:2"));
}

#[test]
fn wrong_usage_ends_with_2() {
    let output = Command::new(PROGRAM).env_clear().arg("--config.fil=x").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = Command::new(PROGRAM).env_clear().arg("--collector.jbos").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_refused_login_names_host_and_database_only() {
    let database = Postgres::shared().database("schema-2.4.44");
    let url = database.url_for("scram").replace("scram:", "scram:x");
    let url = url.replace("postgresql://scram@", &format!("postgresql://scram:{SECRET}@"));
    let settings = serde_json::json!({ "database": { "url": url } }).to_string();
    let output = run(PROGRAM, &settings, &["--once", "--log.level=trace"]);
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains("level=warn")).count(), 1, "{log}");
    assert!(log.contains(database.name()) && log.contains("127.0.0.1"), "{log}");
    assert!(!log.contains(SECRET) && !page.contains(SECRET), "{log}");
    assert!(page.contains("\nnautobot_app_up 0\n"), "{page}");
}

#[test]
fn the_plugins_own_json_is_a_settings_file() {
    let database = Postgres::shared().database("nautobot-1.6.32");
    let plugin = r#"{"app_metrics": {"models": {"dcim": {"Site": true, "Rack": false}}, "jobs": false, "queues": true,
                    "versions": {"basic": false, "plugins": false}}}"#;
    let url = database.url();
    let directory = std::env::temp_dir();
    let file = directory.join(format!("plugin-{}.json", database.name()));
    std::fs::write(&file, plugin).unwrap();
    let environment = environment_of(&url);
    let output = Command::new(PROGRAM)
        .env_clear()
        .args(["--once", "--config.file"])
        .arg(&file)
        .envs(environment)
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = samples(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(page["nautobot_model_count"].len(), 1);
    assert!(!page.contains_key("nautobot_job_execution_status"));
}

/// As the environment file of a Nautobot host has it.
fn environment_of(url: &str) -> Vec<(&'static str, String)> {
    let rest = url.strip_prefix("postgresql://").unwrap();
    let (user, rest) = rest.split_once('@').unwrap();
    let (host, rest) = rest.split_once(':').unwrap();
    let (port, name) = rest.split_once('/').unwrap();
    let user = user.split(':').next().unwrap();
    vec![
        ("NAUTOBOT_DB_HOST", host.into()),
        ("NAUTOBOT_DB_PORT", port.into()),
        ("NAUTOBOT_DB_NAME", name.into()),
        ("NAUTOBOT_DB_USER", user.into()),
        ("NAUTOBOT_DB_PASSWORD", "0123".into()),
    ]
}

#[test]
fn it_reads_its_own_variables_and_not_those_of_a_service_of_its_name() {
    let output = Command::new(PROGRAM)
        .arg("--print-config")
        .env_clear()
        .env("NAUTOBOT_EXPORTER_LOG__LEVEL", "debug")
        .env("NAUTOBOT_EXPORTER_PORT", "tcp://10.0.0.1:18187")
        .env("NAUTOBOT_EXPORTER_SERVICE_HOST", "10.0.0.1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("level = \"debug\"  # NAUTOBOT_EXPORTER_LOG__LEVEL\n"), "{printed}");
}

#[test]
fn a_url_is_not_mixed_with_the_address_of_nautobot() {
    let file = std::env::temp_dir().join(format!("url-{}.toml", std::process::id()));
    std::fs::write(&file, "[database]\nurl = \"postgresql://metrics@db.example/x\"\n").unwrap();
    let output = Command::new(PROGRAM)
        .env_clear()
        .args(["--print-config", "--config.file"])
        .arg(&file)
        .envs(environment_of("postgresql://nautobot@127.0.0.1:5432/nautobot"))
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("url = ") && !printed.contains("NAUTOBOT_DB_"), "{printed}");
}

#[test]
fn a_model_in_a_variable_keeps_its_spelling() {
    let output = Command::new(PROGRAM)
        .arg("--print-config")
        .env_clear()
        .env("NAUTOBOT_EXPORTER_APP_METRICS__MODELS__dcim__Device", "true")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("[app_metrics.models.dcim]\nDevice = true"), "{printed}");
}

#[test]
fn print_config_masks_secrets_and_loads_again() {
    let settings = format!("[database]\nhost = \"db.example\"\npassword = \"{SECRET}\"\n");
    let output = run(PROGRAM, &settings, &["--print-config"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(printed.contains("db.example") && !printed.contains(SECRET), "{printed}");
    let again = run(PROGRAM, &printed, &["--config.check"]);
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
}
