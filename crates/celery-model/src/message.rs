//! What a message says of itself beside its body, which is never decoded.
//!
//! Celery's message protocol 2 (`app/amqp.py`, `as_task_v2`) in kombu's envelope (`virtual/base.py`), as JSON.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::argsrepr;

/// How long a message may be to be read, in bytes: enough for ten thousand object ids as arguments.
pub(crate) const MAX_LENGTH: usize = 1024 * 1024;

/// How long a name may be to be shown, in bytes.
pub(crate) const MAX_NAME: usize = 500;

/// The one task of Nautobot (2.0 and later) that runs jobs, of whom its first argument says which.
const RUN_JOB: &str = "nautobot.extras.jobs.run_job";

/// A task that waits, without its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The id of the task: of Nautobot's job result, where it is one.
    pub id: Option<String>,
    /// What is to be run.
    pub task: Task,
    /// Before this time it does not run.
    pub eta: Option<SystemTime>,
    /// From this time on it does not run any more.
    pub expires: Option<SystemTime>,
    /// How often it has been tried before.
    pub retries: u64,
    /// Its priority, 0 to 9; 0 comes first, and is the default.
    pub priority: u8,
    /// The queue, as every message has it that was sent to a queue by name.
    pub routing_key: Option<String>,
}

/// What a message asks for. Names of more than 500 bytes are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Task {
    /// The name of Celery's task: `nautobot.extras.jobs.run_job` for every job of Nautobot.
    pub name: Option<String>,
    /// The class path of Nautobot's job: `module.Class`.
    pub job: Option<String>,
}

impl Message {
    /// `None` for what is longer than [`MAX_LENGTH`] or no message of Celery.
    pub(crate) fn decode(json: &[u8]) -> Option<Self> {
        within_length(json).and_then(|json| serde_json::from_slice(json).ok()).map(Envelope::into_message)
    }

    /// A value of `unacked`: the message, and the routing key by which it came.
    pub(crate) fn decode_unacked(json: &[u8]) -> Option<(Self, String)> {
        let (envelope, _exchange, routing_key): (Envelope, IgnoredAny, String) =
            within_length(json).and_then(|json| serde_json::from_slice(json).ok())?;
        Some((envelope.into_message(), routing_key))
    }
}

fn within_length(json: &[u8]) -> Option<&[u8]> {
    (json.len() <= MAX_LENGTH).then_some(json)
}

/// Skips all the rest, however deeply nested.
#[derive(Deserialize)]
struct Envelope {
    headers: Headers,
    #[serde(default)]
    properties: Properties,
}

#[derive(Deserialize)]
struct Headers {
    id: Option<String>,
    task: Option<String>,
    argsrepr: Option<String>,
    #[serde(default, deserialize_with = "time")]
    eta: Option<SystemTime>,
    #[serde(default, deserialize_with = "time")]
    expires: Option<SystemTime>,
    retries: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Properties {
    #[serde(default)]
    delivery_info: DeliveryInfo,
    priority: Option<i64>,
}

#[derive(Default, Deserialize)]
struct DeliveryInfo {
    routing_key: Option<String>,
}

impl Envelope {
    fn into_message(self) -> Message {
        let Headers { id, task, argsrepr, eta, expires, retries } = self.headers;
        let is_job = task.as_deref() == Some(RUN_JOB);
        let job = argsrepr.filter(|_| is_job).and_then(|args| argsrepr::first_text(&args));
        let short = |name: Option<String>| name.filter(|name| name.len() <= MAX_NAME);
        // As kombu reduces it.
        let priority = u8::try_from(self.properties.priority.unwrap_or(0).clamp(0, 9)).unwrap_or(0);
        Message {
            id: short(id),
            task: Task { name: short(task), job: short(job) },
            eta,
            expires,
            retries: retries.unwrap_or(0),
            priority,
            routing_key: short(self.properties.delivery_info.routing_key),
        }
    }
}

/// An ISO 8601 time; without an offset it is UTC, as Celery has it (`utils/time.py`, `maybe_make_aware`). What is no time
/// is none.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let written = Option::<String>::deserialize(deserializer)?;
    Ok(written.and_then(|written| {
        let aware = written.parse::<Timestamp>();
        let utc = || Some(written.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
        aware.ok().or_else(utc).map(SystemTime::from)
    }))
}

#[cfg(test)]
mod tests;
