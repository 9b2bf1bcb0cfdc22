//! What can go wrong between an exporter and its database, sorted by what the reader can do about it.

use std::error::Error as _;

use tokio_postgres::error::{DbError, SqlState};

/// Why Nautobot's database gave no answer.
///
/// Every message names the server and the database, and what to change; none carries a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key of the settings' `[database]` section has a value that cannot be used.
    #[error("database.{key}: {reason}")]
    Settings {
        /// The key within the section.
        key: &'static str,
        /// What is wrong with it, without its value.
        reason: String,
    },
    /// The server could not be reached, or went away: refused, unknown host, TLS, restart.
    #[error(
        "cannot talk to {target}: {reason}; check that it runs and that host, port and tls in [database] fit"
    )]
    Connect {
        /// Host, port and database.
        target: String,
        /// The cause, as the system or the server put it.
        reason: String,
    },
    /// The server answered and refused the login.
    #[error(
        "{target} refused the login: {message} (SQLSTATE {sqlstate}); check user, password and name in [database]"
    )]
    Authentication {
        /// Host, port and database.
        target: String,
        /// The five-character code of PostgreSQL.
        sqlstate: String,
        /// PostgreSQL's own words.
        message: String,
    },
    /// Every connection of the budget stayed in use until the deadline.
    #[error(
        "all {limit} connections to {target} stayed in use; raise database.max_connections or scrape less often"
    )]
    Busy {
        /// Host, port and database.
        target: String,
        /// `max_connections`.
        limit: usize,
    },
    /// The deadline passed before the server answered.
    #[error(
        "{target} did not finish {what} in time; look for locks and load there, or allow more time: database.statement_timeout, \
         database.connect_timeout, scrape.timeout"
    )]
    Deadline {
        /// Host, port and database.
        target: String,
        /// What was under way.
        what: &'static str,
    },
    /// The server refused a statement.
    #[error("{target} refused a query: {message} (SQLSTATE {sqlstate}){}", way_out(.sqlstate))]
    Query {
        /// Host, port and database.
        target: String,
        /// The five-character code of PostgreSQL.
        sqlstate: String,
        /// PostgreSQL's own words.
        message: String,
    },
    /// The database has no Nautobot in it.
    #[error(
        "{target} holds no Nautobot: {missing} is missing; check name in [database] and the role's search_path"
    )]
    NotNautobot {
        /// Host, port and database.
        target: String,
        /// The first relation or column that every Nautobot has and this database lacks.
        missing: &'static str,
    },
    /// An answered row lacks the column that was asked for, or holds another type in it.
    #[error("cannot read a row: {}", in_full(.0))]
    Row(#[from] tokio_postgres::Error),
    /// A column of an answered row holds no number of the kind that was asked for.
    #[error("cannot read a row: no number fits what is in column {column}")]
    Number {
        /// The column's name.
        column: String,
    },
}

impl Error {
    /// Sorts a failure of a statement, or of the connection while it ran.
    pub(crate) fn of_statement(target: String, what: &'static str, error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // statement_timeout struck, or somebody cancelled it: the time is up.
            Some(db) if *db.code() == SqlState::QUERY_CANCELED => Self::Deadline { target, what },
            Some(db) if is_session_end(db.code()) => Self::Connect { target, reason: db.message().into() },
            Some(db) => {
                Self::Query { target, sqlstate: db.code().code().into(), message: db.message().into() }
            }
            None => Self::Connect { target, reason: in_full(error) },
        }
    }

    /// Sorts a failure to establish a connection.
    pub(crate) fn of_connect(target: String, error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) if is_refused_login(db) => Self::Authentication {
                target,
                sqlstate: db.code().code().into(),
                message: db.message().into(),
            },
            Some(db) => {
                let (code, message) = (db.code().code(), db.message());
                Self::Connect { target, reason: format!("{message} (SQLSTATE {code}){}", way_out(code)) }
            }
            None => Self::Connect { target, reason: in_full(error) },
        }
    }
}

/// Whether the server ended the session rather than refusing one statement: class 08 (connection exception)
/// and 57P01–57P03 (shutdown, crash, starting up).
pub(crate) fn is_session_end(code: &SqlState) -> bool {
    code.code().starts_with("08") || code.code().starts_with("57P0")
}

/// Whether a relation or column is not there (any more), not of the type that the schema promised (no operator or
/// function takes a type, or types do not go together), or may not be read any more.
pub(crate) fn is_schema_drift(code: &SqlState) -> bool {
    [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::DATATYPE_MISMATCH,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ]
    .contains(code)
}

fn is_refused_login(error: &DbError) -> bool {
    let code = error.code();
    code.code().starts_with("28")
        || [SqlState::INVALID_CATALOG_NAME, SqlState::INSUFFICIENT_PRIVILEGE].contains(code)
}

fn way_out(sqlstate: &str) -> &'static str {
    match sqlstate {
        "42501" => "; grant the role of database.user SELECT on it",
        "53300" => "; raise the role's CONNECTION LIMIT or lower database.max_connections",
        "55P03" => "; another session holds a lock that this needs",
        _ => "",
    }
}

/// An error with its causes: tokio-postgres names only the outermost one.
fn in_full(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
