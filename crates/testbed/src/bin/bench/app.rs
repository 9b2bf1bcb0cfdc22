//! app-exporter beside its own SQL.

use std::time::Duration;

use serde_json::{Value, json};
use testbed::{Database, Postgres, models};

use crate::report::{Report, Target, milliseconds};
use crate::server::Server;
use crate::sql::Script;
use crate::{Outcome, median, memory_and_start};

const DATASET: &str = "nautobot-3.2.7";
const TARGET: Target = Target::AtMost(1.3, "x");

/// Measures take turns, so that what else the machine does hits both.
struct Turns {
    turns: usize,
    of_each: usize,
}

pub(crate) fn measure(report: &mut Report) -> Outcome<()> {
    let postgres = Postgres::start()?;
    let database = postgres.database(DATASET);
    let exporter = Server::ours("app-exporter", &settings(&database))?;
    let turns = Turns { turns: 20, of_each: 10 };
    compare(report, "app-exporter: scrape of a small Nautobot 3.2", &database, &exporter, &turns)?;
    memory_and_start(report, &exporter, turns.turns * turns.of_each)?;
    exporter.stop();

    database.psql(include_str!("large.sql"));
    let turns = Turns { turns: 10, of_each: 5 };
    compare(report, "app-exporter: scrape of a large one", &database, &exporter, &turns)
}

/// Leaves the exporter running.
fn compare(
    report: &mut Report,
    what: &str,
    database: &Database,
    exporter: &Server,
    turns: &Turns,
) -> Outcome<()> {
    let script = Script::of_one_scrape(database, exporter)?;
    exporter.start()?;
    let (mut scrapes, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..turns.turns {
        for _ in 0..turns.of_each {
            scrapes.push(exporter.scrape()?);
        }
        bare.extend(script.run_bare(&database.url_for("reader"), turns.of_each)?);
    }
    exporter.page()?;

    let (scrape, bare) = (median(scrapes), median(bare));
    let beside = format!("{} {} statements bare", milliseconds(bare), script.len());
    report.line(what, &milliseconds(scrape), &beside, ratio(scrape, bare), TARGET);
    Ok(())
}

fn ratio(ours: Duration, bare: Duration) -> f64 {
    ours.as_secs_f64() / bare.as_secs_f64()
}

/// With everything on, and every model that the plugin's own page counts.
fn settings(database: &Database) -> Value {
    json!({
        "database": { "url": database.url_for("reader") },
        "app_metrics": { "models": models(DATASET), "jobs": true, "gitrepositories": true },
    })
}
