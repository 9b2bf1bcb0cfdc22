//! Holds the documentation against what an exporter says.
//!
//! Nothing lists the keys of its settings: given an unknown one, an exporter tells which it knows, set or not.
#![expect(clippy::panic, reason = "documentation that says something else fails the test")]

mod generated;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use self::generated::{Listing, metrics, readme};
use crate::run;

const SETTINGS: &str = include_str!("../../../docs/configuration.md");

/// The heading of the keys that every collector has.
const COLLECTORS: &str = "collectors.NAME";

/// Rows of tables by section and key.
type Documented = BTreeMap<String, BTreeMap<String, String>>;

/// Compares what `docs/metrics.md` and the README have of this exporter with `--list-collectors`.
///
/// # Panics
/// They differ.
pub fn check_families(program: &str, exporter: &str) {
    let listing = Listing::of(program, exporter);
    let (families, rows) = generated::written(exporter);
    assert!(families.contains(&listing.section()), "docs/metrics.md: run `just docs`");
    assert_eq!(rows, listing.rows(), "README.md: run `just docs`");
}

/// Compares the keys that `docs/configuration.md` has for each section with those that the program knows there, but for
/// sections that only its sibling reads.
///
/// # Panics
/// One is documented and unknown, or known and not documented.
pub fn check_settings(program: &str) {
    let documented = documented(SETTINGS);
    let sections = sections(program);
    let expected: BTreeSet<String> = sections.iter().map(|section| heading(section, &documented)).collect();
    assert_eq!(names(&documented), expected, "documented (left) and known (right)");
    for section in sections {
        let Some(known) = keys(program, &section) else { continue };
        let rows = rows(&section, &documented);
        assert_eq!(names(&rows), known, "documented (left) and known (right) in [{section}]");
        rows.iter().for_each(|(key, row)| check_parts(program, &format!("{section}.{key}"), row));
    }
}

/// A key that is a section itself has one row, which tells of its keys.
fn check_parts(program: &str, key: &str, row: &str) {
    for part in keys(program, key).unwrap_or_default() {
        assert!(row.contains(&part), "the row of `{key}` does not tell of `{part}`");
    }
}

fn names<V>(entries: &BTreeMap<String, V>) -> BTreeSet<String> {
    entries.keys().cloned().collect()
}

/// The rows of the tables below headings such as ``## `[web]`, `[log]` ``, by section and key.
fn documented(page: &str) -> Documented {
    let mut documented = Documented::new();
    let mut headings: Vec<&str> = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            headings = code(title).filter_map(|name| name.strip_prefix('[')?.strip_suffix(']')).collect();
        }
        let first_cell = line.strip_prefix("| ").and_then(|row| row.split(" | ").next()).unwrap_or_default();
        for name in code(first_cell) {
            let (section, key) = match headings.as_slice() {
                [] => continue,
                [section] => (*section, name),
                _ => name.split_once('.').unwrap_or_else(|| panic!("`{name}` is in one of {headings:?}")),
            };
            documented.entry(section.to_owned()).or_default().insert(key.to_owned(), line.to_owned());
        }
    }
    documented
}

fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The sections that a program accepts, its sibling's included.
fn sections(program: &str) -> Vec<String> {
    let sections = keys(program, "").unwrap_or_else(|| panic!("{program} accepts any section"));
    let collectors = keys(program, "collectors").unwrap_or_default();
    let collectors = collectors.into_iter().map(|name| format!("collectors.{name}"));
    sections.into_iter().filter(|section| section != "collectors").chain(collectors).collect()
}

/// The heading that a section must have: a collector has one of its own only when it has keys of its own.
fn heading(section: &str, documented: &Documented) -> String {
    let is_shared = is_collector(section) && !documented.contains_key(section);
    if is_shared { COLLECTORS } else { section }.to_owned()
}

/// What is documented of a section; of a collector, the keys of its own besides those that every one has.
fn rows(section: &str, documented: &Documented) -> BTreeMap<String, String> {
    let shared = documented.get(COLLECTORS).filter(|_| is_collector(section));
    shared
        .into_iter()
        .chain(documented.get(section))
        .flatten()
        .map(|(key, row)| (key.clone(), row.clone()))
        .collect()
}

fn is_collector(section: &str) -> bool {
    section.starts_with("collectors.")
}

/// The keys that a program knows in a section; `None` if it does not read it, or it is none.
fn keys(program: &str, section: &str) -> Option<BTreeSet<String>> {
    let path = section.split('.').rev().filter(|name| !name.is_empty());
    let settings: Value = path.fold(json!({ "?": 0 }), |settings, name| json!({ name: settings }));
    let output = run(program, &settings.to_string(), &["--config.check"]);
    let refusal = String::from_utf8_lossy(&output.stderr);
    if !refusal.contains(": unknown key `") {
        return None;
    }
    let known = refusal.split_once("; known here: ").unwrap_or_else(|| panic!("no keys in {refusal}"));
    Some(code(known.1).map(str::to_owned).collect())
}
