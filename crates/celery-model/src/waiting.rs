//! Reading what waits: three round trips, two while nothing does.

use std::collections::BTreeMap;
use std::time::SystemTime;

use nautobot_redis::{Answers, Error, command, parts};
use redis::{Cmd, Pipeline};

use crate::message::{MAX_LENGTH, Message, Task};
use crate::session::Session;

/// How many messages of one list are read, and about how many of all.
const MAX_OF_LIST: u64 = 100;
const MAX_OF_ALL: u64 = 2_000;

/// About how many bytes of messages are read.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// In how many pieces of a list the server measures how long its messages are.
const SAMPLES: usize = 100;

/// What waits in one queue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Waiting {
    /// The name, as in [`Queue::name`](crate::Queue::name).
    pub name: String,
    /// What the next free worker would take of each step that holds something; that is the oldest one, unless messages of a lost worker
    /// were put back before it. Steps come in the order in which workers take them.
    pub next: Vec<Next>,
    /// How many wait by what they are to run, of those that were read: the next ones of each step.
    pub tasks: BTreeMap<Task, u64>,
    /// How many of those that were read have expired: the worker that takes them will not run them.
    pub expired: u64,
    /// Whether `tasks` and `expired` are of a part of the messages only.
    pub is_part: bool,
    /// What workers hold of this queue until its time has come; `None` where
    /// [`Queue::scheduled`](crate::Queue::scheduled) is.
    pub scheduled: Option<Scheduled>,
}

/// The message of one step that is next.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Next {
    /// The step.
    pub priority: u8,
    /// `None` if it is no task, or too long.
    pub message: Option<Message>,
}

/// Messages with an ETA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scheduled {
    /// The earliest of their times.
    pub soonest: Option<SystemTime>,
    /// How many should have begun, by this machine's clock.
    pub overdue: u64,
    /// How many have expired.
    pub expired: u64,
}

impl Session<'_> {
    pub(crate) async fn waiting(&mut self, configured: &[String]) -> Result<Vec<Waiting>, Error> {
        let keys = self.keys;
        let found = self.found(configured).await?;
        let mut lists = Vec::with_capacity(found.queues.len() * keys.steps().len());
        for name in found.queues.values() {
            lists.extend(keys.steps().iter().map(|step| List::new(keys.list(name, *step), *step)));
        }
        let mut answers =
            self.ask(ask(&lists, List::ask_size).chain(found.unacked.ask_lengths(keys))).await?;
        for list in &mut lists {
            list.take_size(&mut answers)?;
        }
        let taken = found.unacked.take_lengths(keys, &mut answers)?;
        share(&mut lists);
        let mut answers = self.ask(ask(&lists, List::ask_tail).chain(taken.ask(keys))).await?;
        let mut waiting = Vec::with_capacity(found.queues.len());
        for (name, lists) in found.queues.into_keys().zip(lists.chunks(keys.steps().len())) {
            waiting.push(Waiting::take(name, lists, &mut answers)?);
        }
        if let Some(messages) = taken.take(keys, &mut answers)? {
            attribute(&mut waiting, &messages);
        }
        Ok(waiting)
    }
}

/// The commands of all lists, part by part.
fn ask(lists: &[List], one: impl Fn(&List, &mut Pipeline) + Copy) -> impl Iterator<Item = Pipeline> + Clone {
    parts(lists.len()).map(move |part| {
        let mut commands = Pipeline::new();
        lists.get(part).unwrap_or_default().iter().for_each(|list| one(list, &mut commands));
        commands
    })
}

/// A queue's messages of one step.
struct List {
    key: Vec<u8>,
    priority: u8,
    messages: u64,
    /// What the server needs for it, which is more than the messages are long.
    bytes: u64,
    /// How many are to be read.
    read: u64,
}

impl List {
    fn new(key: Vec<u8>, priority: u8) -> Self {
        Self { key, priority, messages: 0, bytes: 0, read: 0 }
    }

