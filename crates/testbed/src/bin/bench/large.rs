//! app-exporter in front of a large Nautobot: everything is read, nothing has changed, one table has. Beside it the
//! plugin on the same database.

use testbed::{Database, Postgres, Redis, samples};

use crate::app::{Reuse, Turns, app_metrics, cold, exporter};
use crate::report::{Report, Target, milliseconds};
use crate::server::Server;
use crate::sql::{Script, logging};
use crate::{Outcome, median, plugin};

/// The models of the plugin's page of this data set.
const MODELS: usize = 65;
const TURNS: Turns = Turns { turns: 10, of_each: 5 };
const INSERT: &str = "
    INSERT INTO dcim_interface
    SELECT copy.*
    FROM (SELECT i FROM dcim_interface AS i LIMIT 1) AS original
    CROSS JOIN gen_random_uuid() AS id
    CROSS JOIN jsonb_populate_record(i, jsonb_build_object('id', id, 'name', id)) AS copy";

pub(crate) fn measure(report: &mut Report, postgres: &Postgres, database: &Database) -> Outcome<()> {
    let target = Target::AtMost(1.2, "x");
    cold(report, "app-exporter: a large Nautobot, cold", database, &TURNS, target)?;

    let exporter = exporter(database, Reuse::Auto)?;
    let after_insert = statements(report, database, &exporter)?;
    exporter.start()?;
    unchanged(report, postgres, database, &exporter)?;
    one_insert(report, database, &exporter, &after_insert)
}

/// How many statements a scrape takes. Returns those of one after an insert.
fn statements(report: &mut Report, database: &Database, exporter: &Server) -> Outcome<Script> {
    let (first, unchanged, after_insert) = logging(database, || {
        let first = Script::of(database, || exporter.start())?;
        let unchanged = Script::of(database, || exporter.scrape())?;
        database.psql(INSERT);
        Ok((first, unchanged, Script::of(database, || exporter.scrape())?))
    })?;
    exporter.stop();

    let mut line = |what: &str, script: &Script, most: f64| {
        let statements = script.statements;
        report.line(what, &statements.to_string(), "", statements as f64, Target::AtMost(most, ""));
    };
    line("app-exporter: SQL statements of the first scrape", &first, 6.0);
    line("app-exporter: SQL statements, unchanged", &unchanged, 3.0);
    line("app-exporter: SQL statements after one insert", &after_insert, 3.0);
    if !after_insert.names("dcim_interface") {
        return Err("the scrape after an insert does not count its table".into());
    }
    let what = "app-exporter: tables counted after one insert";
    let counts = after_insert.counts();
    report.line(what, &counts.to_string(), "", counts as f64, Target::AtMost(1.0, ""));
    Ok(after_insert)
}

/// In turns with the plugin.
fn unchanged(
    report: &mut Report,
    postgres: &Postgres,
    database: &Database,
    exporter: &Server,
) -> Outcome<()> {
    let redis = Redis::start()?;
    let nautobot = plugin::nautobot(postgres, database, &redis, &app_metrics());
    let nautobot = nautobot.and_then(|nautobot| nautobot.start().map(|_| nautobot));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS.turns {
        if let Ok(nautobot) = &nautobot {
            for _ in 0..TURNS.of_each {
                theirs.push(nautobot.scrape()?);
            }
        }
        for _ in 0..TURNS.of_each * 10 {
            ours.push(exporter.scrape()?);
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));

    let what = "app-exporter: a large Nautobot, unchanged";
    let taken = milliseconds(ours);
    report.line(what, &taken, "", ours.as_secs_f64() * 1e3, Target::Below(3.0, " ms"));
    match nautobot {
        Ok(nautobot) => {
            for server in [exporter, &nautobot] {
                has_all_models(server)?;
            }
            let beside = format!("{} {}", milliseconds(theirs), nautobot.name);
            let times = theirs.as_secs_f64() / ours.as_secs_f64();
            report.line(what, &taken, &beside, times, Target::AtLeast(60.0, "x"));
        }
        Err(why) => report.not_measured(what, &taken, &format!("{} is missing: {why}", plugin::NAME)),
    }
    Ok(())
}

fn one_insert(
    report: &mut Report,
    database: &Database,
    exporter: &Server,
    after_insert: &Script,
) -> Outcome<()> {
    let (mut scrapes, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS.turns {
        for _ in 0..TURNS.of_each {
            database.psql(INSERT);
            scrapes.push(exporter.scrape()?);
        }
        bare.extend(after_insert.run_bare(&database.url_for("reader"), TURNS.of_each)?);
    }
    let counted = interfaces(&exporter.page()?);
    let there = database.psql("SELECT count(*) FROM dcim_interface").parse()?;
    if counted != Some(there) {
        return Err(format!("a page with {counted:?} interfaces instead of {there}").into());
    }

    let (scrape, bare) = (median(scrapes), median(bare));
    let beside = format!("{} its SQL bare", milliseconds(bare));
    let what = "app-exporter: a large Nautobot after one insert";
    let ratio = scrape.as_secs_f64() / bare.as_secs_f64();
    report.line(what, &milliseconds(scrape), &beside, ratio, Target::AtMost(1.3, "x"));
    Ok(())
}

fn has_all_models(server: &Server) -> Outcome<()> {
    let models = samples(&server.page()?).get("nautobot_model_count").map_or(0, |counts| counts.len());
    if models == MODELS {
        Ok(())
    } else {
        Err(format!("{} counts {models} models instead of {MODELS}", server.name).into())
    }
}

fn interfaces(page: &str) -> Option<f64> {
    let labels = [("app", "dcim"), ("name", "Interface")].map(|(name, value)| (name.into(), value.into()));
    samples(page).get("nautobot_model_count")?.get(labels.as_slice()).copied()
}
