//! The statements of a scrape, taken from the server's log and sent again without an exporter.

use std::fs;
use std::process::Command;
use std::time::Duration;

use tempfile::tempdir;
use testbed::{Database, postgres_program};

use crate::Outcome;

/// What a transaction of the exporter sets, and what forbids to write.
const SESSION: &str = "-c max_parallel_workers_per_gather=0 -c jit=off -c default_transaction_read_only=on";

/// What the server got, in the order in which it did.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Script {
    /// How many statements it logged. One in a message with its transaction is one.
    pub(crate) statements: usize,
    /// Those that read, without their transactions.
    reading: Vec<String>,
}

/// Lets the server log what the role `reader` says in connections that begin while `work` is done.
pub(crate) fn logging<T>(database: &Database, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    database.psql("ALTER ROLE reader SET log_statement = 'all'");
    let outcome = work();
    database.psql("ALTER ROLE reader RESET log_statement");
    outcome
}

impl Script {
    /// What the server logs during `work`, while it is [`logging`].
    pub(crate) fn of<T>(database: &Database, work: impl FnOnce() -> Outcome<T>) -> Outcome<Self> {
        let before = server_log(database).len();
        work()?;
        Self::of_log(server_log(database).get(before..).unwrap_or_default())
    }

    fn of_log(log: &str) -> Outcome<Self> {
        let mut script = Self::default();
        for entry in entries(log) {
            if entry.contains("DETAIL:  parameters:") {
                return Err("a statement with parameters cannot be replayed".into());
            }
            if let Some((_, message)) = entry.split_once("LOG:  statement: ") {
                script.statements += 1;
                script.reading.extend(within_transaction(message));
            } else if let Some((_, statement)) = entry.split_once("LOG:  execute <unnamed>: ") {
                script.statements += 1;
                script.reading.push(statement.to_owned());
            }
        }
        Ok(script)
    }

    /// How many tables it counts the rows of, when it reads no log entries.
    pub(crate) fn counts(&self) -> usize {
        self.reading.iter().map(|statement| statement.matches("count(*)").count()).sum()
    }

    /// Whether it names the table.
    pub(crate) fn names(&self, table: &str) -> bool {
        self.reading.iter().any(|statement| statement.contains(table))
    }

    /// Sends all statements that read this many times through one connection, one after the other, and says how long
    /// each time took. The program is PostgreSQL's own; like the exporter it names no statement, so that each is planned
    /// anew.
    pub(crate) fn run_bare(&self, url: &str, times: usize) -> Outcome<Vec<Duration>> {
        let directory = tempdir()?;
        let script = directory.path().join("script.sql");
        fs::write(&script, format!("{};\n", self.reading.join(";\n")))?;
        let output = Command::new(postgres_program("pgbench")?)
            .args(["--no-vacuum", "--protocol=simple", "--log", "--log-prefix=times"])
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

/// Each with all of its lines, which begin with a tab after the first.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// The only statement of a transaction that came whole: its lines are between the one that begins and the one that ends.
fn within_transaction(message: &str) -> Option<String> {
    let (begin, rest) = message.split_once('\n')?;
    let (statement, end) = rest.rsplit_once('\n')?;
    let is_whole = begin.starts_with("BEGIN") && end.trim_start_matches(';') == "COMMIT";
    (is_whole && !statement.trim().is_empty()).then(|| statement.to_owned())
}

/// A line of pgbench's log: client, transaction, microseconds, script, and when it was over.
fn time(line: &str) -> Outcome<Duration> {
    let microseconds = line.split(' ').nth(2).ok_or("pgbench wrote a line without a time")?;
    Ok(Duration::from_micros(microseconds.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_statements_and_what_they_read() {
        let log = "\
2026-11-23 03:00:00.000 UTC [1] LOG:  statement: BEGIN READ ONLY; SET LOCAL jit = off;
\tSELECT 0, count(*) FROM dcim_rack
\tUNION ALL SELECT 1, count(*) FROM dcim_device WHERE true
\t;COMMIT
2026-11-23 03:00:00.001 UTC [1] LOG:  statement: BEGIN READ ONLY; SET LOCAL jit = off;
\t
\t;COMMIT
2026-11-23 03:00:00.002 UTC [2] LOG:  statement: BEGIN READ ONLY
2026-11-23 03:00:00.003 UTC [2] LOG:  execute <unnamed>: SELECT 1
2026-11-23 03:00:00.004 UTC [2] LOG:  statement: COMMIT
2026-11-23 03:00:00.005 UTC [3] ERROR:  canceling statement due to user request
";
        let script = Script::of_log(log).unwrap();
        assert_eq!(script.statements, 5);
        let counts =
            "SELECT 0, count(*) FROM dcim_rack\nUNION ALL SELECT 1, count(*) FROM dcim_device WHERE true";
        assert_eq!(script.reading, [counts, "SELECT 1"]);
        assert_eq!(script.counts(), 2);
        assert!(script.names("dcim_rack") && !script.names("dcim_cable"));
    }

    #[test]
    fn parameters_are_refused() {
        let log = "LOG:  execute <unnamed>: SELECT $1\nDETAIL:  parameters: $1 = 'a'\n";
        assert!(Script::of_log(log).is_err());
    }
}
