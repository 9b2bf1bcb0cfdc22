use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use crate::Error;
use crate::account::Account;
use crate::programs::{self, no_pipe};

const SCRIPT: &str = include_str!("supervisor.sh");
const LOG: &str = "log";
const MEMORY: &str = "/dev/shm";
const ROOM: u64 = 2 * 1024 * 1024;
const POLL: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(30);

/// A server program in a directory of its own, both owned by a small shell.
///
/// The shell holds a pipe from us. When that closes, because this value was dropped or this process has ended in
/// any way, the shell stops the server and removes the directory.
#[derive(Debug)]
pub struct Supervisor {
    server: &'static str,
    directory: PathBuf,
    shell: Mutex<Shell>,
}

/// A server's command line and what belongs to it. Of our environment it sees the search path only: settings that
/// somebody exported for a server of his own are not for this one.
#[derive(Debug)]
pub struct Program {
    /// What to call the server in errors and in the directory's name.
    pub server: &'static str,
    /// The command line. Relative names of files are in the server's directory.
    pub command: Vec<OsString>,
    /// Shell commands that fill the directory in which they run.
    pub prepare: String,
    /// The signal that asks the server to end.
    pub stop_signal: &'static str,
    /// Whether root leaves the server to an unprivileged account.
    pub unprivileged: bool,
}

#[derive(Debug)]
struct Shell {
    child: Child,
    /// `None` once the shell is to end.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Makes and prepares the directory; the server is not started yet.
    ///
    /// # Errors
    /// The directory cannot be made or the preparation fails.
    pub fn new(program: &Program) -> Result<Self, Error> {
        let server = program.server;
        let (directory, mut command) =
            Self::directory_and_shell(program).map_err(|cause| Error::Directory { server, cause })?;
        let mut child = command.spawn().map_err(|cause| Error::Run { program: "sh".into(), cause })?;
        // from here on the shell removes it
        let directory = directory.keep();
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or_else(|| no_pipe("sh"))?);
        let shell = Shell { child, commands, answers };
        let supervisor = Self { server, directory, shell: Mutex::new(shell) };
        let answer = supervisor.shell().answer();
        if answer.as_deref() == Some("stopped") { Ok(supervisor) } else { Err(supervisor.down()) }
    }

    fn directory_and_shell(program: &Program) -> io::Result<(TempDir, Command)> {
        let prefix = format!("testbed-{}-", program.server.to_lowercase());
        let directory = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent())?;
        let log = File::create(directory.path().join(LOG))?;
        let mut command = programs::command("/bin/sh");
        command
            .args(["-c", SCRIPT, program.server, &program.prepare, program.stop_signal])
            .args(&program.command)
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .process_group(0);
        if program.unprivileged
            && let Some(account) = Account::for_owner_of(directory.path())?
        {
            account.own(directory.path())?;
            account.run(&mut command);
        }
        Ok((directory, command))
    }

    /// Starts the server and waits until `ready` says so, 30 seconds at most.
    ///
    /// # Errors
    /// The server ended, or is not ready in time.
    pub fn start(&self, ready: impl Fn(u32) -> bool) -> Result<(), Error> {
        self.tell("start");
        let deadline = Instant::now() + PATIENCE;
        while let Some(pid) = self.pid()
            && Instant::now() < deadline
        {
            // whoever answers in its place, a server that has ended is not ready
            if ready(pid) && self.pid().is_some() {
                return Ok(());
            }
            sleep(POLL);
        }
        Err(self.down())
    }

    /// Asks the server to end, with more emphasis every five seconds, and returns when it has.
    pub fn stop(&self) {
        self.tell("stop");
    }

    /// Halts the server and its children (SIGSTOP): connections stay open and nobody answers.
    pub fn pause(&self) {
        self.tell("pause");
    }

    /// Ends [`Supervisor::pause`].
    pub fn resume(&self) {
        self.tell("resume");
    }

    /// Kills the server and its children (SIGKILL).
    pub fn kill(&self) {
        self.tell("kill");
    }

    /// The server's process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.tell("status")
    }

    /// The server's working directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What the server has printed so far.
    pub fn log(&self) -> String {
        let log = fs::read(self.directory.join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    pub(crate) fn down(&self) -> Error {
        Error::Down { server: self.server, directory: self.directory.clone(), log: tail(&self.log()) }
    }

    fn tell(&self, command: &str) -> Option<u32> {
        let mut shell = self.shell();
        let commands = shell.commands.as_mut()?;
        writeln!(commands, "{command}").ok()?;
        shell.answer()?.strip_prefix("running ")?.parse().ok()
    }

    fn shell(&self) -> MutexGuard<'_, Shell> {
        self.shell.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shell {
    fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        line.pop();
        Some(line)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.commands = None;
        // an error means that the shell is gone already
        let _ = self.child.wait();
    }
}

/// Where servers get their directories: in memory if there is room for some databases of thousands of small files,
/// which take ten times as long on a disk. Not `$TMPDIR`: PostgreSQL's socket needs a short path, which every account
/// can reach.
fn parent() -> &'static str {
    let has_room = programs::command("df").args(["-Pk", MEMORY]).output().is_ok_and(|output| {
        let table = String::from_utf8_lossy(&output.stdout);
        let available =
            table.lines().nth(1).and_then(|row| row.split_whitespace().nth(3)?.parse::<u64>().ok());
        available.is_some_and(|kibibytes| kibibytes >= ROOM)
    });
    if has_room { MEMORY } else { "/tmp" }
}

/// The last lines of a program's output, enough to see what it complains about.
pub(crate) fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.lines().rev().take(8).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
