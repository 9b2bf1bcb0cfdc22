//! `rq-exporter worker` beside the client of Prometheus itself, both serving one multiprocess directory.

use std::env;
use std::fs;
use std::path::Path;

use testbed::python::{Environment, PROMETHEUS_CLIENT};

use crate::report::{Report, Target, milliseconds};
use crate::server::Server;
use crate::{Outcome, median};

const WHAT: &str = "rq-exporter worker: scrape of 6,800 files";
const MEMORY: &str = "rq-exporter worker: memory after these scrapes";
const FILES: usize = 6_800;
/// Makes the directory, and serves it.
const SCRIPT: &str = include_str!("../../../../prometheus-multiproc/benches/many_files.py");
/// The client takes some seconds for each scrape.
const TURNS: usize = 7;
const SCRAPES_OF_A_TURN: usize = 20;

pub(crate) fn measure(report: &mut Report) -> Outcome<()> {
    match PROMETHEUS_CLIENT.last().ok_or("no client is named".into()).and_then(client) {
        Ok(client) => compare(report, &client),
        Err(why) => {
            report.not_measured(WHAT, "", &format!("the client is missing: {why}"));
            Ok(())
        }
    }
}

fn compare(report: &mut Report, client: &Server) -> Outcome<()> {
    let exporter = exporter(&client.directory().join("files"))?;
    exporter.start()?;
    client.start()?;
    let (files, values) = (files(&exporter.page()?), values(&exporter.page()?));
    if files != FILES || values == 0 || values != self::values(&client.page()?) {
        return Err(
            format!("a page of {files} files with {values} values, or the client's has others").into()
        );
    }

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        for _ in 0..SCRAPES_OF_A_TURN {
            ours.push(exporter.scrape()?);
        }
        theirs.push(client.scrape()?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let beside = format!("{} {}", milliseconds(theirs), client.name);
    let times = theirs.as_secs_f64() / ours.as_secs_f64();
    report.line(WHAT, &milliseconds(ours), &beside, times, Target::AtLeast(100.0, "x"));

    let (ours, theirs) = (exporter.resident_mebibytes()?, client.resident_mebibytes()?);
    let beside = format!("{theirs:.1} MiB {}", client.name);
    report.line(MEMORY, &format!("{ours:.1} MiB"), &beside, ours, Target::Below(40.0, " MiB"));
    Ok(())
}

fn exporter(directory: &Path) -> Outcome<Server> {
    let program = env::current_exe()?.with_file_name("rq-exporter").into_os_string();
    Server::new("rq-exporter worker", "/metrics", |port| {
        let listen = format!("--web.listen-address=127.0.0.1:{port}");
        let arguments = ["worker".into(), listen.into(), "--multiproc-dir".into(), directory.into()];
        [program].into_iter().chain(arguments).collect()
    })
}

/// Below its directory, the files are in `files`.
fn client(environment: &Environment) -> Outcome<Server> {
    let python = environment.make()?;
    let program = python.program("python").into_os_string();
    let server = Server::new("prometheus_client 0.26.0", "/metrics", |port| {
        let arguments = ["many_files.py", "serve", "files", &port.to_string()];
        [program].into_iter().chain(arguments.map(Into::into)).collect()
    })?;
    fs::write(server.directory().join("many_files.py"), SCRIPT)?;
    let mut make = python.command("python");
    make.args(["many_files.py", "make", "files", &FILES.to_string()]).current_dir(server.directory());
    let made = make.output()?;
    if made.status.success() { Ok(server) } else { Err(String::from_utf8_lossy(&made.stderr).into()) }
}

/// How many the exporter says that it saw.
fn files(page: &str) -> usize {
    let line = page.lines().find_map(|line| line.strip_prefix("nautobot_rq_multiproc_files "));
    line.and_then(|files| files.parse().ok()).unwrap_or_default()
}

/// How many values of the directory a page has.
fn values(page: &str) -> usize {
    let names = ["http_latency_", "http_responses_", "cache_", "health{"];
    page.lines().filter(|line| names.iter().any(|name| line.starts_with(name))).count()
}
