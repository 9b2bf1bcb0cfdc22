//! Which of the registered workers are alive.

use std::ops::Range;

use nautobot_redis::{Answers, Error, command, parts};
use redis::{Cmd, Pipeline};

use super::expected::Expected;

/// A part of the register, of which is yet to be told who is alive.
pub(super) struct Workers<'a> {
    /// Those who were alive at the last reading: one command counts them.
    alive: Vec<&'a [u8]>,
    /// The others, each by a command of its own.
    others: Vec<&'a [u8]>,
}

impl<'a> Workers<'a> {
    pub(super) fn in_parts(registered: &'a [Vec<u8>], expected: &Expected) -> Vec<Self> {
        let part = |positions: Range<usize>| {
            let workers: &[Vec<u8>] = registered.get(positions).unwrap_or_default();
            let (alive, others) =
                workers.iter().map(Vec::as_slice).partition(|worker| expected.is_alive(worker));
            Self { alive, others }
        };
        parts(registered.len()).map(part).collect()
    }

    /// The commands whose answers [`take`](Self::take) reads, in its order.
    pub(super) fn ask(&self) -> Pipeline {
        let mut commands = one_by_one(&self.others);
        if !self.alive.is_empty() {
            commands.add_command(how_many(self.alive.iter().copied()));
        }
        commands
    }

    /// Tells the dead, and keeps those who have to be asked for one by one, because some of them have died.
    pub(super) fn take(&mut self, answers: &mut Answers<'_>, dead: &mut Vec<Vec<u8>>) -> Result<(), Error> {
        for worker in std::mem::take(&mut self.others) {
            if answers.count(worker)? != Some(1) {
                dead.push(worker.to_vec());
            }
        }
        let alive = std::mem::take(&mut self.alive);
        if let Some(first) = alive.first()
            && answers.count(first)? != Some(alive.len() as u64)
        {
            self.others = alive;
        }
        Ok(())
    }
}

/// How many of these keys there are.
pub(super) fn how_many<'a>(keys: impl Iterator<Item = &'a [u8]>) -> Cmd {
    let mut command = Cmd::new();
    command.arg("EXISTS");
    keys.for_each(|key| _ = command.arg(key));
    command
}

/// One answer for each: 1 if the worker is alive.
pub(super) fn ask_whether_alive<'a>(workers: &'a [&[u8]]) -> impl Iterator<Item = Pipeline> + Clone + 'a {
    parts(workers.len()).map(|part| one_by_one(workers.get(part).unwrap_or_default()))
}

fn one_by_one(workers: &[&[u8]]) -> Pipeline {
    let mut commands = Pipeline::with_capacity(workers.len() + 1);
    workers.iter().for_each(|worker| _ = commands.add_command(command("EXISTS", worker)));
    commands
}
