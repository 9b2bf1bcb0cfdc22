use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use metrics_core::{Limits, Registry, Scrape};
use nautobot_collectors::{MetricsDirectorySettings, metrics_directory};
use testbed::{Postgres, Samples};

use super::{gauge, open, registry, scrape, told, write};
use crate::it::page;

fn value(samples: &Samples, family: &str) -> Option<f64> {
    samples.get(family)?.values().next().copied()
}

#[tokio::test]
async fn what_changes_is_served_without_a_restart_and_what_is_bad_is_not() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    let path = path.path();
    let answer = |value: &str| gauge("acme_answer", &format!("SELECT {value} AS value"), &[], "");
    let registry = registry(&database, path);
    let said = async || {
        let samples = scrape(&registry).await;
        (value(&samples, "acme_answer"), told(&samples, "loaded", "a.toml"))
    };
    assert_eq!(said().await, (None, None));
    write(path, "a.toml", answer("1"));
    assert_eq!(said().await, (Some(1.0), Some(1.0)));
    // The last good version stays.
    write(path, "a.toml", "sql = ");
    assert_eq!(said().await, (Some(1.0), Some(0.0)));
    assert_eq!(said().await, (Some(1.0), Some(0.0)));
    // Other labels, then another kind, which needs a restart.
    write(path, "a.toml", gauge("acme_answer", "SELECT 2 AS value, 'x' AS a", &["a"], ""));
    assert_eq!(said().await, (Some(2.0), Some(1.0)));
    write(
        path,
        "a.toml",
        answer("3").replace("acme_answer", "acme_answer_total").replace("gauge", "counter"),
    );
    assert_eq!(said().await, (Some(2.0), Some(0.0)));
    // What the database refuses was good as a file.
    write(path, "a.toml", answer("nothing"));
    assert_eq!(said().await, (None, Some(1.0)));
    // Into another file, and away.
    fs::rename(path.join("a.toml"), path.join("b.toml")).unwrap();
    write(path, "b.toml", answer("4"));
    assert_eq!(said().await, (Some(4.0), None));
    write(path, "a.toml", answer("5"));
    assert_eq!(said().await, (Some(4.0), Some(0.0)));
    fs::remove_file(path.join("b.toml")).unwrap();
    assert_eq!(said().await, (Some(5.0), Some(1.0)));
    fs::remove_file(path.join("a.toml")).unwrap();
    assert_eq!(said().await, (None, None));
}

#[tokio::test]
async fn a_statement_beside_its_file_is_watched_too() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    let path = path.path();
    write(path, "a.toml", "[[metric]]\nname = \"acme_answer\"\nhelp = \"x\"\nkind = \"gauge\"\n");
    let registry = registry(&database, path);
    assert_eq!(value(&scrape(&registry).await, "acme_answer"), None);
    for answer in [1.0, 2.0] {
        write(path, "a.sql", format!("SELECT {answer} AS value"));
        assert_eq!(value(&scrape(&registry).await, "acme_answer"), Some(answer));
    }
}

/// Kubernetes links the files to a hidden directory, and exchanges the link to that.
#[tokio::test]
async fn a_config_map_is_exchanged_as_a_whole() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    let path = path.path();
    let exchange = |version: &str, answer: &str| {
        fs::create_dir(path.join(version)).unwrap();
        write(
            &path.join(version),
            "a.toml",
            gauge("acme_answer", &format!("SELECT {answer} AS value"), &[], ""),
        );
        symlink(version, path.join("..data_tmp")).unwrap();
        fs::rename(path.join("..data_tmp"), path.join("..data")).unwrap();
    };
    exchange("..2026_1", "1");
    symlink("..data/a.toml", path.join("a.toml")).unwrap();
    let registry = registry(&database, path);
    assert_eq!(value(&scrape(&registry).await, "acme_answer"), Some(1.0));
    exchange("..2026_2", "2");
    assert_eq!(value(&scrape(&registry).await, "acme_answer"), Some(2.0));
}

