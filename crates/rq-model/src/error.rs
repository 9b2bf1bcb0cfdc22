use std::time::Duration;

/// Why RQ cannot be read. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value in the settings cannot be used.
    #[error("redis setting `{key}`: {reason}")]
    Settings {
        /// The key, as it is written in the file.
        key: &'static str,
        /// What is wrong, without the value.
        reason: String,
    },
    /// No connection: the name, the port, TLS, or the connection broke.
    #[error("no connection to redis at {target}: {reason}")]
    Connect {
        /// Address and database.
        target: String,
        /// What the network said.
        reason: String,
    },
    /// The server refuses the user, the password, or what this user may do.
    #[error("redis at {target} refuses access: {reason}")]
    Authentication {
        /// Address and database.
        target: String,
        /// What to change.
        reason: String,
    },
    /// The server did not answer in time.
    #[error("redis at {target} did not answer within {} ms", waited.as_millis())]
    Deadline {
        /// Address and database.
        target: String,
        /// How long it had.
        waited: Duration,
    },
    /// The server answers, but not what was asked for.
    #[error("redis at {target} does not answer as expected: {reason}")]
    Command {
        /// Address and database.
        target: String,
        /// The server's error, or what came instead.
        reason: String,
    },
}
