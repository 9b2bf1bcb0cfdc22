//! Which queues a set of bindings names.

/// Reads members of a binding set: `routing_key SEP pattern SEP queue`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bindings<'a> {
    separator: &'a [u8],
}

impl<'a> Bindings<'a> {
    pub(crate) fn new(separator: &'a str) -> Self {
        Self { separator: separator.as_bytes() }
    }

    /// The queue that a member binds, unless it is a mailbox or has no name.
    pub(crate) fn queue<'b>(self, member: &'b [u8]) -> Option<&'b [u8]> {
        let after = |text: &'b [u8]| {
            let at = text.windows(self.separator.len()).position(|part| part == self.separator)?;
            text.get(at + self.separator.len()..)
        };
        let queue = after(member).and_then(after)?;
        (!queue.is_empty() && !is_mailbox(queue)).then_some(queue)
    }
}

/// Whether an exchange is Celery's for remote control or events (`app/defaults.py` and kombu's `pidbox.py`). Its binding
/// has a member for each worker that ever was.
pub(crate) fn is_of_mailboxes(exchange: &[u8]) -> bool {
    [&b"celery.pidbox"[..], b"reply.celery.pidbox", b"celeryev"].contains(&exchange)
}

/// Whether it is not a queue of tasks: a worker's (`HOST.celery.pidbox`) or an asker's (`ID.reply.celery.pidbox`) for
/// remote control, or a listener's for events (`celeryev.ID`).
fn is_mailbox(queue: &[u8]) -> bool {
    queue.ends_with(b".celery.pidbox") || queue.starts_with(b"celeryev.")
}

#[cfg(test)]
mod tests {
    use super::Bindings;

    #[test]
    fn the_third_part_is_the_queue() {
        let bindings = Bindings::new("\x06\x16");
        for (member, queue) in [
            (&b"slow\x06\x16\x06\x16slow"[..], Some(&b"slow"[..])),
            (b"key\x06\x16pattern\x06\x16queue with space", Some(b"queue with space")),
            (b"\x06\x16\x06\x16a\x06\x16b", Some(b"a\x06\x16b")),
            (b"\x06\x16\x06\x16\xff", Some(b"\xff")),
            (b"\x06\x16\x06\x16w@host.celery.pidbox", None),
            (b"1\x06\x16\x06\x161.reply.celery.pidbox", None),
            (b"worker.#\x06\x16\x06\x16celeryev.5fd8fd87", None),
            (b"key\x06\x16\x06\x16", None),
            (b"slow\x06\x16slow", None),
            (b"slow", None),
            (b"", None),
        ] {
            assert_eq!(bindings.queue(member), queue, "{}", member.escape_ascii());
        }
        assert_eq!(Bindings::new("|").queue(b"a||b"), Some(&b"b"[..]));
    }
}
