use std::time::Duration;

/// Why something cannot be read.
///
/// Every message names the server and the database, and what to change; none carries a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key of the settings has a value that cannot be used.
    #[error("{section}.{key}: {reason}")]
    Settings {
        /// The section of the settings, such as `redis`.
        section: &'static str,
        /// The key within the section.
        key: &'static str,
        /// What is wrong, without the value.
        reason: String,
    },
    /// A value is good for somebody else, and cannot be used here.
    #[error("{section}.{key}: {reason}")]
    Unsupported {
        /// The section of the settings.
        section: &'static str,
        /// The key within the section.
        key: &'static str,
        /// Why not, without the value.
        reason: String,
    },
    /// No connection: the name, the port, TLS, or the connection broke.
    #[error(
        "cannot talk to redis at {target}: {reason}; check that it runs and that host, port and tls in [{section}] fit"
    )]
    Connect {
        /// Address and database.
        target: String,
        /// The section of the settings that says where it is.
        section: &'static str,
        /// What the network said.
        reason: String,
    },
    /// The server refuses the user, the password, or what this user may do.
    #[error("redis at {target} refused access: {reason}")]
    Authentication {
        /// Address and database.
        target: String,
        /// What to change.
        reason: String,
    },
    /// The server did not answer in time.
    #[error(
        "redis at {target} did not answer within {:.1} s; check that host and port in [{section}] fit, look for load \
         there, or allow more time: connect_timeout and response_timeout in [{section}], scrape.timeout",
        waited.as_secs_f64()
    )]
    Deadline {
        /// Address and database.
        target: String,
        /// The section of the settings that says where it is.
        section: &'static str,
        /// How long it had.
        waited: Duration,
    },
    /// The server answers, but not what was asked for.
    #[error("redis at {target} did not answer what was asked: {reason}")]
    Command {
        /// Address and database.
        target: String,
        /// The server's error, or what came instead, and the way out.
        reason: String,
    },
    /// There are more queues than a model reads.
    #[error(
        "redis at {target} has more than {bound} queues, which is the most that is read; remove those that nobody uses \
         from {register}"
    )]
    TooManyQueues {
        /// Address and database.
        target: String,
        /// How many are read.
        bound: usize,
        /// What names them.
        register: String,
    },
}
