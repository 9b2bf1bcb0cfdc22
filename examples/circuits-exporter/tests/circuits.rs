//! The example does what it says, and the README shows it as it is.
#![cfg(test)]

use circuits_exporter::Circuits;
use collector_testkit::{Error, scrape, withstands};
use nautobot_db::{Nautobot, Settings};
use testbed::Postgres;

/// The page as PostgreSQL writes it, without a join.
const PAGE: &str = r#"
    SELECT format('acme_circuits{provider=%s,status=%s} %s', to_json(provider), to_json(status), count(*))
    FROM (
        SELECT
            (SELECT name FROM circuits_provider WHERE id = provider_id) AS provider,
            (SELECT name FROM extras_status WHERE id = status_id) AS status
        FROM circuits_circuit
    ) AS circuit
    GROUP BY provider, status"#;

fn circuits(url: &str) -> Circuits {
    let mut settings = Settings::default();
    settings.url = Some(url.into());
    Circuits(Nautobot::open(&settings).unwrap())
}

#[tokio::test]
async fn circuits_are_counted_in_a_real_database() -> Result<(), Error> {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let page = scrape(circuits(&database.url())).await?;
    let expected = database.psql(PAGE);
    assert!(!expected.is_empty());
    page.assert_eq(&expected);
    page.assert_conventions();
    page.assert_at_most(50);
    Ok(())
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_told_in_time() -> Result<(), Error> {
    withstands(|address| circuits(&format!("postgresql://nobody@{address}/nautobot"))).await
}

#[test]
fn the_readme_shows_this_collector() {
    let readme = include_str!("../../../README.md");
    let code = include_str!("../src/lib.rs").split_once("\n\n").unwrap().1;
    assert!(readme.contains(&format!("```rust\n{code}```\n")));
}
