use std::process::Command;

use crate::error::OrPanic;
use crate::supervisor::{Program, Supervisor};
use crate::{Error, Port, Redis, programs};

/// A throw-away Redis Sentinel that watches one server under the name `cache`; gone when dropped.
#[derive(Debug)]
pub struct Sentinel {
    port: Port,
    _supervisor: Supervisor,
}

impl Sentinel {
    /// One that watches `master`; `settings` are further lines of its file.
    ///
    /// # Errors
    /// Redis is not installed or the Sentinel does not start.
    pub fn start(master: &Redis, settings: &[&str]) -> Result<Self, Error> {
        programs::installed("redis-server", "redis-server")?;
        let port = Port::take()?;
        let file = format!(
            "bind 127.0.0.1\nport {}\nsentinel monitor cache 127.0.0.1 {} 1\n{}\n",
            port.number(),
            master.port(),
            settings.join("\n")
        );
        let supervisor = Supervisor::new(&Program {
            server: "Redis Sentinel",
            command: ["redis-server", "sentinel.conf", "--sentinel"].map(Into::into).into(),
            prepare: format!("cat > sentinel.conf <<'END'\n{file}END\n"),
            stop_signal: "TERM",
            unprivileged: true,
        })?;
        let number = port.number();
        supervisor.start(|_| answers(number))?;
        Ok(Self { port, _supervisor: supervisor })
    }

    /// Where it is: `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }

    /// Tells it that another server is the master now, as it would find out in a failover.
    ///
    /// # Panics
    /// If it refuses.
    pub fn promote(&self, master: &Redis) {
        self.cli(&["SENTINEL", "REMOVE", "cache"]);
        self.cli(&["SENTINEL", "MONITOR", "cache", "127.0.0.1", &master.port().to_string(), "1"]);
    }

    fn cli(&self, args: &[&str]) {
        let answer = programs::output(redis_cli(self.port.number()).args(args), b"").or_panic();
        assert_eq!(answer.trim(), "OK", "{args:?}");
    }
}

fn redis_cli(port: u16) -> Command {
    let mut command = programs::command("redis-cli");
    command.args(["-p", &port.to_string()]);
    command
}

/// Whether it answers, be it that it wants a password.
fn answers(port: u16) -> bool {
    let answer = programs::output(redis_cli(port).arg("PING"), b"");
    answer.is_ok_and(|answer| answer.contains("PONG") || answer.contains("NOAUTH"))
}
