//! Messages that workers have taken and not acknowledged: those that they hold in reserve, and those whose time has not come.

use nautobot_redis::{Answers, Error, command, parts};
use redis::Pipeline;

use crate::keys::Keyspace;
use crate::message::{MAX_LENGTH, Message};

/// How many of them are read: 300 workers with the usual four processes and four messages for each.
const MAX_MESSAGES: usize = 5_000;

/// How many bytes of them are read.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The delivery tags of all, or none to be read.
pub(crate) struct Unacked {
    /// How many there are, those included that are not read.
    pub(crate) total: Option<u64>,
    /// `None` if they are too many or have no index.
    tags: Option<Vec<Vec<u8>>>,
}

/// The delivery tags of those that are short enough to be read.
pub(crate) struct Readable(Option<Vec<Vec<u8>>>);

impl Unacked {
    pub(crate) fn ask_tags(keys: &Keyspace) -> Pipeline {
        let mut tags = command("ZRANGE", &keys.unacked_index());
        tags.arg(0).arg(MAX_MESSAGES);
        let mut commands = Pipeline::new();
        commands.add_command(command("HLEN", &keys.unacked())).add_command(tags);
        commands
    }

    pub(crate) fn take_tags(keys: &Keyspace, answers: &mut Answers<'_>) -> Result<Self, Error> {
        let total = answers.count(&keys.unacked())?;
        let index = keys.unacked_index();
        let tags = answers.members(&index)?;
        if tags.as_ref().is_some_and(|tags| tags.len() > MAX_MESSAGES) {
            let why =
                format!("lists more than {MAX_MESSAGES} messages: no queue shows its unacknowledged ones");
            answers.complain(&index, &why);
        }
        let tags = tags.filter(|tags| tags.len() <= MAX_MESSAGES && total.is_some());
        Ok(Self { total, tags })
    }

    pub(crate) fn ask_lengths(&self, keys: &Keyspace) -> impl Iterator<Item = Pipeline> + Clone {
        let (tags, key) = (self.tags.as_deref().unwrap_or_default(), keys.unacked());
        parts(tags.len()).map(move |part| {
            let mut commands = Pipeline::new();
            for tag in tags.get(part).unwrap_or_default() {
                let mut length = command("HSTRLEN", &key);
                length.arg(tag);
                commands.add_command(length);
            }
            commands
        })
    }

    pub(crate) fn take_lengths(self, keys: &Keyspace, answers: &mut Answers<'_>) -> Result<Readable, Error> {
        let key = keys.unacked();
        let Some(tags) = self.tags else { return Ok(Readable(None)) };
        let mut readable = Vec::with_capacity(tags.len());
        let mut bytes = 0;
        for tag in tags {
            let length = answers.count(&key)?.and_then(|length| usize::try_from(length).ok());
            match length {
                // Acknowledged meanwhile.
                Some(0) => {}
                Some(length) if length <= MAX_LENGTH => {
                    bytes += length;
                    readable.push(tag);
                }
                _ => answers.complain(&key, NOT_READ),
            }
        }
        if bytes > MAX_BYTES {
            let why =
                format!("holds more than {MAX_BYTES} bytes: no queue shows its unacknowledged messages");
            answers.complain(&key, &why);
            return Ok(Readable(None));
        }
        Ok(Readable(Some(readable)))
    }
}

impl Readable {
    pub(crate) fn ask(&self, keys: &Keyspace) -> impl Iterator<Item = Pipeline> + Clone {
        let (tags, key) = (self.0.as_deref().unwrap_or_default(), keys.unacked());
        parts(tags.len()).map(move |part| {
            let mut messages = command("HMGET", &key);
            messages.arg(tags.get(part).unwrap_or_default());
            let mut commands = Pipeline::new();
            commands.add_command(messages);
            commands
        })
    }

    /// Each with the queue that it came from; `None` if they cannot be told.
    pub(crate) fn take(
        &self,
        keys: &Keyspace,
        answers: &mut Answers<'_>,
    ) -> Result<Option<Vec<(Message, String)>>, Error> {
        let key = keys.unacked();
        let Some(tags) = &self.0 else { return Ok(None) };
        let mut messages = Vec::with_capacity(tags.len());
        for _ in parts(tags.len()) {
            for json in answers.fields(&key)?.unwrap_or_default().into_iter().flatten() {
                match Message::decode_unacked(&json) {
                    Some(message) => messages.push(message),
                    None => answers.complain(&key, NOT_READ),
                }
            }
        }
        Ok(Some(messages))
    }
}

const NOT_READ: &str = "holds messages that are no tasks or longer than 1 MiB: they count for no queue";
