use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use crate::data::{self, DataSet};
use crate::error::OrPanic;
use crate::supervisor::{Program, Supervisor};
use crate::{Database, Error, PgBouncer, Port, programs};

/// The role that owns everything.
pub(crate) const SUPERUSER: &str = "postgres";

/// Attempts to start the server again, and the pause between them.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Speed instead of durability, and connections enough for tests that run side by side.
const SETTINGS: &str = "\
autovacuum = off
fsync = off
full_page_writes = off
listen_addresses = '127.0.0.1'
max_connections = 300
max_wal_size = 128MB
min_wal_size = 32MB
shared_buffers = 64MB
synchronous_commit = off
timezone = 'UTC'
unix_socket_directories = '..'
";

/// Nobody needs a password except the role `scram`.
const LOGINS: &str = "\
host all scram all scram-sha-256
host all all all trust
local all all trust
";

/// Besides the superuser: one that may only read, and one with a password.
const ROLES: &str = "\
CREATE ROLE reader LOGIN;
CREATE ROLE scram LOGIN PASSWORD 'scram';
";

pub(crate) const READERS: &str = "\
GRANT USAGE ON SCHEMA public TO reader, scram;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader, scram;
";

/// A throw-away PostgreSQL server on a port of 127.0.0.1; gone with all its databases when dropped.
///
/// Starting one takes about a second, the first database of a data set two or three more, each further one less
/// than one.
/// Its roles: `postgres` (superuser) and `reader` (may only read) log in without a password; `scram` has the
/// password `scram` and may read too.
#[derive(Debug)]
pub struct Postgres {
    psql: Psql,
    templates: Mutex<HashSet<&'static str>>,
    pgbouncer: Arc<OnceLock<PgBouncer>>,
    supervisor: Supervisor,
    _port: Port,
}

/// A way to the server past its TCP port.
#[derive(Debug, Clone)]
pub(crate) struct Psql {
    program: PathBuf,
    socket: PathBuf,
    pub(crate) port: u16,
}

