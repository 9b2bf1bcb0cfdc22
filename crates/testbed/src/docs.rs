//! Holds the documentation against what an exporter says.
//!
//! Nothing lists the keys of its settings: given an unknown one, an exporter tells which it knows, set or not.
#![expect(clippy::panic, reason = "documentation that says something else fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::run;

const FAMILIES: &str = include_str!("../../../docs/metrics.md");
const SETTINGS: &str = include_str!("../../../docs/configuration.md");

/// Compares what `docs/metrics.md` has below the heading `name` with `--list-collectors`.
///
/// # Panics
/// They differ.
pub fn check_families(program: &str, name: &str) {
    let output = run(program, "", &["--list-collectors"]);
    let listed = String::from_utf8_lossy(&output.stdout);
    let section = format!("\n## {name}\n\n{listed}");
    assert!(output.status.success() && FAMILIES.contains(&section), "run `just docs`");
}

/// Compares the keys that `docs/configuration.md` has for each section with those that the program knows there, but for
/// sections that only its sibling reads.
///
/// # Panics
/// One is documented and unknown, or known and not documented.
pub fn check_settings(program: &str) {
    let documented = documented(SETTINGS);
    let sections = sections(program);
    let headings: BTreeSet<String> = sections.iter().map(|section| heading_of(section).to_owned()).collect();
    assert_eq!(names(&documented), headings, "documented (left) and known (right)");
    for section in sections {
        if let (Some(known), Some(rows)) = (keys(program, &section), documented.get(heading_of(&section))) {
            assert_eq!(names(rows), known, "documented (left) and known (right) in [{section}]");
            rows.iter().for_each(|(key, row)| check_parts(program, &format!("{section}.{key}"), row));
        }
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
fn documented(page: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut documented: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
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

fn heading_of(section: &str) -> &str {
    if section.starts_with("collectors.") { "collectors.NAME" } else { section }
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
