use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::Error;
use crate::error::OrPanic;
use crate::programs::no_pipe;
use crate::python::{self, Installed};
use crate::supervisor::{Program, Supervisor};

const APPLICATION: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/celery/jobs.py"));

/// A real Celery with Nautobot's settings: a client that sends tasks, and workers once they are started.
///
/// ```no_run
/// use std::time::Duration;
/// use testbed::{Celery, Redis, Task};
///
/// let redis = Redis::start()?;
/// let Some(celery) = Celery::found(&redis.url()) else { return Ok(()) };
/// let worker = celery.worker("one", &["default", "slow"], 2)?;
/// celery.send(Task::new("slow").lasting(Duration::from_secs(60)));
/// let late = celery.send(Task::new("default").priority(7).job("jobs.Cleanup").after(Duration::from_secs(600)));
/// celery.revoke(&late);
/// worker.kill();
/// # Ok::<(), testbed::Error>(())
/// ```
pub struct Celery {
    python: Installed,
    broker: String,
    options: Value,
    client: Mutex<Client>,
}

/// A running worker. Dropped, it is stopped.
#[derive(Debug)]
pub struct CeleryWorker {
    supervisor: Supervisor,
}

/// A task that can be sent: Nautobot's `run_job`.
#[derive(Clone, Debug)]
pub struct Task(Value);

impl Celery {
    /// The client of the broker at this URL; `None`, with a word on standard error, if this machine has no Celery: see
    /// [`python::Environment::found`].
    ///
    /// # Panics
    /// If it does not start.
    pub fn found(broker: &str) -> Option<Self> {
        Self::with(broker, json!({}))
    }

    /// As [`found`](Self::found), with `broker_transport_options`: kombu's settings, such as `global_keyprefix`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn with(broker: &str, options: Value) -> Option<Self> {
        let python = python::CELERY.found()?;
        let client = Mutex::new(Client::start(&python, broker, &options).or_panic());
        Some(Self { python, broker: broker.to_owned(), options, client })
    }

    /// Starts a worker for these queues, called `<name>@testbed`, and waits until it listens to them.
    ///
    /// # Errors
    /// It ended, with its log, or was not ready in time.
    pub fn worker(&self, name: &str, queues: &[&str], concurrency: u32) -> Result<CeleryWorker, Error> {
        let environment =
            environment(&self.broker, &self.options).map(|(name, value)| format!("{name}={value}"));
        let (hostname, queues, concurrency) =
            (format!("{name}@testbed"), queues.join(","), concurrency.to_string());
        let mut command: Vec<_> = ["env".into()].into_iter().chain(environment.map(Into::into)).collect();
        command.push(self.python.program("python").into());
        command.extend(["-m", "celery", "-A", "jobs", "worker", "-l", "info"].map(Into::into));
        command.extend(["-n", &hostname, "-Q", &queues, "-c", &concurrency].map(Into::into));
        let supervisor = Supervisor::new(&Program {
            server: "Celery",
            command,
            prepare: "true".into(),
            stop_signal: "TERM",
            unprivileged: false,
        })?;
        fs::write(supervisor.directory().join("jobs.py"), APPLICATION)
            .map_err(|cause| Error::Directory { server: "Celery", cause })?;
        supervisor.start(|_| supervisor.log().contains(" ready."))?;
        Ok(CeleryWorker { supervisor })
    }

    /// Sends a task and returns its id.
    ///
    /// # Panics
    /// If it cannot be sent.
    #[track_caller]
    pub fn send(&self, task: Task) -> String {
        self.client("send", &task.0).as_str().map(str::to_owned).ok_or_else(Client::gone).or_panic()
    }

    /// Tells the workers that the task is not wanted any more.
    ///
    /// # Panics
    /// If they cannot be told.
    #[track_caller]
    pub fn revoke(&self, id: &str) {
        self.client("revoke", &json!({"task_id": id}));
    }

    /// And to end it if it runs.
    ///
    /// # Panics
    /// If they cannot be told.
    #[track_caller]
    pub fn terminate(&self, id: &str) {
        self.client("revoke", &json!({"task_id": id, "terminate": true}));
    }

    /// What Celery's own `inspect` says, by worker, after half a second: `active`, `reserved`, `stats`. `Null` if there are no workers.
    ///
    /// # Panics
    /// If they cannot be asked.
    #[track_caller]
    pub fn inspect(&self, method: &str) -> Value {
        self.client("inspect", &json!({"method": method}))
    }

    #[track_caller]
    fn client(&self, command: &str, arguments: &Value) -> Value {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.ask(&json!([command, arguments])).or_panic()
    }
}

