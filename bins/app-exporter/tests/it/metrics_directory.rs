//! Files with families, in front of the whole program.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;
use testbed::{Database, Exporter, Postgres, run};

use crate::{PROGRAM, succeeded, value};

fn settings(database: &Database, path: &Path) -> String {
    json!({
        "database": { "url": database.url() },
        "collectors": { "metrics_directory": { "path": path } },
    })
    .to_string()
}

fn write(path: &Path, answer: &str) {
    let text = format!(
        "sql = \"SELECT {answer} AS value\"\n[[metric]]\nname = \"acme_answer\"\nhelp = \"x\"\nkind = \"gauge\"\n"
    );
    // As editors do, and whoever wants no half of a file to be read.
    fs::write(path.join(".new"), text).unwrap();
    fs::rename(path.join(".new"), path.join("answer.toml")).unwrap();
}

#[test]
fn the_check_ends_with_what_is_wrong_and_serving_does_not() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    write(path.path(), "42");
    fs::write(path.path().join("bad.toml"), "sql = \"SELECT 1\"\n[[metric]]\nnmae = \"acme_bad\"\n").unwrap();
    let settings = settings(&database, path.path());

    let check = run(PROGRAM, &settings, &["--config.check"]);
    let refusal = String::from_utf8(check.stderr).unwrap();
    assert_eq!(check.status.code(), Some(78), "{refusal}");
    assert!(refusal.contains("bad.toml:3: unknown key `nmae`; did you mean `name`?"), "{refusal}");
    assert_eq!(refusal.lines().count(), 1, "{refusal}");

    let exporter = Exporter::start(PROGRAM, &settings, &[]).unwrap();
    for _ in 0..2 {
        let page = exporter.scrape();
        assert_eq!(value(&page, "acme_answer"), Some(42.0));
        assert_eq!(succeeded(&page, "metrics_directory"), Some(1.0));
        assert_eq!(succeeded(&page, "models"), Some(1.0));
    }
    let log = exporter.log();
    assert_eq!(log.matches("bad.toml:3").count(), 1, "{log}");

    fs::remove_file(path.path().join("bad.toml")).unwrap();
    let check = run(PROGRAM, &settings, &["--config.check"]);
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn the_command_explains_each_file() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    write(path.path(), "count(*) AS n, nothing");
    let explain = |answer| {
        write(path.path(), answer);
        let output = run(PROGRAM, &settings(&database, path.path()), &["metrics-directory"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let refused = explain("nothing");
    assert!(
        refused.starts_with("answer.toml: refused\n") && refused.contains("\"nothing\" does not exist"),
        "{refused}"
    );
    let accepted = explain("1");
    assert!(accepted.starts_with("answer.toml: accepted\n  ") && accepted.contains("(cost="), "{accepted}");

    let unset =
        run(PROGRAM, &json!({ "database": { "url": database.url() } }).to_string(), &["metrics-directory"]);
    assert_eq!(unset.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unset.stderr).contains("collectors.metrics_directory: path is not set"));
}

#[test]
fn a_reload_under_load_loses_no_scrape() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    write(path.path(), "0");
    let exporter = Exporter::start(PROGRAM, &settings(&database, path.path()), &[]).unwrap();
    let is_over = AtomicBool::new(false);
    let scrapes = thread::scope(|scope| {
        let scraping = || {
            let mut answers = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let page = exporter.scrape();
                assert_eq!(succeeded(&page, "metrics_directory"), Some(1.0), "{}", exporter.log());
                answers.push(value(&page, "acme_answer").expect("the family is on each page"));
            }
            answers
        };
        let scrapers: Vec<_> = (0..4).map(|_| scope.spawn(scraping)).collect();
        for version in 1..=60 {
            // Each third is bad, and the one before it is served.
            write(path.path(), &if version % 3 == 0 { "\"".to_owned() } else { version.to_string() });
            thread::sleep(std::time::Duration::from_millis(50));
        }
        is_over.store(true, Ordering::Relaxed);
        scrapers.into_iter().map(|scraper| scraper.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(value(&exporter.scrape(), "acme_answer"), Some(59.0));
    for answers in scrapes {
        assert!(answers.is_sorted() && answers.len() > 20, "{answers:?}");
    }
}