#[tokio::test]
async fn a_directory_that_goes_away_leaves_its_files() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("metrics.d");
    let registry = registry(&database, &path);
    let said = async || {
        let samples = scrape(&registry).await;
        (value(&samples, "acme_answer"), value(&samples, "nautobot_metrics_directory_readable"))
    };
    assert_eq!(said().await, (None, Some(0.0)));
    fs::create_dir(&path).unwrap();
    write(&path, "a.toml", gauge("acme_answer", "SELECT 1 AS value", &[], ""));
    assert_eq!(said().await, (Some(1.0), Some(1.0)));
    fs::rename(&path, parent.path().join("elsewhere")).unwrap();
    assert_eq!(said().await, (Some(1.0), Some(0.0)));
}

#[tokio::test]
async fn within_its_interval_a_success_is_served_again_and_a_failure_never() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    database.psql("CREATE TABLE acme (n int); INSERT INTO acme VALUES (1)");
    let path = tempfile::tempdir().unwrap();
    let sql = "SELECT 6 / n AS value FROM acme";
    write(path.path(), "kept.toml", gauge("acme_kept", sql, &[], "interval = \"1h\""));
    write(path.path(), "fresh.toml", gauge("acme_fresh", sql, &[], ""));
    let registry = registry(&database, path.path());
    let said = async || {
        let samples = scrape(&registry).await;
        let age = told(&samples, "age_seconds", "kept.toml");
        (value(&samples, "acme_kept"), value(&samples, "acme_fresh"), age)
    };
    database.psql("UPDATE acme SET n = 0");
    assert_eq!(said().await, (None, None, None));
    database.psql("UPDATE acme SET n = 1");
    assert_eq!(said().await, (Some(6.0), Some(6.0), Some(0.0)));
    database.psql("UPDATE acme SET n = 2");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let (kept, fresh, age) = said().await;
    assert_eq!((kept, fresh), (Some(6.0), Some(3.0)));
    assert!(age.unwrap() >= 0.02, "{age:?}");
    database.psql("UPDATE acme SET n = 0");
    let (kept, fresh, _) = said().await;
    assert_eq!((kept, fresh), (Some(6.0), None));
}

#[tokio::test]
async fn files_that_are_slow_keep_neither_the_scrape_nor_the_other_files() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        let slow =
            gauge(&format!("acme_{name}"), "SELECT 1 AS value FROM pg_sleep(60)", &[], "timeout = \"1m\"");
        write(path.path(), &format!("{name}.toml"), slow);
    }
    write(path.path(), "z.toml", gauge("acme_z", "SELECT 1 AS value", &[], ""));
    let mut settings = MetricsDirectorySettings::default();
    settings.path = Some(path.path().to_owned());
    let nautobot = open(&database);
    let mut registry = Registry::new();
    registry.register(metrics_directory(&nautobot, &settings).unwrap(), Limits::default()).unwrap();
    let mut last = None;
    for _ in 0..2 {
        let gathered = registry.gather(&Scrape::within(Duration::from_secs(2))).await;
        assert!(gathered.runs().all(|run| run.outcome().is_success()));
        last = Some(page::all_samples(&gathered));
    }
    // What failed came after what had not yet.
    let samples = last.unwrap();
    assert_eq!(value(&samples, "acme_z"), Some(1.0));
    assert_eq!(["a.toml", "b.toml", "c.toml"].map(|file| told(&samples, "success", file)), [Some(0.0); 3]);
}

#[tokio::test]
async fn two_hundred_files_are_served_and_no_more() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    let file = |i: usize, path: &Path| {
        write(path, &format!("{i:03}.toml"), gauge(&format!("acme_{i:03}"), "SELECT 1 AS value", &[], ""));
    };
    (0..201).for_each(|i| file(i, path.path()));
    let samples = scrape(&registry(&database, path.path())).await;
    let served = (0..201).filter(|i| samples.contains_key(&format!("acme_{i:03}"))).count();
    assert_eq!((served, told(&samples, "loaded", "200.toml")), (200, Some(0.0)));
}