impl Postgres {
    /// A server of its own.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self, Error> {
        let home = programs::postgres_home()?;
        let port = Port::take()?;
        let supervisor = Supervisor::new(&Program {
            server: "PostgreSQL",
            command: command(&home, port.number()),
            prepare: prepare(&home),
            stop_signal: "INT",
            unprivileged: true,
        })?;
        let psql =
            Psql { program: home.join("psql"), socket: supervisor.directory().into(), port: port.number() };
        let pgbouncer = Arc::default();
        let postgres = Self { psql, templates: Mutex::default(), pgbouncer, supervisor, _port: port };
        postgres.run()?;
        postgres.psql.run("postgres", ROLES)?;
        Ok(postgres)
    }

    /// The server that all tests of this process share, started by the first that asks for it.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().or_panic())
    }

    /// A fresh copy of a populated Nautobot (`nautobot-1.0.3`, `nautobot-1.2.11`, `nautobot-1.3.10`,
    /// `nautobot-1.6.32`, `nautobot-2.4.44`, `nautobot-3.2.7`) or of one without a row (`schema-1.0.3`, `schema-2.4.44`).
    ///
    /// # Panics
    /// If there is no such data set, or the server is not running.
    pub fn database(&self, dataset: &str) -> Database {
        self.clone_of(dataset).or_panic()
    }

    /// A database of this file, which `pg_dump` wrote as a script, gzipped or not.
    ///
    /// # Panics
    /// If the file cannot be loaded, or the server is not running.
    pub fn load(&self, dump: &Path) -> Database {
        self.database_of(dump).or_panic()
    }

    /// The address of the server: 127.0.0.1.
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The TCP port, which stays the same for good.
    pub fn port(&self) -> u16 {
        self.psql.port
    }

    /// The process id of the postmaster.
    ///
    /// # Panics
    /// If the server is not running.
    pub fn pid(&self) -> u32 {
        self.supervisor.pid().ok_or_else(|| self.supervisor.down()).or_panic()
    }

    /// Halts the postmaster and every backend (SIGSTOP): connections stay open and nobody answers.
    pub fn pause(&self) {
        self.supervisor.pause();
    }

    /// Ends [`Postgres::pause`].
    pub fn resume(&self) {
        self.supervisor.resume();
    }

    /// Ends every connection and the server; its databases are kept.
    pub fn stop(&mut self) {
        self.supervisor.stop();
    }

    /// Starts the server again, after stopping it if it runs: the same port, the same databases.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.stop();
        // the backends of a postmaster that was killed take a moment to notice
        for _ in 1..ATTEMPTS {
            if self.run().is_ok() {
                return;
            }
            sleep(PAUSE);
        }
        self.run().or_panic();
    }

    fn run(&self) -> Result<(), Error> {
        let file = self.supervisor.directory().join("data/postmaster.pid");
        self.supervisor.start(|pid| is_ready(&fs::read_to_string(&file).unwrap_or_default(), pid))
    }

    fn clone_of(&self, dataset: &str) -> Result<Database, Error> {
        let dataset = DataSet::of(dataset)?;
        self.load_once(&dataset)?;
        self.create(dataset.name, &format!("TEMPLATE \"{}\"", dataset.name))
    }

    fn database_of(&self, dump: &Path) -> Result<Database, Error> {
        let database = self.create("dump", "")?;
        self.fill(database.name(), &data::dump(dump)?)?;
        Ok(database)
    }

    /// A database of this name and a number.
    fn create(&self, name: &str, options: &str) -> Result<Database, Error> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("{name}-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.psql.run("postgres", &format!("CREATE DATABASE \"{name}\" {options}"))?;
        Ok(Database::new(self.psql.clone(), name, Arc::clone(&self.pgbouncer)))
    }

    fn load_once(&self, dataset: &DataSet) -> Result<(), Error> {
        let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        if !templates.contains(dataset.name) {
            self.psql.run("postgres", &format!("CREATE DATABASE \"{}\"", dataset.name))?;
            self.fill(dataset.name, &dataset.sql()?)?;
            templates.insert(dataset.name);
        }
        Ok(())
    }

    fn fill(&self, database: &str, sql: &str) -> Result<(), Error> {
        self.psql.run(database, &format!("BEGIN;\n{sql}\nCOMMIT;"))?;
        self.psql.run(database, &format!("{READERS}VACUUM ANALYZE;"))?;
        Ok(())
    }
}

impl Psql {
    /// Runs SQL as the superuser: unaligned values, a row a line.
    pub(crate) fn run(&self, database: &str, sql: &str) -> Result<String, Error> {
        programs::output(&mut self.command(database), sql.as_bytes())
    }

    /// `psql`, to be told SQL on its standard input.
    pub(crate) fn command(&self, database: &str) -> Command {
        let mut command = programs::command(&self.program);
        command
            .args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-U", SUPERUSER, "-d", database, "-f", "-", "-h"])
            .arg(&self.socket)
            .args(["-p", &self.port.to_string()])
            .env("PGCONNECT_TIMEOUT", "10")
            .env("PGCLIENTENCODING", "UTF8");
        command
    }
}

fn command(home: &Path, port: u16) -> Vec<OsString> {
    let arguments = ["-D", "data", "-p"].map(OsString::from);
    let program = home.join("postgres").into_os_string();
    [program].into_iter().chain(arguments).chain([port.to_string().into()]).collect()
}

fn prepare(home: &Path) -> String {
    let initdb = home.join("initdb");
    format!(
        "'{}' -D data -U {SUPERUSER} --encoding=UTF8 --locale=C --no-sync >&2 &&
         echo \"{SETTINGS}\" >>data/postgresql.conf &&
         echo \"{LOGINS}\" >data/pg_hba.conf",
        initdb.display()
    )
}

/// Reads `postmaster.pid`: the first line is the process id, the eighth the state.
fn is_ready(pid_file: &str, pid: u32) -> bool {
    let mut lines = pid_file.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}