    fn ask_size(&self, commands: &mut Pipeline) {
        let mut bytes = Cmd::new();
        bytes.arg("MEMORY").arg("USAGE").arg(&self.key).arg("SAMPLES").arg(SAMPLES);
        commands.add_command(command("LLEN", &self.key)).add_command(bytes);
    }

    fn take_size(&mut self, answers: &mut Answers<'_>) -> Result<(), Error> {
        self.messages = answers.count(&self.key)?.unwrap_or(0);
        self.bytes = answers.count(&self.key)?.unwrap_or(0);
        Ok(())
    }

    /// How long a message is, about.
    fn length(&self) -> u64 {
        (self.bytes / self.messages.max(1)).max(1)
    }

    fn ask_tail(&self, commands: &mut Pipeline) {
        if self.read > 0 {
            let mut tail = command("LRANGE", &self.key);
            tail.arg(-self.read.cast_signed()).arg(-1);
            commands.add_command(tail);
        }
    }

    /// The next one last.
    fn take_tail(&self, answers: &mut Answers<'_>) -> Result<Vec<Vec<u8>>, Error> {
        if self.read == 0 {
            return Ok(Vec::new());
        }
        answers.members(&self.key).map(Option::unwrap_or_default)
    }
}

/// Divides what may be read among the lists that hold something.
fn share(lists: &mut [List]) {
    let filled = lists.iter().filter(|list| list.messages > 0).count().max(1) as u64;
    let messages = (MAX_OF_ALL / filled).clamp(1, MAX_OF_LIST);
    let bytes = MAX_BYTES / filled;
    for list in lists {
        let fitting = if list.length() <= MAX_LENGTH as u64 { bytes / list.length() } else { 0 };
        list.read = fitting.min(messages).min(list.messages);
    }
}

impl Waiting {
    fn take(name: String, lists: &[List], answers: &mut Answers<'_>) -> Result<Self, Error> {
        let now = SystemTime::now();
        let mut waiting = Self {
            name,
            next: Vec::new(),
            tasks: BTreeMap::new(),
            expired: 0,
            is_part: false,
            scheduled: None,
        };
        for list in lists.iter().filter(|list| list.messages > 0) {
            let tail = list.take_tail(answers)?;
            if list.read == 0 {
                answers.complain(&list.key, "holds messages that are too long to be read");
            }
            // Taken meanwhile, and none left.
            if tail.is_empty() && list.read > 0 {
                continue;
            }
            waiting.is_part |= list.read < list.messages;
            let messages: Vec<_> = tail.iter().rev().map(|json| Message::decode(json)).collect();
            if messages.iter().any(Option::is_none) {
                answers.complain(&list.key, "holds messages that are no tasks or longer than 1 MiB");
            }
            messages.iter().flatten().for_each(|message| waiting.add(message, now));
            let next = messages.into_iter().next().flatten();
            waiting.next.push(Next { priority: list.priority, message: next });
        }
        Ok(waiting)
    }

    fn add(&mut self, message: &Message, now: SystemTime) {
        self.expired += u64::from(has_expired(message, now));
        *self.tasks.entry(message.task.clone()).or_default() += 1;
    }
}

/// As in [`queues`](crate::queues).
fn attribute(queues: &mut [Waiting], messages: &[(Message, String)]) {
    let now = SystemTime::now();
    let mut all: BTreeMap<&str, Scheduled> = BTreeMap::new();
    for (message, queue) in messages {
        let Some(eta) = message.eta else { continue };
        let scheduled = all.entry(queue).or_default();
        scheduled.soonest = Some(scheduled.soonest.map_or(eta, |soonest| soonest.min(eta)));
        scheduled.overdue += u64::from(eta < now);
        scheduled.expired += u64::from(has_expired(message, now));
    }
    for queue in queues {
        queue.scheduled = Some(all.get(queue.name.as_str()).copied().unwrap_or_default());
    }
}

fn has_expired(message: &Message, now: SystemTime) -> bool {
    message.expires.is_some_and(|expires| expires < now)
}
