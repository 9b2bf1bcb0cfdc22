//! `--once` in front of real databases, sample by sample against the page that the real plugin printed from them.
//!
//! Why a listed module differs is worked out from the rows in the tests of nautobot-collectors; here it matters that
//! nothing else does, through settings, registry and encoder.

use std::collections::{BTreeMap, BTreeSet};

use testbed::{Postgres, Samples, models, page, run, samples};

use crate::PROGRAM;

/// Families of the plugin's page that are not the exporter's: its versions, and a function under `extras`.
const NOT_OURS: [&str; 2] = ["nautobot_app_versions", "nautobot_prefix_utilization"];

const PROCESSING: &str = "nautobot_app_metrics_processing_ms";

struct Case {
    dataset: &'static str,
    /// Modules whose samples differ, with the row of docs/compatibility.md that says why.
    differ: &'static [(&'static str, &'static str)],
    /// Families that only we print, with the reason.
    more: &'static [(&'static str, &'static str)],
}

#[test]
fn nautobot_1_6_is_the_plugins_page() {
    compare(&Case {
        dataset: "nautobot-1.6.32",
        differ: &[
            ("local/odd/EmptyData", "D2"),
            ("local/odd/EmptyList", "D2"),
            ("local/odd/EmptyString", "D2"),
            ("local/odd/FalseData", "D2"),
            ("local/odd/GoodThenNull", "D2"),
            ("local/odd/HiddenByPending", "D2"),
            ("local/odd/HiddenByRunning", "D2"),
            ("local/odd/NullData", "D2"),
            ("local/odd/OldPendingWins", "D1"),
            ("local/odd/UnknownStatus", "D3"),
            ("local/odd/ZeroData", "D2"),
            ("local/slow/NeverStarted", "D2"),
            ("local/slow/Sleeper", "D2"),
            ("local/users/CheckUser", "D2"),
            ("never synced", "D2"),
            ("repo \"bad\" \\ branch é", "D2"),
            ("repo-pending", "D2"),
            ("repo1", "D2"),
            ("repo2", "D2"),
        ],
        more: &[("nautobot_job_task_stats", "D4"), ("nautobot_gitrepository_task_stats", "D4")],
    });
}

#[test]
fn nautobot_3_2_is_the_plugins_page() {
    compare(&Case {
        dataset: "nautobot-3.2.7",
        differ: &[
            ("Hello Levels", "D1"),
            ("Multi run", "D1"),
            ("Singleton Slow", "D1"),
            ("Slow Job", "D1"),
            ("Unknown status value", "D3"),
        ],
        more: &[
            ("nautobot_job_task_stats", "D4"),
            ("nautobot_gitrepository_task_stats", "D4"),
            ("nautobot_gitrepository_execution_status", "D5"),
        ],
    });
}

fn compare(case: &Case) {
    let plugin = samples(page(&format!("{}/app-metrics.txt", case.dataset)));
    let ours = once(case);
    let differ: BTreeSet<&str> = case.differ.iter().map(|(module, _)| *module).collect();

    for (family, expected) in &plugin {
        if NOT_OURS.contains(&family.as_str()) || family == PROCESSING {
            continue;
        }
        let printed = &ours[family];
        for (labels, value) in expected.iter().filter(|(labels, _)| !differ.contains(module(labels))) {
            assert_eq!(printed.get(labels), Some(value), "{family}{labels:?}");
        }
        for labels in printed.keys().filter(|labels| !differ.contains(module(labels))) {
            assert!(expected.contains_key(labels), "{family}{labels:?} is not the plugin's");
        }
    }
    for &module in &differ {
        assert_ne!(of_module(&ours, module), of_module(&plugin, module), "{module} no longer differs");
    }
    assert!(ours[PROCESSING][&Vec::new()] > 0.0);
    let more: BTreeSet<&str> = case.more.iter().map(|(family, _)| *family).collect();
    let own = |family: &str| {
        ["process_", "nautobot_app_scrape_collector_", "nautobot_app_exporter_", "nautobot_model_tables_"]
            .iter()
            .any(|own| family.starts_with(own))
            || family.ends_with("_results_stood")
    };
    let unexplained: Vec<&String> = ours
        .keys()
        .filter(|family| !plugin.contains_key(*family) && !more.contains(family.as_str()) && !own(family))
        .collect();
    assert_eq!(unexplained, ["nautobot_app_up", "nautobot_info"]);
}

/// One page with every model that the plugin's has.
fn once(case: &Case) -> Samples {
    let database = Postgres::shared().database(case.dataset);
    let settings = serde_json::json!({
        "database": { "url": database.url_for("reader") },
        "app_metrics": { "models": models(case.dataset), "gitrepositories": true },
    });
    let output = run(PROGRAM, &settings.to_string(), &["--once"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    samples(std::str::from_utf8(&output.stdout).unwrap())
}

fn module(labels: &[(String, String)]) -> &str {
    labels.iter().find(|(name, _)| name == "module").map_or("", |(_, module)| module)
}

/// What a page says of the status of a module.
fn of_module(page: &Samples, name: &str) -> BTreeMap<String, u64> {
    let statuses = page.iter().filter(|(family, _)| family.ends_with("_execution_status"));
    let series = statuses
        .flat_map(|(family, series)| series.iter().map(move |(labels, value)| (family, labels, value)));
    let of_module = series.filter(|(_, labels, _)| module(labels) == name);
    of_module.map(|(family, labels, value)| (format!("{family}{labels:?}"), value.to_bits())).collect()
}
