//! Shows the exporters at work: throw-away PostgreSQL and Redis servers with a populated Nautobot, both exporters
//! in front of them, and Prometheus if it is installed. Runs until Ctrl-C and leaves nothing behind.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "people watch this program")]

mod options;
mod programs;

use std::process::ExitCode;
use std::time::Duration;

use testbed::{Postgres, Redis};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use options::Options;
use programs::Web;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A worker and its job expire 80 seconds after they were loaded unless someone stands in for their heartbeat.
const HEARTBEAT: Duration = Duration::from_secs(30);

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
    println!("starting PostgreSQL with {}", options.dataset);
    let postgres = Postgres::start()?;
    let database = postgres.database(options.dataset);
    println!("starting Redis with RQ's queues");
    let redis = Redis::start()?;
    redis.load_rq();

    println!("starting the exporters");
    let app = programs::app_exporter(&database.url_for("reader"), options.dataset)?;
    let rq = programs::rq_exporter(&redis.url())?;
    let prometheus = programs::prometheus(&[&app, &rq])?;

    for exporter in [&app, &rq] {
        show_first_lines(exporter)?;
    }
    println!("\npostgresql    {}\nredis         {}", database.url(), redis.url());
    for web in [&app, &rq].into_iter().chain(&prometheus) {
        println!("{:<13} {}", web.name, web.url());
    }
    if options.exit_when_ready {
        return Ok(());
    }
    println!("\nCtrl-C stops everything and leaves nothing behind.");
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(until_stopped(&redis, &[&app, &rq]))
}

fn show_first_lines(exporter: &Web) -> Outcome<()> {
    let page = exporter.get(programs::METRICS).ok_or_else(|| exporter.failure("does not answer"))?;
    println!("\n{}, the first of {} lines:", exporter.url(), page.lines().count());
    for line in page.lines().take(FIRST_LINES) {
        println!("    {line}");
    }
    Ok(())
}

/// Returns at Ctrl-C or SIGTERM, or with an error when an exporter has ended.
async fn until_stopped(redis: &Redis, exporters: &[&Web]) -> Outcome<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            () = sleep(HEARTBEAT) => redis.load_rq(),
        }
        if let Some(ended) = exporters.iter().find(|exporter| !exporter.is_running()) {
            return Err(ended.failure("has ended"));
        }
    }
}
