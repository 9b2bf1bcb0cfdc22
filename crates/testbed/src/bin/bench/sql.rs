//! The statements of a scrape, taken from the server's log and sent again without an exporter.

use std::fs;
use std::process::Command;
use std::time::Duration;

use tempfile::tempdir;
use testbed::{Database, postgres_program};

use crate::Outcome;
use crate::server::Server;

/// What a transaction of the exporter sets, and what forbids to write.
const SESSION: &str = "-c max_parallel_workers_per_gather=0 -c jit=off -c default_transaction_read_only=on";

/// The SELECT statements of one scrape in the order in which the server got them.
pub(crate) struct Script(Vec<String>);

impl Script {
    /// Starts the exporter, lets it scrape while the server logs, and stops it.
    pub(crate) fn of_one_scrape(database: &Database, exporter: &Server) -> Outcome<Self> {
        database.psql("ALTER ROLE reader SET log_statement = 'all'");
        // the first page takes a look at the schema, which is not part of each scrape
        exporter.start()?;
        let before = server_log(database).len();
        exporter.scrape()?;
        let log = server_log(database);
        exporter.stop();
        database.psql("ALTER ROLE reader RESET log_statement");
        let statements = statements(log.get(before..).unwrap_or_default())?;
        if statements.is_empty() {
            Err("the server logged no statement".into())
        } else {
            Ok(Self(statements))
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Sends all statements this many times through one connection, one after the other, and says how long each time
    /// took. The program is PostgreSQL's own; like the exporter it names no statement, so that each is planned anew.
    pub(crate) fn run_bare(&self, url: &str, times: usize) -> Outcome<Vec<Duration>> {
        let directory = tempdir()?;
        let script = directory.path().join("script.sql");
        fs::write(&script, format!("{};\n", self.0.join(";\n")))?;
        let output = Command::new(postgres_program("pgbench")?)
            .args(["--no-vacuum", "--protocol=extended", "--log", "--log-prefix=times"])
            // one more, because the first one finds the caches of its session empty
            .arg(format!("--transactions={}", times + 1))
            .arg("--file")
            .arg(&script)
            .arg(url)
            .env("PGOPTIONS", SESSION)
            .current_dir(&directory)
            .output()
            .map_err(|error| format!("pgbench of PostgreSQL's programs is needed: {error}"))?;
        if !output.status.success() {
            return Err(format!("pgbench failed: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        fs::remove_file(&script)?;
        let file = fs::read_dir(&directory)?.next().ok_or("pgbench wrote no times")??.path();
        fs::read_to_string(file)?.lines().skip(1).map(time).collect()
    }
}

/// Everything that the server has logged: its standard error lies beside its data.
fn server_log(database: &Database) -> String {
    database.psql("SELECT pg_read_file(current_setting('data_directory') || '/../log')")
}

/// The statements of the extended protocol: those that begin and end transactions come by the simple one.
fn statements(log: &str) -> Outcome<Vec<String>> {
    let mut statements: Vec<String> = Vec::new();
    let mut is_statement = false;
    for line in log.lines() {
        if line.contains("DETAIL:  parameters:") {
            return Err("a statement with parameters cannot be replayed".into());
        }
        if let Some(more) = line.strip_prefix('\t') {
            if let Some(statement) = statements.last_mut().filter(|_| is_statement) {
                statement.push('\n');
                statement.push_str(more);
            }
            continue;
        }
        let statement = line.split_once("LOG:  execute <unnamed>: ");
        is_statement = statement.is_some();
        statements.extend(statement.map(|(_, sql)| sql.to_owned()));
    }
    Ok(statements)
}

/// A line of pgbench's log: client, transaction, microseconds, script, and when it was over.
fn time(line: &str) -> Outcome<Duration> {
    let microseconds = line.split(' ').nth(2).ok_or("pgbench wrote a line without a time")?;
    Ok(Duration::from_micros(microseconds.parse()?))
}
