//! Reading what waits: three round trips, two while nothing does, and more while that is much.

use std::collections::BTreeMap;
use std::time::SystemTime;

use nautobot_redis::{Complaints, Error, parts};
use redis::Pipeline;

use crate::message::{Message, Task};
use crate::session::Session;
use crate::tail::Tail;

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
        let mut tails = Vec::with_capacity(found.queues.len() * keys.steps().len());
        for name in found.queues.values() {
            tails.extend(keys.steps().iter().map(|step| Tail::new(keys.list(name, *step), *step)));
        }
        let mut answers =
            self.ask(ask(&tails, Tail::ask_size).chain(found.unacked.ask_lengths(keys))).await?;
        for tail in &mut tails {
            tail.take_size(&mut answers)?;
        }
        let taken = found.unacked.take_lengths(keys, &mut answers)?;
        Tail::share(&mut tails);
        let mut answers = self.ask(ask(&tails, Tail::ask_step).chain(taken.ask(keys))).await?;
        for tail in &mut tails {
            tail.take_step(&mut answers)?;
        }
        let taken = taken.take(keys, &mut answers)?;
        while !tails.iter().all(Tail::is_read) {
            let mut answers = self.ask(ask(&tails, Tail::ask_step)).await?;
            for tail in &mut tails {
                tail.take_step(&mut answers)?;
            }
        }
        let queues = found.queues.into_keys().zip(tails.chunks(keys.steps().len()));
        let mut waiting: Vec<_> =
            queues.map(|(name, tails)| Waiting::of(name, tails, self.complaints())).collect();
        if let Some(messages) = taken {
            attribute(&mut waiting, &messages);
        }
        Ok(waiting)
    }
}

/// The commands of all lists, part by part.
fn ask(tails: &[Tail], one: impl Fn(&Tail, &mut Pipeline) + Copy) -> impl Iterator<Item = Pipeline> + Clone {
    parts(tails.len()).map(move |part| {
        let mut commands = Pipeline::new();
        tails.get(part).unwrap_or_default().iter().for_each(|tail| one(tail, &mut commands));
        commands
    })
}

impl Waiting {
    fn of(name: String, tails: &[Tail], complaints: &mut Complaints) -> Self {
        let now = SystemTime::now();
        let mut waiting = Self {
            name,
            next: Vec::new(),
            tasks: BTreeMap::new(),
            expired: 0,
            is_part: false,
            scheduled: None,
        };
        for tail in tails.iter().filter(|tail| tail.total > 0) {
            if tail.is_too_long() {
                complaints.add(&tail.key, "holds messages that are too long to be read");
            } else if tail.messages.is_empty() {
                // Taken meanwhile, and none left.
                continue;
            }
            if tail.messages.iter().any(Option::is_none) {
                complaints.add(&tail.key, "holds messages that are no tasks or longer than 1 MiB");
            }
            waiting.is_part |= (tail.messages.len() as u64) < tail.total;
            tail.messages.iter().flatten().for_each(|message| waiting.add(message, now));
            let next = tail.messages.first().cloned().flatten();
            waiting.next.push(Next { priority: tail.priority, message: next });
        }
        waiting
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
