//! Reading how much there is in each queue: two round trips, or three while workers hold messages in reserve.

use std::collections::HashMap;

use nautobot_redis::{Answers, Error, command, parts};
use redis::Pipeline;

use crate::keys::Keyspace;
use crate::message::Message;
use crate::session::Session;

/// All queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Queues {
    /// Sorted by name.
    pub queues: Vec<Queue>,
    /// Messages that workers have taken and not begun, those included that cannot be read or whose queue is not among these;
    /// `None` if the key holds another type than a hash.
    pub unacked: Option<u64>,
    /// Whether Celery has left anything in this database: a binding, which each of its producers and workers makes and
    /// which stays, or an unacknowledged message. It may do so before the first pass over a large database has found it.
    pub is_found: bool,
}

/// One queue. A number is `None` if its key holds another type than kombu writes, or where its line says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Queue {
    /// The name, unique among the queues of one answer; bytes that are not UTF-8 are written `\xNN`.
    pub name: String,
    /// Messages that no worker has taken, of all steps; `None` if those of some step are.
    pub waiting: Option<u64>,
    /// The same by step, in the order in which workers take them.
    pub steps: Vec<Step>,
    /// Messages that workers have taken and not begun, for want of a free process. `None` if all queues together have more
    /// than 5,000 of those and of `scheduled`, or 16 MiB.
    pub reserved: Option<u64>,
    /// Messages that workers hold until their time has come (ETA, countdown or retry); `None` as `reserved`.
    pub scheduled: Option<u64>,
}

/// One of the lists that a queue is divided into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The lowest priority of the messages in it.
    pub priority: u8,
    /// How many they are.
    pub waiting: Option<u64>,
}

impl Session<'_> {
    pub(crate) async fn queues(&mut self, configured: &[String]) -> Result<Queues, Error> {
        let keys = self.keys;
        let found = self.found(configured).await?;
        let unacked = found.unacked.total;
        let names: Vec<(String, Vec<u8>)> = found.queues.into_iter().collect();
        let mut answers = self.ask(lengths(keys, &names).chain(found.unacked.ask_lengths(keys))).await?;
        let mut queues = Vec::with_capacity(names.len());
        for (shown, name) in &names {
            queues.push(Queue::take(keys, shown, name, &mut answers)?);
        }
        let taken = found.unacked.take_lengths(keys, &mut answers)?;
        let mut answers = self.ask(taken.ask(keys)).await?;
        if let Some(messages) = taken.take(keys, &mut answers)? {
            attribute(&mut queues, &messages);
        }
        Ok(Queues { queues, unacked, is_found: found.is_celery })
    }
}

impl Queue {
    fn take(keys: &Keyspace, shown: &str, name: &[u8], answers: &mut Answers<'_>) -> Result<Self, Error> {
        let mut step = |priority: &u8| {
            let waiting = answers.count(&keys.list(name, *priority))?;
            Ok(Step { priority: *priority, waiting })
        };
        let steps: Vec<Step> = keys.steps().iter().map(&mut step).collect::<Result<_, Error>>()?;
        let waiting = steps.iter().map(|step| step.waiting).sum();
        Ok(Self { name: shown.to_owned(), waiting, steps, reserved: None, scheduled: None })
    }
}

fn lengths(keys: &Keyspace, queues: &[(String, Vec<u8>)]) -> impl Iterator<Item = Pipeline> + Clone {
    parts(queues.len()).map(|part| {
        let mut commands = Pipeline::new();
        for (_, name) in queues.get(part).unwrap_or_default() {
            for step in keys.steps() {
                commands.add_command(command("LLEN", &keys.list(name, *step)));
            }
        }
        commands
    })
}

/// A message belongs to the queue that its routing key names, as it is with all that are sent to a queue by name.
fn attribute(queues: &mut [Queue], messages: &[(Message, String)]) {
    let mut counts: HashMap<&str, (u64, u64)> = HashMap::new();
    for (message, queue) in messages {
        let (reserved, scheduled) = counts.entry(queue).or_default();
        let count = if message.eta.is_some() { scheduled } else { reserved };
        *count += 1;
    }
    for queue in queues {
        let (reserved, scheduled) = counts.get(queue.name.as_str()).copied().unwrap_or_default();
        (queue.reserved, queue.scheduled) = (Some(reserved), Some(scheduled));
    }
}
