//! The table of each model in each Nautobot line, from `models/*.json`: lists taken from real installations of six
//! lines. A line between two of those is served by both.

use super::Line;

include!(concat!(env!("OUT_DIR"), "/mapping.rs"));

struct Entry {
    app: &'static str,
    model: &'static str,
    table: &'static str,
    /// Bit n: the n-th of `LINES` has it.
    lines: u8,
}

/// The tables that `nautobot.<app>.models.<model>` may have in this line, the likeliest first.
pub(super) fn resolvable(line: Line, app: &str, model: &str) -> impl Iterator<Item = &'static str> {
    tables(&RESOLVABLE, line, app, model)
}

/// As [`resolvable`], by the label of the Django app that defines the model.
pub(super) fn labelled(line: Line, app: &str, model: &str) -> impl Iterator<Item = &'static str> {
    tables(&LABELLED, line, app, model)
}

/// Each model of this line, or of its neighbours, by the label of its app, with the tables it may have.
pub(super) fn models(line: Line) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let bits = neighbours(line).fold(0, |bits, bit| bits | bit);
    let entries = LABELLED.iter().filter(move |entry| entry.lines & bits != 0);
    entries.map(|entry| (entry.app, entry.model, entry.table))
}

/// Whether the app is one that some Nautobot line brings.
pub(super) fn is_labelled(app: &str) -> bool {
    LABELLED.binary_search_by(|entry| entry.app.cmp(app)).is_ok()
}

fn tables(
    entries: &'static [Entry],
    line: Line,
    app: &str,
    model: &str,
) -> impl Iterator<Item = &'static str> {
    let start = entries.partition_point(|entry| (entry.app, entry.model) < (app, model));
    let end = entries.partition_point(|entry| (entry.app, entry.model) <= (app, model));
    let entries = entries.get(start..end).unwrap_or_default();
    neighbours(line).flat_map(move |bit| {
        entries.iter().filter(move |entry| entry.lines & bit != 0).map(|entry| entry.table)
    })
}

/// The bits of the listed lines that speak for `line`: itself, or else the next newer and the next older one.
fn neighbours(line: Line) -> impl Iterator<Item = u8> {
    let newer = LINES.partition_point(|listed| *listed < line);
    let is_listed = LINES.get(newer) == Some(&line);
    let older = newer.checked_sub(1).filter(|_| !is_listed);
    [Some(newer).filter(|index| *index < LINES.len()), older].into_iter().flatten().map(|index| 1 << index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_for_the_search() {
        for entries in [&RESOLVABLE[..], &LABELLED[..]] {
            assert!(entries.is_sorted_by_key(|entry| (entry.app, entry.model)));
        }
    }

    #[test]
    fn a_listed_line_speaks_for_itself_and_others_have_neighbours() {
        let bits = |major, minor| neighbours(Line::new(major, minor)).collect::<Vec<_>>();
        assert_eq!(bits(1, 0), [0b1]);
        assert_eq!(bits(1, 1), [0b10, 0b1]);
        assert_eq!(bits(1, 4), [0b100, 0b10]);
        assert_eq!(bits(2, 3), [0b1_0000, 0b1000]);
        assert_eq!(bits(3, 1), [0b10_0000, 0b1_0000]);
        assert_eq!(bits(3, 2), [0b10_0000]);
        assert_eq!(bits(4, 0), [0b10_0000]);
    }
}
