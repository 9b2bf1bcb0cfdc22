//! Names of software as labels of Prometheus.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::Found;

/// A label for each software that has a version, in alphabetical order, and the names that another one's label keeps from
/// the page.
pub(super) fn of(found: &Found) -> (BTreeMap<String, &str>, BTreeSet<String>) {
    let (mut labels, mut colliding) = (BTreeMap::new(), BTreeSet::new());
    // An empty value is no label to Prometheus, and an empty name none at all.
    let shown = found.iter().filter(|(name, version)| !name.is_empty() && !version.is_empty());
    let named = shown.map(|(name, version)| (label(name), name, version.as_str()));
    let (exact, replaced): (Vec<_>, Vec<_>) = named.partition(|(label, name, _)| label == *name);
    for (label, name, version) in exact.into_iter().chain(replaced) {
        match labels.entry(label) {
            Entry::Vacant(entry) => {
                entry.insert(version);
            }
            Entry::Occupied(_) => {
                colliding.insert(name.clone());
            }
        }
    }
    (labels, colliding)
}

/// As `escape_label_name` of prometheus_client (0.23 and later) with its escaping `underscores`: what is no ASCII letter,
/// no digit behind the first place and no `_` becomes `_`. Of several `_` at the start one is left: Prometheus keeps
/// such names for itself, and drops the label.
fn label(name: &str) -> String {
    let is_kept = |at, c: char| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit());
    let replaced: String =
        name.chars().enumerate().map(|(at, c)| if is_kept(at, c) { c } else { '_' }).collect();
    match replaced.trim_start_matches('_') {
        rest if replaced.starts_with("__") => format!("_{rest}"),
        _ => replaced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_as_prometheus_client_does() {
        // What prometheus_client 0.26 printed, but for the last two, which start with `__` there.
        for (name, expected) in [
            ("nautobot_ssot", "nautobot_ssot"),
            ("a.b", "a_b"),
            ("a-b:c d", "a_b_c_d"),
            ("3com", "_com"),
            ("größe", "gr__e"),
            ("Ünits", "_nits"),
            ("a\"}\n", "a___"),
            ("_private", "_private"),
            ("__x__", "_x__"),
            ("1.x", "_x"),
        ] {
            assert_eq!(label(name), expected, "{name}");
        }
    }

    #[test]
    fn of_two_names_that_become_one_the_exact_one_stays_or_the_first() {
        let found = ["a.b", "a_b", "c-d", "c.d", "", "e"].map(|name| (name.to_owned(), format!("of {name}")));
        let mut found = Found::from(found);
        found.insert("f".to_owned(), String::new());
        let (labels, colliding) = of(&found);
        let shown = [("a_b", "of a_b"), ("c_d", "of c-d"), ("e", "of e")];
        assert_eq!(labels, shown.map(|(label, version)| (label.to_owned(), version)).into());
        assert_eq!(colliding, ["a.b", "c.d"].map(str::to_owned).into());
    }
}
