//! `app-exporter import FILE`, with the files of Nautobots of all lines.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use testbed::run;

use crate::PROGRAM;

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/nautobot-config/tests/files");

/// With settings of the plugin that only Python knows.
const COMPUTED: [&str; 2] = ["3.2-computed.py", "3.2-container.py"];

/// Runs the file with the least of Nautobot, and tells what the plugin takes of it.
const PLUGIN: &str = r#"
import json, runpy, sys, types

def module(name, **content):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(content)

names = dict(METRICS_ENABLED=False, PLUGINS=[], PLUGINS_CONFIG={}, DATABASES={"default": {}})
module("nautobot"), module("nautobot.core"), module("nautobot.core.settings", **names), module("site_plugins")
truthy = lambda text: str(text).lower() in ("1", "true", "yes")
module("nautobot.core.settings_funcs", is_truthy=truthy, parse_redis_connection=lambda redis_database: "")
module("prometheus_client"), module("prometheus_client.core", GaugeMetricFamily=None)
module("example_metrics", sites=None, racks=None)
import os
os.environ["DB_PASSWORD"] = ""
plugin = runpy.run_path(sys.argv[1])["PLUGINS_CONFIG"].get("nautobot_capacity_metrics", {})
taken = plugin.get("app_metrics", {"jobs": True, "queues": True, "models": None})
models = taken.get("models", {})
print(json.dumps({
    "jobs": bool(taken.get("jobs")),
    "gitrepositories": bool(taken.get("gitrepositories")),
    "queues": bool(taken.get("queues")),
    "versions": {key: bool(taken.get("versions", {}).get(key)) for key in ("basic", "plugins")},
    "models": models and {app: sorted(set(names) - {"_module"}) for app, names in models.items()},
}))
"#;

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(FILES).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "py"));
    assert!(files.len() >= 12);
    files
}

fn printed(settings: &str, arguments: &[&str]) -> String {
    let output = run(PROGRAM, settings, arguments);
    assert_eq!(output.status.code(), Some(0), "{}\n{settings}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn imported(file: &Path) -> String {
    printed("", &["import", file.to_str().unwrap()])
}

#[test]
fn what_is_printed_is_a_settings_file() {
    for file in files() {
        let settings = imported(&file);
        assert_eq!(settings, fs::read_to_string(file.with_extension("toml")).unwrap());
        printed(&settings, &["--config.check"]);
    }
}

#[test]
fn the_settings_are_those_that_the_plugin_takes() {
    for file in files() {
        if COMPUTED.iter().any(|computed| file.ends_with(computed)) {
            continue;
        }
        let python = Command::new("python3").args(["-c", PLUGIN]).arg(&file).output();
        let python = match python {
            Err(error) if error.kind() == ErrorKind::NotFound => return eprintln!("skipped: no python3"),
            python => python.unwrap(),
        };
        assert!(python.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&python.stderr));
        let plugin: Value = serde_json::from_slice(&python.stdout).unwrap();
        assert_eq!(effective(&imported(&file)), plugin, "{}", file.display());
    }
}

/// What the exporter takes, in the words of [`PLUGIN`].
fn effective(settings: &str) -> Value {
    let printed: toml::Table = printed(settings, &["--print-config"]).parse().unwrap();
    let taken = &printed["app_metrics"];
    let models = taken.get("models").and_then(toml::Value::as_table).map(|apps| {
        let names = |models: &toml::Value| {
            let counted = models.as_table().unwrap().iter().filter(|(_, on)| on.as_bool() == Some(true));
            let mut names: Vec<String> = counted.map(|(name, _)| name.clone()).collect();
            names.sort();
            names
        };
        apps.iter()
            .map(|(app, models)| (app.clone(), json!(names(models))))
            .collect::<serde_json::Map<_, _>>()
    });
    json!({
        "jobs": taken["jobs"].as_bool(),
        "gitrepositories": taken["gitrepositories"].as_bool(),
        "queues": taken["queues"].as_bool(),
        "versions": { "basic": taken["versions"]["basic"].as_bool(), "plugins": taken["versions"]["plugins"].as_bool() },
        "models": models,
    })
}

#[test]
fn a_file_that_is_no_python_is_told_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("nautobot_config.py");
    fs::write(&file, "A = 1\nB = {'a':\n").unwrap();
    let output = run(PROGRAM, "", &["import", file.to_str().unwrap()]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    let expected = format!("app-exporter: import: {}:2: `{{` is never closed\n", file.display());
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    let missing = run(PROGRAM, "", &["import", "/nonexistent/nautobot_config.py"]);
    let error = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(
        missing.status.code() == Some(1) && error.contains("cannot read /nonexistent/nautobot_config.py: "),
        "{error}"
    );
}
