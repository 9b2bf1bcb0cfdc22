//! app-exporter beside its own SQL.

use serde_json::{Value, json};
use testbed::{Database, Postgres, models};

use crate::large;
use crate::report::{Report, Target, milliseconds};
use crate::server::Server;
use crate::sql::{Script, logging};
use crate::{Outcome, median, memory_and_start};

const DATASET: &str = "nautobot-3.2.7";

/// Measures take turns, so that what else the machine does hits both.
pub(crate) struct Turns {
    pub(crate) turns: usize,
    pub(crate) of_each: usize,
}

/// Which readings the exporter serves again, as its setting `database.reuse` says.
#[derive(Clone, Copy)]
pub(crate) enum Reuse {
    Auto,
    Off,
}

pub(crate) fn measure(report: &mut Report) -> Outcome<()> {
    let postgres = Postgres::start()?;
    let database = postgres.database(DATASET);
    let turns = Turns { turns: 20, of_each: 10 };
    cold(report, "app-exporter: a small Nautobot, cold", &database, &turns, Target::AtMost(1.3, "x"))?;
    let exporter = exporter(&database, Reuse::Auto)?;
    exporter.start()?;
    memory_and_start(report, &exporter, 0)?;
    exporter.stop();

    database.psql(include_str!("large.sql"));
    large::measure(report, &postgres, &database)
}

/// Scrapes that read everything.
pub(crate) fn cold(
    report: &mut Report,
    what: &str,
    database: &Database,
    turns: &Turns,
    target: Target,
) -> Outcome<()> {
    let exporter = exporter(database, Reuse::Off)?;
    let script = logging(database, || {
        // the first page takes a closer look at the schema, which is not part of each scrape
        exporter.start()?;
        Script::of(database, || exporter.scrape())
    })?;
    exporter.stop();

    exporter.start()?;
    let (mut scrapes, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..turns.turns {
        for _ in 0..turns.of_each {
            scrapes.push(exporter.scrape()?);
        }
        bare.extend(script.run_bare(&database.url_for("reader"), turns.of_each)?);
    }
    exporter.page()?;
    exporter.stop();

    let (scrape, bare) = (median(scrapes), median(bare));
    let beside = format!("{} its SQL bare", milliseconds(bare));
    report.line(what, &milliseconds(scrape), &beside, scrape.as_secs_f64() / bare.as_secs_f64(), target);
    Ok(())
}

pub(crate) fn exporter(database: &Database, reuse: Reuse) -> Outcome<Server> {
    let reuse = match reuse {
        Reuse::Auto => "auto",
        Reuse::Off => "off",
    };
    let settings = json!({
        "database": { "url": database.url_for("reader"), "reuse": reuse },
        "app_metrics": app_metrics(),
    });
    Server::ours("app-exporter", &settings)
}

/// Everything on, and every model that the plugin's own page counts.
pub(crate) fn app_metrics() -> Value {
    json!({ "models": models(DATASET), "jobs": true, "gitrepositories": true })
}
