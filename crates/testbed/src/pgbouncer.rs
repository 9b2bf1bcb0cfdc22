use std::net::TcpStream;
use std::path::PathBuf;

use crate::supervisor::{Program, Supervisor};
use crate::{Error, Port, Postgres, programs};

/// Where systems keep it outside of the search path.
const ELSEWHERE: [&str; 2] = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];

/// A throw-away PgBouncer in transaction mode on a port of 127.0.0.1, before all databases of a [`Postgres`]; gone when
/// dropped.
///
/// Each user has two server connections in each database, so that the transactions of three clients meet one another's
/// sessions. Whoever the server knows is let in without a password.
#[derive(Debug)]
pub struct PgBouncer {
    port: Port,
    _supervisor: Supervisor,
}

impl PgBouncer {
    /// One of its own.
    ///
    /// # Errors
    /// PgBouncer is not installed or does not start.
    pub fn start(postgres: &Postgres) -> Result<Self, Error> {
        Self::before(postgres.port())
    }

    /// Whether there is a program to start.
    pub fn is_installed() -> bool {
        program().is_ok()
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// As [`PgBouncer::start`], by the server's port.
    pub(crate) fn before(server: u16) -> Result<Self, Error> {
        let program = program()?;
        let port = Port::take()?;
        let supervisor = Supervisor::new(&Program {
            server: "PgBouncer",
            command: [program.into_os_string(), "pgbouncer.ini".into()].into(),
            prepare: prepare(server, port.number()),
            stop_signal: "INT",
            unprivileged: true,
        })?;
        supervisor.start(|_| TcpStream::connect(("127.0.0.1", port.number())).is_ok())?;
        Ok(Self { port, _supervisor: supervisor })
    }
}

fn program() -> Result<PathBuf, Error> {
    let elsewhere = ELSEWHERE.map(PathBuf::from).into_iter().find(|path| path.is_file());
    match elsewhere {
        Some(path) => Ok(path),
        None => programs::installed("pgbouncer", "pgbouncer").map(|()| "pgbouncer".into()),
    }
}

/// A server that was away is tried again at once, not after 15 seconds.
fn prepare(server: u16, port: u16) -> String {
    format!(
        "echo '\"postgres\" \"\"' >users.txt &&
         cat >pgbouncer.ini <<'END'
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = users.txt
auth_user = postgres
auth_query = SELECT rolname, '' FROM pg_roles WHERE rolname = $1
pool_mode = transaction
default_pool_size = 2
max_client_conn = 1000
server_idle_timeout = 5
server_login_retry = 1
END"
    )
}
