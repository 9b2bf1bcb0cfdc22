//! Measures both exporters, in release builds in front of throw-away servers, beside what they are compared with:
//! the same SQL run bare, the plugin in a real Nautobot, PyPI's exporters of RQ and Celery on the same Redis, and the client of
//! Prometheus on the same directory. Fails when a target is missed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "people read what this program prints")]

mod app;
mod celery;
mod large;
mod plugin;
mod pypi;
mod report;
mod rq;
mod server;
mod sql;
mod worker;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use report::{Report, Target, milliseconds};
use server::Server;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measures one of the exporters, or what one of the libraries is for.
type Measure = fn(&mut Report) -> Outcome<()>;

const PARTS: [(&str, Measure); 4] = [
    ("app-exporter", app::measure),
    ("rq-exporter", rq::measure),
    ("celery", celery::measure),
    ("prometheus-multiproc", worker::measure),
];

/// Scrapes after which the memory of an exporter is looked at.
const SCRAPES: usize = 1_000;
/// How often each exporter is started.
const STARTS: usize = 11;

fn main() -> ExitCode {
    let only = env::args().nth(1);
    let is_wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let wanted: Vec<Measure> =
        PARTS.iter().filter(|(name, _)| is_wanted(name)).map(|(_, measure)| *measure).collect();
    if wanted.is_empty() {
        eprintln!("usage: bench [app-exporter|rq-exporter|celery|prometheus-multiproc]");
        return ExitCode::from(2);
    }

    let mut report = Report::new();
    match wanted.iter().try_for_each(|measure| measure(&mut report)) {
        Ok(()) if report.all_hold() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Reports the memory of a running exporter after all its scrapes, and how quickly it starts.
fn memory_and_start(report: &mut Report, exporter: &Server, scrapes_so_far: usize) -> Outcome<()> {
    for _ in scrapes_so_far..SCRAPES {
        exporter.scrape()?;
    }
    let resident = exporter.resident_mebibytes()?;
    report.line(
        &format!("{}: memory after {SCRAPES} scrapes", exporter.name),
        &format!("{resident:.1} MiB"),
        "",
        resident,
        Target::Below(15.0, " MiB"),
    );

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        exporter.stop();
        starts.push(exporter.start()?);
    }
    let start = median(starts);
    report.line(
        &format!("{}: exec to first page", exporter.name),
        &milliseconds(start),
        "",
        start.as_secs_f64() * 1e3,
        Target::Below(100.0, " ms"),
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
