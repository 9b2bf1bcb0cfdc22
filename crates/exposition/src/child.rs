//! The program that a page is served beside: started, given its signals, waited for.

use std::ffi::OsString;
use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::task::Poll;

use rustix::io::Errno;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus, getpgrp, getpid, kill_process, setrlimit, wait,
};
use rustix::termios::tcgetpgrp;
use tokio::signal::unix::{self, SignalKind, signal};

/// Signals with which somebody asks a program for something. Gunicorn and uWSGI know them all.
const REQUESTS: [Signal; 11] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::USR1,
    Signal::USR2,
    Signal::TERM,
    Signal::CONT,
    Signal::TSTP,
    Signal::TTIN,
    Signal::TTOU,
    Signal::WINCH,
];

/// Those of them that a terminal's keys send to every process in its foreground, and which end a process.
const KEYS: [Signal; 2] = [Signal::INT, Signal::QUIT];

/// Those that a terminal sends as well, and which leave a process where it is.
const JOB_CONTROL: [Signal; 5] = [Signal::CONT, Signal::TSTP, Signal::TTIN, Signal::TTOU, Signal::WINCH];

/// A program that runs.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Pid,
    requests: Vec<(Signal, unix::Signal)>,
    /// A process of ours has ended.
    deaths: unix::Signal,
    /// The terminal's keys reach it without us.
    in_foreground: bool,
}

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("no program to start")]
    Nothing,
    #[error("cannot watch for signals")]
    Signals(#[source] io::Error),
    #[error("cannot start `{}`", .program.display())]
    Program { program: OsString, source: io::Error },
}

impl Child {
    /// Starts `program`, its name and arguments, with these environment variables naming `directory`. From now on signals are for it and
    /// end us no more.
    ///
    /// In front of a terminal it shares our process group, which is the one that gets what is typed. Otherwise it has one
    /// of its own: a signal to our group then reaches it once, from us, and not twice.
    ///
    /// # Errors
    /// There is no such program, or it may not be run.
    pub(crate) fn start(
        program: &[OsString],
        variables: &[&str],
        directory: &Path,
    ) -> Result<Self, StartError> {
        let (program, arguments) = program.split_first().ok_or(StartError::Nothing)?;
        let in_foreground = is_in_foreground();
        let requests = requests(in_foreground).map_err(StartError::Signals)?;
        let deaths = signal(SignalKind::child()).map_err(StartError::Signals)?;
        let mut command = Command::new(program);
        command.args(arguments).envs(variables.iter().map(|name| (name, directory)));
        if !in_foreground {
            command.process_group(0);
        }
        let started = command.spawn().and_then(|child| {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            pid.ok_or_else(|| io::Error::other("a process without a number"))
        });
        let pid = started.map_err(|source| StartError::Program { program: program.clone(), source })?;
        tracing::info!(program = %program.display(), pid = pid.as_raw_nonzero(), "started");
        Ok(Self { pid, requests, deaths, in_foreground })
    }

    /// Passes signals on until it has ended. Reaps all children meanwhile: to process 1 of a container all orphans of
    /// the container are children.
    ///
    /// # Errors
    /// Somebody else in this process has waited for it.
    pub(crate) async fn wait(mut self) -> io::Result<WaitStatus> {
        loop {
            if let Some(status) = self.reap()? {
                return Ok(status);
            }
            tokio::select! {
                _ = self.deaths.recv() => {}
                request = next(&mut self.requests) => self.pass_on(request),
            }
        }
    }

    fn reap(&self) -> io::Result<Option<WaitStatus>> {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.pid => return Ok(Some(status)),
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// It has not been reaped yet, so the number is still its own.
    fn pass_on(&self, request: Signal) {
        if self.in_foreground && KEYS.contains(&request) {
            return;
        }
        match kill_process(self.pid, request) {
            Ok(()) => tracing::info!(signal = request.as_raw(), "passed on"),
            Err(error) => tracing::warn!(signal = request.as_raw(), %error, "cannot pass a signal on"),
        }
    }
}

/// What to end with after a program that has ended so: its exit status. If a signal has ended it, this ends us the
/// same way, and only returns if it cannot; then with 128 and the signal's number, as a shell does.
pub(crate) fn follow(status: WaitStatus) -> ExitCode {
    let Some(signal) = status.terminating_signal() else {
        return code(status.exit_status().unwrap_or(1));
    };
    // Process 1 of a container cannot end so.
    if !getpid().is_init() {
        // A dump of our memory would only take the place of the program's.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        // A signal that it does not know.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    code(128 + signal)
}

fn code(number: i32) -> ExitCode {
    u8::try_from(number).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Catches the requests from now on, but for those that we were started to ignore (as `nohup` does): a program ignores those
/// too, unless it is started after they were caught. In the foreground of a terminal, whatever stops and resumes a job
/// stops and resumes us as well.
fn requests(in_foreground: bool) -> io::Result<Vec<(Signal, unix::Signal)>> {
    let ignored = ignored();
    let caught = REQUESTS.into_iter().filter(|request| {
        let is_ignored = ignored >> (request.as_raw() - 1) & 1 == 1;
        let is_the_terminals = in_foreground && JOB_CONTROL.contains(request);
        !(is_ignored || is_the_terminals)
    });
    caught.map(|request| Ok((request, signal(SignalKind::from_raw(request.as_raw()))?))).collect()
}

/// The signals that this process ignores, one bit each.
#[cfg(target_os = "linux")]
fn ignored() -> u64 {
    let status = procfs::process::Process::myself().and_then(|process| process.status());
    status.map_or(0, |status| status.sigign)
}

/// Nobody tells.
#[cfg(not(target_os = "linux"))]
fn ignored() -> u64 {
    0
}

/// Whether a terminal's keys are for us.
fn is_in_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|terminal| tcgetpgrp(&terminal) == Ok(getpgrp()))
}

async fn next(requests: &mut [(Signal, unix::Signal)]) -> Signal {
    poll_fn(|context| {
        let mut ready = requests
            .iter_mut()
            .filter_map(|(number, request)| request.poll_recv(context).is_ready().then_some(*number));
        ready.next().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}