impl fmt::Debug for Celery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Celery").field(&self.broker).finish()
    }
}

impl CeleryWorker {
    /// Its main process.
    ///
    /// # Panics
    /// If it has ended.
    pub fn pid(&self) -> u32 {
        self.supervisor.pid().ok_or_else(|| self.supervisor.down()).or_panic()
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        self.supervisor.log()
    }

    /// Stops it as its operator would (SIGTERM): it says goodbye. Tasks that run are given five seconds.
    pub fn stop(self) {
        self.supervisor.stop();
    }

    /// Kills it and its children (SIGKILL): it says nothing any more.
    pub fn kill(self) {
        self.supervisor.kill();
    }

    /// Halts it and its children (SIGSTOP).
    pub fn pause(&self) {
        self.supervisor.pause();
    }

    /// Ends [`pause`](Self::pause).
    pub fn resume(&self) {
        self.supervisor.resume();
    }
}

impl Task {
    /// A task for this queue that succeeds at once.
    pub fn new(queue: &str) -> Self {
        Self(json!({"queue": queue, "job": "jobs.GoodJob", "seconds": 0}))
    }

    /// The path of the job's class. One called `FailingJob`, `RejectedJob` or `RetriedJob` ends so.
    pub fn job(self, class_path: &str) -> Self {
        self.with("job", class_path.into())
    }

    /// How long it runs.
    pub fn lasting(self, time: Duration) -> Self {
        self.with("seconds", time.as_secs_f64().into())
    }

    /// 0 to 9, which is the most urgent; 0 by default.
    pub fn priority(self, priority: u8) -> Self {
        self.with("priority", priority.into())
    }

    /// Not before so much time has passed: it has an ETA.
    pub fn after(self, time: Duration) -> Self {
        self.with("countdown", time.as_secs_f64().into())
    }

    fn with(mut self, option: &str, value: Value) -> Self {
        if let Some(options) = self.0.as_object_mut() {
            options.insert(option.to_owned(), value);
        }
        self
    }
}

/// A process that does what lines say, and ends when we do.
struct Client {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Client {
    fn start(python: &Installed, broker: &str, options: &Value) -> Result<Self, Error> {
        let mut command = python.command("python");
        command.args(["-c", APPLICATION]).envs(environment(broker, options));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for us, and our end is told by the pipe
            .process_group(0)
            .spawn()
            .map_err(|cause| Error::Run { program: "python".into(), cause })?;
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or_else(|| no_pipe("python"))?);
        Ok(Self { child, commands, answers })
    }

    fn ask(&mut self, command: &Value) -> Result<Value, Error> {
        let commands = self.commands.as_mut().ok_or_else(Self::gone)?;
        writeln!(commands, "{command}").map_err(|_| Self::gone())?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(|_| Self::gone())?;
        serde_json::from_str(&answer).map_err(|_| Self::gone())
    }

    /// Python has told why on standard error.
    fn gone() -> Error {
        Error::Failed {
            program: "celery's client".into(),
            output: "it has ended, or answers something else".into(),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.commands = None;
        // an error means that it is gone already
        let _ = self.child.wait();
    }
}

fn environment(broker: &str, options: &Value) -> [(&'static str, String); 2] {
    [("BROKER", broker.to_owned()), ("TRANSPORT_OPTIONS", options.to_string())]
}
