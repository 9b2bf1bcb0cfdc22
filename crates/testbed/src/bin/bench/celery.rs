//! rq-exporter in front of Celery's queues, beside the exporter that asks workers by broadcast.

use std::time::Duration;

use serde_json::json;
use testbed::python::Installed;
use testbed::{Program, Redis, Supervisor};

use crate::report::{Report, Target, milliseconds};
use crate::server::Server;
use crate::{Outcome, SCRAPES, median, pypi};

const WHAT: &str = "rq-exporter: scrape of 1,000 Celery queues";
const AUTO: &str = "the same, broker = \"auto\"";
const SEEN: &str = "the same, of 12 tasks with priorities it sees";
const MEMORY: &str = "rq-exporter: memory after 1,000 of these";
const QUEUES: usize = 1_000;
/// The queue of the tasks that a real Celery sends, with all ten priorities.
const PRIORITISED: &str = "prioritised";
const TASKS: usize = 12;
const SEND: &str = "import sys; from celery import Celery; app = Celery(broker=sys.argv[1])
for task in range(int(sys.argv[3])):
    app.send_task('bench', queue=sys.argv[2], priority=task % 10)";
/// The other exporter takes two seconds for each scrape.
const TURNS: usize = 5;
const SCRAPES_OF_A_TURN: usize = 20;

/// What our exporter is compared with. The worker is idle.
struct Beside {
    exporter: Server,
    _worker: Supervisor,
}

pub(crate) fn measure(report: &mut Report) -> Outcome<()> {
    let redis = Redis::start()?;
    redis.cli(&["EVAL", include_str!("celery.lua"), "0"]);
    let beside = Beside::start(&redis);
    let (celery, auto) = (ours(&redis, "celery")?, ours(&redis, "auto")?);

    let (mut times, mut auto_times, mut beside_times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        for _ in 0..SCRAPES_OF_A_TURN {
            times.push(celery.scrape()?);
            auto_times.push(auto.scrape()?);
        }
        if let Ok(beside) = &beside {
            beside_times.push(beside.exporter.scrape()?);
        }
    }
    match &beside {
        Ok(beside) => {
            let other = format!("{} {}", milliseconds(median(beside_times)), beside.exporter.name);
            speed(report, WHAT, &other, median(times));
            tell_seen(report, &celery, &beside.exporter)?;
        }
        Err(why) => {
            speed(report, WHAT, "", median(times));
            report.not_measured(SEEN, "", &format!("{} is missing: {why}", pypi::CELERY_EXPORTER));
        }
    }
    speed(report, AUTO, "", median(auto_times));
    memory(report, &celery)
}

fn speed(report: &mut Report, what: &str, beside: &str, took: Duration) {
    let figure = took.as_secs_f64() * 1e3;
    report.line(what, &milliseconds(took), beside, figure, Target::Below(40.0, " ms"));
}

fn tell_seen(report: &mut Report, exporter: &Server, other: &Server) -> Outcome<()> {
    let ours = format!(r#"nautobot_queue_number_jobs{{name="{PRIORITISED}",status="queued"}} "#);
    let theirs = format!(r#"celery_queue_length{{queue_name="{PRIORITISED}"}} "#);
    let (ours, theirs) = (value(&exporter.page()?, &ours)?, value(&other.page()?, &theirs)?);
    let beside = format!("{theirs} {}", other.name);
    report.line(SEEN, &ours.to_string(), &beside, ours, Target::AtLeast(TASKS as f64, ""));
    Ok(())
}

fn memory(report: &mut Report, exporter: &Server) -> Outcome<()> {
    for _ in TURNS * SCRAPES_OF_A_TURN..SCRAPES {
        exporter.scrape()?;
    }
    let resident = exporter.resident_mebibytes()?;
    report.line(MEMORY, &format!("{resident:.1} MiB"), "", resident, Target::Below(20.0, " MiB"));
    Ok(())
}

/// Started, and with a page of all queues.
fn ours(redis: &Redis, broker: &str) -> Outcome<Server> {
    let settings = json!({ "redis": { "url": redis.url() }, "rq_metrics": { "broker": broker } });
    let exporter = Server::ours("rq-exporter", &settings)?;
    exporter.start()?;
    let page = exporter.page()?;
    let jobs = page.lines().filter(|line| line.starts_with("nautobot_queue_number_jobs{name=\"queue-"));
    let seen = jobs.filter(|line| line.contains("status=\"queued\"")).count();
    if seen != QUEUES {
        return Err(format!("a page with {seen} queues instead of {QUEUES}").into());
    }
    Ok(exporter)
}

/// The number at the end of the line that begins so.
fn value(page: &str, series: &str) -> Outcome<f64> {
    let value = page.lines().find_map(|line| line.strip_prefix(series));
    Ok(value.ok_or_else(|| format!("no {series}on a page"))?.parse()?)
}

impl Beside {
    fn start(redis: &Redis) -> Outcome<Self> {
        let python = pypi::CELERY.make()?;
        let mut send = python.command("python");
        send.args(["-c", SEND, &redis.url(), PRIORITISED, &TASKS.to_string()]);
        let sent = send.output()?;
        if !sent.status.success() {
            return Err(String::from_utf8_lossy(&sent.stderr).into());
        }
        let worker = worker(&python, redis)?;
        let queues = (1..=QUEUES).map(|queue| format!("queue-{queue:04}"));
        let queues: Vec<_> = queues.chain([PRIORITISED.to_owned()]).collect();
        let exporter = pypi::celery_exporter(&python, redis, &queues)?;
        exporter.start()?;
        Ok(Self { exporter, _worker: worker })
    }
}

/// One that is ready, of a queue in which nothing waits.
fn worker(python: &Installed, redis: &Redis) -> Outcome<Supervisor> {
    let url = redis.url();
    let arguments = ["-b", &url, "worker", "-Q", "idle", "-c", "1", "-n", "idle@bench", "-l", "info"];
    let program = [python.program("celery").into_os_string()].into_iter();
    let worker = Supervisor::new(&Program {
        server: "Celery",
        command: program.chain(arguments.map(Into::into)).collect(),
        prepare: "true".into(),
        stop_signal: "TERM",
        unprivileged: false,
    })?;
    worker.start(|_| worker.log().contains(" ready."))?;
    Ok(worker)
}
