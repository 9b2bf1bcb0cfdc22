use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::error::OrPanic;
use crate::supervisor::{Program, Supervisor};
use crate::{Error, Port, programs, redis_dump};

const SOCKET: &str = "redis.sock";
/// How `redis-cli` prints an error.
const REFUSALS: [&str; 6] = ["(error) ", "ERR ", "NOAUTH ", "NOPERM ", "WRONGPASS ", "WRONGTYPE "];

/// A throw-away Redis server on a port of 127.0.0.1; gone when dropped.
#[derive(Debug)]
pub struct Redis {
    port: Port,
    supervisor: Supervisor,
}

impl Redis {
    /// An empty server of its own.
    ///
    /// # Errors
    /// Redis is not installed or does not start.
    pub fn start() -> Result<Self, Error> {
        programs::installed("redis-server", "redis-server")?;
        programs::installed("redis-cli", "redis-tools")?;
        let port = Port::take()?;
        let supervisor = Supervisor::new(&Program {
            server: "Redis",
            command: command(port.number()).map(Into::into).into(),
            prepare: "true".into(),
            stop_signal: "TERM",
            unprivileged: true,
        })?;
        let redis = Self { port, supervisor };
        redis.run()?;
        Ok(redis)
    }

    /// Where it is: `redis://127.0.0.1:PORT/0`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port())
    }

    /// The TCP port, which stays the same for good.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.supervisor.directory().join(SOCKET)
    }

    /// The server's process id.
    ///
    /// # Panics
    /// If the server is not running.
    pub fn pid(&self) -> u32 {
        self.supervisor.pid().ok_or_else(|| self.supervisor.down()).or_panic()
    }

    /// Halts the server (SIGSTOP): connections stay open and nobody answers.
    pub fn pause(&self) {
        self.supervisor.pause();
    }

    /// Ends [`Redis::pause`].
    pub fn resume(&self) {
        self.supervisor.resume();
    }

    /// Ends every connection and the server; its keys are kept.
    pub fn stop(&mut self) {
        self.supervisor.stop();
    }

    /// Starts the server again, after stopping it if it runs: the same port, the same keys.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.stop();
        self.run().or_panic();
    }

    /// Loads the keys of a real Nautobot 1.6 with RQ workers as if they had been read at this moment, replacing
    /// those of the same names. For 80 seconds the page `nautobot-1.6.32/rq-metrics.txt`
    /// describes them; then a worker and its job expire. Other keys are left alone.
    ///
    /// # Panics
    /// If the server refuses them.
    pub fn load_rq(&self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        self.send(&redis_dump::rq(now.as_secs_f64()).or_panic());
    }

    /// Loads the keys of a real Nautobot 3.2 with Celery workers as they were read, replacing those of the same names. Other
    /// keys are left alone.
    ///
    /// # Panics
    /// If the server refuses them.
    pub fn load_celery(&self) {
        self.send(&redis_dump::celery().or_panic());
    }

    /// What `redis-cli` prints for a command.
    ///
    /// # Panics
    /// If the command cannot be sent or is refused.
    #[track_caller]
    pub fn cli(&self, args: &[&str]) -> String {
        let answer = programs::output(self.redis_cli().args(args), b"");
        answer.and_then(accepted).or_panic()
    }

    fn send(&self, commands: &[u8]) {
        programs::output(self.redis_cli().arg("--pipe"), commands).or_panic();
    }

    fn run(&self) -> Result<(), Error> {
        let socket = self.socket();
        self.supervisor.start(|_| answers(&socket).unwrap_or(false))
    }

    fn redis_cli(&self) -> Command {
        let mut command = programs::command("redis-cli");
        command.args(["-p", &self.port().to_string()]);
        command
    }
}

fn command(port: u16) -> [String; 10] {
    // keys are written once, at the end, for a restart
    [
        "redis-server",
        "--bind",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--unixsocket",
        SOCKET,
        "--save",
        "86400",
        "1",
    ]
    .map(Into::into)
}

/// Its option `-e`, which tells an error from an answer, is newer than Redis 6.
fn accepted(answer: String) -> Result<String, Error> {
    let is_refused = REFUSALS.iter().any(|refusal| answer.starts_with(refusal));
    if is_refused { Err(Error::Failed { program: "redis-cli".into(), output: answer }) } else { Ok(answer) }
}

/// Asks on the socket in our own directory: on the port somebody else may answer.
fn answers(socket: &Path) -> std::io::Result<bool> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    Ok(&answer == b"+PONG\r\n")
}
