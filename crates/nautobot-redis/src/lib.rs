//! Nautobot's Redis: few connections, kept until they break, each asked in pipelined round trips.
//!
//! [`Redis`] is a lazy handle to one database, reached directly, through Sentinels, by TLS or by a Unix socket, as its
//! [`Settings`] say. A [`Session`] is one call of a model crate: it sends commands, reads the answers in their order
//! ([`Answers`]), and notes what had to be left out ([`Complaints`]), which is logged when it is first seen. What the keys
//! mean, the model crates know; [`distinct`] turns the bytes of their names into text.

mod answers;
mod commands;
mod complaints;
mod connections;
mod error;
mod names;
mod sentinel;
mod session;
mod settings;
mod subscription;
mod way;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

pub use answers::Answers;
pub use commands::{command, members, part_size, parts};
pub use complaints::Complaints;
pub use error::Error;
pub use names::distinct;
pub use session::Session;
pub use settings::{ENVIRONMENT, Settings, masked_url};
pub use subscription::Subscription;

use complaints::Known;
use connections::Connections;

/// A handle to one Redis database. Clones share its connections, two at most, and what has been logged.
///
/// Connections are opened when they are first needed and kept. One that broke in the meantime is replaced within the
/// call that finds it broken; one whose answer was not awaited, because of a deadline or because the future was
/// dropped, is closed.
#[derive(Clone)]
pub struct Redis {
    connections: Arc<Connections>,
    known: Arc<Known>,
}

impl Redis {
    /// Takes the settings for later: dials nothing and needs no runtime. `access` is what a user must be allowed, as
    /// `ACL SETUSER` has it, for the message to one who is not.
    ///
    /// # Errors
    /// [`Error::Settings`] for a value that cannot be used.
    pub fn open(settings: &Settings, access: &str) -> Result<Self, Error> {
        let connections = Connections::new(settings, access)?;
        Ok(Self { connections: Arc::new(connections), known: Arc::default() })
    }

    /// A handle to the same database over the same connections, for other keys.
    #[must_use]
    pub fn with_access(&self, access: &str) -> Self {
        Self { connections: Arc::new(self.connections.with_access(access)), known: Arc::default() }
    }

    /// Where it reads, for people: `cache:6379/0`, `unix:/run/redis.sock/0`, or `sentinel:mymaster/0`.
    pub fn target(&self) -> &str {
        self.connections.target()
    }

    /// Whether these settings lead to the same database by the same way: address, Sentinels, TLS, login and time limits.
    ///
    /// # Errors
    /// [`Error::Settings`] for a value that cannot be used.
    pub fn is_of(&self, settings: &Settings) -> Result<bool, Error> {
        Ok(self.connections.lead_as(&Connections::new(settings, "")?))
    }

    /// The number of the database.
    pub fn database(&self) -> i64 {
        self.connections.database()
    }

    /// Whether the server answered anything but refusals, to any call, at or after `instant`.
    pub fn answered_since(&self, instant: Instant) -> bool {
        self.connections.last_answer().is_some_and(|answer| answer >= instant)
    }

    /// Why something that was made of several calls has failed, if it took too long as a whole.
    pub fn late(&self, waited: Duration) -> Error {
        self.connections.late(waited)
    }

    /// One call, for whose answers there is this much time.
    pub fn session(&self, within: Duration) -> Session<'_> {
        Session::new(self, deadline(within))
    }

    /// A connection of its own on which the messages of all channels arrive that match one of these patterns; beside the
    /// two of other calls.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub async fn subscribe(&self, patterns: &[Vec<u8>], within: Duration) -> Result<Subscription, Error> {
        self.connections.subscribe(patterns, deadline(within)).await
    }
}

/// A day is as good as for ever, and does not overflow.
fn deadline(within: Duration) -> Instant {
    Instant::now() + within.min(Duration::from_secs(24 * 60 * 60))
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redis").field(&self.target()).finish()
    }
}
