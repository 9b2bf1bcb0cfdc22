//! rq-exporter beside PyPI's on the same Redis.

use serde_json::json;
use testbed::Redis;

use crate::report::{Report, Target, milliseconds};
use crate::server::Server;
use crate::{Outcome, median, memory_and_start, pypi};

const WHAT: &str = "rq-exporter: scrape of 1,000 queues, 500 workers";
const QUEUES: usize = 1_000;
/// PyPI's exporter takes some seconds for each scrape.
const TURNS: usize = 5;
const SCRAPES_OF_A_TURN: usize = 20;

pub(crate) fn measure(report: &mut Report) -> Outcome<()> {
    let redis = Redis::start()?;
    redis.cli(&["EVAL", include_str!("queues.lua"), "0"]);
    let exporter = Server::ours(
        "rq-exporter",
        &json!({ "redis": { "url": redis.url() }, "rq_metrics": { "queues": [] } }),
    )?;
    exporter.start()?;
    let queues = exporter.page()?.matches("\nnautobot_queue_number_workers{").count();
    if queues != QUEUES {
        return Err(format!("a page with {queues} queues instead of {QUEUES}").into());
    }

    let other = pypi::rq_exporter(&redis).and_then(|other| other.start().map(|_| other));
    compare(report, &exporter, other)?;
    memory_and_start(report, &exporter, TURNS * SCRAPES_OF_A_TURN)
}

fn compare(report: &mut Report, exporter: &Server, other: Outcome<Server>) -> Outcome<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        for _ in 0..SCRAPES_OF_A_TURN {
            ours.push(exporter.scrape()?);
        }
        if let Ok(other) = &other {
            theirs.push(other.scrape()?);
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    match other {
        Ok(other) => {
            let beside = format!("{} {}", milliseconds(theirs), other.name);
            let times = theirs.as_secs_f64() / ours.as_secs_f64();
            report.line(WHAT, &milliseconds(ours), &beside, times, Target::AtLeast(50.0, "x"));
        }
        Err(why) => report.not_measured(
            WHAT,
            &milliseconds(ours),
            &format!("{} is missing: {why}", pypi::RQ_EXPORTER),
        ),
    }
    Ok(())
}
