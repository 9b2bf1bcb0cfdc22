//! The next messages of a list, read within a share of the bytes that all lists may have.
//!
//! Nothing tells how long a single entry is but reading it, nor where in a list the long ones are.

use nautobot_redis::{Answers, Error, command};
use redis::{Cmd, Pipeline};

use crate::message::{MAX_LENGTH, Message};

/// How many messages of one list are read, and about how many of all.
const MAX_OF_LIST: u64 = 100;
const MAX_OF_ALL: u64 = 2_000;

/// How many bytes of messages are read.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How many messages are read at once of a list that is longer than its share: as many may be far longer than those before.
const STEP: u64 = 10;

/// A queue's messages of one step, and those of them that were read.
pub(crate) struct Tail {
    pub(crate) key: Vec<u8>,
    pub(crate) priority: u8,
    /// How many there are.
    pub(crate) total: u64,
    /// What the server needs for all, which is more than they are long.
    bytes: u64,
    /// How many are to be read.
    most: u64,
    /// How many bytes of them.
    share: u64,
    /// How many are to be read next.
    step: u64,
    /// The next one first; `None` for what is no message.
    pub(crate) messages: Vec<Option<Message>>,
    longest: u64,
}

impl Tail {
    pub(crate) fn new(key: Vec<u8>, priority: u8) -> Self {
        Self {
            key,
            priority,
            total: 0,
            bytes: 0,
            most: 0,
            share: 0,
            step: 0,
            messages: Vec::new(),
            longest: 1,
        }
    }

    pub(crate) fn ask_size(&self, commands: &mut Pipeline) {
        let mut bytes = Cmd::new();
        // Of all nodes, not an average of the first ones, which are not those that are read.
        bytes.arg("MEMORY").arg("USAGE").arg(&self.key).arg("SAMPLES").arg(0);
        commands.add_command(command("LLEN", &self.key)).add_command(bytes);
    }

    pub(crate) fn take_size(&mut self, answers: &mut Answers<'_>) -> Result<(), Error> {
        self.total = answers.count(&self.key)?.unwrap_or(0);
        self.bytes = answers.count(&self.key)?.unwrap_or(0);
        Ok(())
    }

    /// Divides what may be read among the lists that hold something.
    pub(crate) fn share(tails: &mut [Self]) {
        let filled = tails.iter().filter(|tail| tail.total > 0).count().max(1) as u64;
        let messages = (MAX_OF_ALL / filled).clamp(1, MAX_OF_LIST);
        for tail in tails {
            let length = (tail.bytes / tail.total.max(1)).max(1);
            tail.share = MAX_BYTES / filled;
            let fitting = if length <= MAX_LENGTH as u64 { tail.share / length } else { 0 };
            tail.most = fitting.min(messages).min(tail.total);
            tail.step = if tail.bytes <= tail.share { tail.most } else { tail.most.min(1) };
        }
    }

    /// Whether its messages are too long to be read.
    pub(crate) fn is_too_long(&self) -> bool {
        self.total > 0 && self.most == 0
    }

    pub(crate) fn is_read(&self) -> bool {
        self.step == 0
    }

    pub(crate) fn ask_step(&self, commands: &mut Pipeline) {
        if !self.is_read() {
            let read = self.messages.len() as u64;
            let mut step = command("LRANGE", &self.key);
            step.arg(-(read + self.step).cast_signed()).arg(-(read + 1).cast_signed());
            commands.add_command(step);
        }
    }

    pub(crate) fn take_step(&mut self, answers: &mut Answers<'_>) -> Result<(), Error> {
        if self.is_read() {
            return Ok(());
        }
        let step = answers.members(&self.key)?.unwrap_or_default();
        let was_whole = step.len() as u64 == self.step;
        for json in step.iter().rev() {
            self.longest = self.longest.max(json.len() as u64);
            self.share = self.share.saturating_sub(json.len() as u64);
            self.messages.push(Message::decode(json));
        }
        let left = self.most.saturating_sub(self.messages.len() as u64);
        // Workers may have taken the rest meanwhile.
        self.step = if was_whole { left.min(STEP).min(self.share / self.longest) } else { 0 };
        Ok(())
    }
}
