//! What readings have found so far, by which the next one asks for many keys in one command.
//!
//! None of it is ever an answer: a reading checks what it expects, and looks closer where that fails.

use std::collections::{HashMap, HashSet};

use super::counts::KINDS;

/// Which of a queue's keys have held something.
pub(super) type Held = [bool; KINDS.len()];

#[derive(Default)]
pub(crate) struct Expected {
    /// By the queue's name in keys, at any reading so far.
    held: HashMap<Vec<u8>, Held>,
    /// The workers that the last reading found alive.
    alive: HashSet<Vec<u8>>,
}

impl Expected {
    /// All keys of a queue that was never read: nothing speaks for their being empty.
    pub(super) fn held(&self, queue: &[u8]) -> Held {
        self.held.get(queue).copied().unwrap_or([true; KINDS.len()])
    }

    pub(super) fn is_alive(&self, worker: &[u8]) -> bool {
        self.alive.contains(worker)
    }

    /// Takes what each queue was found to hold, and forgets the queues that are no more.
    pub(super) fn note_queues<'a>(&mut self, found: impl ExactSizeIterator<Item = (&'a [u8], Held)> + Clone) {
        for (queue, held) in found.clone() {
            match self.held.get_mut(queue) {
                Some(known) => known.iter_mut().zip(held).for_each(|(known, held)| *known |= held),
                None => _ = self.held.insert(queue.to_vec(), held),
            }
        }
        if self.held.len() > found.len() {
            let queues: HashSet<&[u8]> = found.map(|(queue, _)| queue).collect();
            self.held.retain(|queue, _| queues.contains(queue.as_slice()));
        }
    }

    pub(super) fn note_workers(&mut self, registered: &[Vec<u8>], dead: &[Vec<u8>]) {
        let dead: HashSet<&Vec<u8>> = dead.iter().collect();
        self.alive = registered.iter().filter(|worker| !dead.contains(worker)).cloned().collect();
    }
}
