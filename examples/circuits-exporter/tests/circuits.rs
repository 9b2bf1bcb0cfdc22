//! The example does what it says, and the README shows it as it is.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use circuits_exporter::Circuits;
use metrics_core::{Limits, Registry, Scrape, Value};
use nautobot_db::{Nautobot, Settings};
use testbed::Postgres;

#[tokio::test]
async fn circuits_are_counted_in_a_real_database() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let mut settings = Settings::default();
    settings.url = Some(database.url().into());
    let mut registry = Registry::new();
    registry.register(Circuits(Nautobot::open(&settings).unwrap()), Limits::default()).unwrap();

    let gathered = registry.gather(&Scrape::within(Duration::from_secs(10))).await;

    assert!(gathered.runs().all(|run| run.outcome().is_success()), "{gathered:?}");
    let samples = gathered.families().flat_map(|family| family.samples());
    let counts = samples.map(|sample| match sample.value() {
        Value::Number(circuits) => *circuits,
        other => panic!("{other:?}"),
    });
    let circuits: f64 = counts.sum();
    assert_eq!(circuits.to_string(), database.psql("SELECT count(*) FROM circuits_circuit"));
    assert!(circuits > 0.0);
}

#[test]
fn the_readme_shows_this_collector() {
    let readme = include_str!("../../../README.md");
    let code = include_str!("../src/lib.rs").split_once("\n\n").unwrap().1;
    assert!(readme.contains(&format!("```rust\n{code}```\n")));
}
