use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Error;
use crate::error::OrPanic;
use crate::programs::no_pipe;

/// What the session prints behind each piece of SQL.
const DONE: &str = "-- done --";

/// A session of the superuser that stays open: what it locks stays locked until it is dropped.
#[derive(Debug)]
pub struct Session {
    psql: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Session {
    pub(crate) fn open(psql: &mut Command) -> Result<Self, Error> {
        let program = psql.get_program().to_string_lossy().into_owned();
        let spawned = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut psql = spawned.map_err(|cause| Error::Run { program: program.clone(), cause })?;
        let commands = psql.stdin.take().ok_or_else(|| no_pipe(&program))?;
        let answers = BufReader::new(psql.stdout.take().ok_or_else(|| no_pipe(&program))?);
        Ok(Self { psql, commands, answers })
    }

    /// Runs SQL to its end, and returns the rows like [`crate::Database::psql`].
    ///
    /// # Panics
    /// If the server refuses it; the reason is on the standard error.
    #[track_caller]
    pub fn run(&mut self, sql: &str) -> String {
        self.rows(sql).map_err(|cause| Error::Run { program: "psql".into(), cause }).or_panic()
    }

    fn rows(&mut self, sql: &str) -> std::io::Result<String> {
        writeln!(self.commands, "{sql};\n\\echo '{DONE}'")?;
        let mut rows = Vec::new();
        for line in self.answers.by_ref().lines() {
            match line? {
                line if line == DONE => return Ok(rows.join("\n")),
                line => rows.push(line),
            }
        }
        Err(std::io::Error::other("it has ended"))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // an error means that it is gone already
        let _ = self.psql.kill();
        let _ = self.psql.wait();
    }
}
