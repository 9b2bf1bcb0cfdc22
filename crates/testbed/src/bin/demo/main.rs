//! Shows the exporters at work: throw-away PostgreSQL and Redis servers with a populated Nautobot, both exporters
//! in front of them, and Prometheus and a Celery worker if they are installed. Runs until Ctrl-C and leaves nothing behind.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "people watch this program")]

mod options;
mod programs;
mod workers;

use std::panic::resume_unwind;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use testbed::http::request;
use testbed::{Exporter, Postgres, Redis};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::interval;

use options::Options;
use programs::Prometheus;
use workers::Workers;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How often something happens in the queues.
const PERIOD: Duration = Duration::from_secs(10);

const METRICS: &str = "/metrics";

/// How much of a page fits on a screen beside the other.
const FIRST_LINES: usize = 16;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\nusage: demo [--nautobot 1.6|3.2] [--exit-when-ready]");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome<()> {
    let nautobot = options.nautobot;
    println!("starting PostgreSQL with {}, and Redis with its queues", nautobot.dataset());
    let redis = Redis::start()?;
    workers::load(nautobot, &redis);
    let broker = redis.url();
    // Celery takes longer to start than everything else
    let workers = thread::spawn(move || Workers::start(nautobot, &broker));
    let postgres = Postgres::start()?;
    let database = postgres.database(nautobot.dataset());

    println!("starting the exporters");
    let reader = database.url_for("reader");
    let app = programs::app_exporter(nautobot, &reader)?;
    let rq = programs::rq_exporter(nautobot, &redis.url(), &reader)?;
    let exporters = [("app-exporter", &app), ("rq-exporter", &rq)];
    let prometheus = Prometheus::start(&exporters).unwrap_or_else(|error| {
        eprintln!("going on without Prometheus: {error}");
        None
    });

    for (name, exporter) in exporters {
        show_first_lines(name, exporter)?;
    }
    println!("\npostgresql    {}\nredis         {}", database.url(), redis.url());
    for (name, exporter) in exporters {
        println!("{name:<13} {}", url(exporter));
    }
    if let Some(prometheus) = &prometheus {
        println!("prometheus    {}", prometheus.url());
    }
    let workers = workers.join().unwrap_or_else(|panic| resume_unwind(panic))?;
    println!("\n{}", workers.description());
    if !options.exit_when_ready {
        println!("Ctrl-C stops everything and leaves nothing behind (`just` calls that an error).");
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(until_stopped(&workers, &redis, &exporters))?;
    }
    workers.kill();
    Ok(())
}

fn url(exporter: &Exporter) -> String {
    format!("http://127.0.0.1:{}{METRICS}", exporter.port())
}

fn show_first_lines(name: &str, exporter: &Exporter) -> Outcome<()> {
    let page = request("GET", exporter.port(), METRICS, &[])
        .ok()
        .filter(|page| page.status == 200)
        .ok_or_else(|| failure(name, exporter, "does not answer"))?;
    println!("\n{}, the first of {} lines:", url(exporter), page.text().lines().count());
    for line in page.text().lines().take(FIRST_LINES) {
        println!("    {line}");
    }
    Ok(())
}

/// Returns at Ctrl-C or SIGTERM, or with an error when an exporter has ended.
async fn until_stopped(workers: &Workers, redis: &Redis, exporters: &[(&str, &Exporter)]) -> Outcome<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut period = interval(PERIOD);
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = period.tick() => workers.work(redis),
        }
        if let Some((name, ended)) = exporters.iter().find(|(_, exporter)| !exporter.is_running()) {
            return Err(failure(name, ended, "has ended"));
        }
    }
}

fn failure(name: &str, exporter: &Exporter, what: &str) -> Box<dyn std::error::Error> {
    format!("{name} {what}; its log:\n{}", exporter.log()).into()
}
