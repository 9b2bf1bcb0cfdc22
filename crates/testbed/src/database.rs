use std::sync::{Arc, OnceLock};

use crate::data::DataSet;
use crate::error::OrPanic;
use crate::postgres::{Psql, READERS, SUPERUSER};
use crate::{Error, PgBouncer, Session};

/// A database that nobody else uses; dropped, whoever is connected, when this value is.
#[derive(Debug)]
pub struct Database {
    psql: Psql,
    name: String,
    /// The server's, once somebody has asked for it.
    pgbouncer: Arc<OnceLock<PgBouncer>>,
}

impl Database {
    pub(crate) fn new(psql: Psql, name: String, pgbouncer: Arc<OnceLock<PgBouncer>>) -> Self {
        Self { psql, name, pgbouncer }
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the superuser finds it, without a password: `postgresql://postgres@127.0.0.1:PORT/NAME`.
    pub fn url(&self) -> String {
        self.url_for(SUPERUSER)
    }

    /// Where the given user finds it: `reader`, or `scram:scram` with a password.
    pub fn url_for(&self, user: &str) -> String {
        self.url_at(user, self.psql.port)
    }

    /// The same through a [`PgBouncer`], which the first who asks starts for all databases of the server.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn url_through_pgbouncer(&self, user: &str) -> String {
        let pgbouncer = self.pgbouncer.get_or_init(|| PgBouncer::before(self.psql.port).or_panic());
        self.url_at(user, pgbouncer.port())
    }

    fn url_at(&self, user: &str, port: u16) -> String {
        format!("postgresql://{user}@127.0.0.1:{port}/{}", self.name)
    }

    /// Runs SQL as the superuser and returns the rows, a line each, the values separated by `|`.
    ///
    /// # Panics
    /// If the server refuses it.
    #[track_caller]
    pub fn psql(&self, sql: &str) -> String {
        self.psql.run(&self.name, sql).or_panic()
    }

    /// Replaces all that it holds by another data set in one transaction, as an upgrade does.
    ///
    /// # Panics
    /// If there is no such data set, or the server refuses it.
    pub fn upgrade_to(&self, dataset: &str) {
        let dump = DataSet::of(dataset).and_then(|dataset| dataset.sql()).or_panic();
        self.psql(&format!(
            "BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n{dump}\nSET search_path = public;\n{READERS}COMMIT;"
        ));
    }

    /// As [`Database::psql`], of a server that may be away.
    ///
    /// # Errors
    /// The server refuses it, or does not answer.
    pub fn try_psql(&self, sql: &str) -> Result<String, Error> {
        self.psql.run(&self.name, sql)
    }

    /// A session of its own, for what has to last longer than one [`Database::psql`].
    ///
    /// # Panics
    /// If `psql` cannot be run.
    pub fn session(&self) -> Session {
        Session::open(&mut self.psql.command(&self.name)).or_panic()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // a server that does not answer takes the database with it
        let _ = self.psql.run("postgres", &format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name));
    }
}
