//! Making round trips: commands, and their division into parts.

use std::ops::Range;

use redis::Cmd;

/// In how many parts keys of one kind are asked for at most, one being made while the server answers those before; and
/// how small a part may be.
const PARTS: usize = 12;
const SMALLEST_PART: usize = 50;

/// A command about one key.
pub fn command(name: &str, key: &[u8]) -> Cmd {
    let mut command = Cmd::with_capacity(4, name.len() + key.len() + 16);
    command.arg(name).arg(key);
    command
}

/// All members of a set if it has `most` at most, and otherwise one more than that, which `SMEMBERS` would not stop at.
pub fn members(key: &[u8], most: usize) -> Cmd {
    let mut command = command("SRANDMEMBER", key);
    command.arg(most.saturating_add(1));
    command
}

/// How many of them make a part.
pub fn part_size(total: usize) -> usize {
    total.div_ceil(PARTS).max(SMALLEST_PART)
}

/// The positions of all of them, part by part.
pub fn parts(total: usize) -> impl Iterator<Item = Range<usize>> + Clone {
    let size = part_size(total);
    (0..total).step_by(size).map(move |first| first..total.min(first + size))
}
