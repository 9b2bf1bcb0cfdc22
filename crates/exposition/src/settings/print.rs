//! `--print-config`: the effective settings, as a file that can be loaded again.

use std::collections::BTreeMap;
use std::fmt::Write;

use figment::value::{Dict, Value};
use serde::Serialize;

use super::collectors;
use super::error::Place;
use super::key::Key;
use super::load::Loaded;
use super::schema::tree;

impl<S: Serialize> Loaded<S> {
    /// TOML with a comment on every setting that is not left to its default: where it stands.
    ///
    /// A secret is shown as its type serialises it, which is masked: whoever loads the file again fills it in first.
    pub(crate) fn print(&self) -> String {
        let mut printed = String::new();
        // Keys outside any section have to come first, and only a program's own type may have some.
        let (mut own, mut exporter) = (tree(&self.own), tree(&self.exporter));
        collectors::join(&mut exporter, &mut own);
        for settings in [own, exporter] {
            print_section(&Key::default(), &settings, &self.places, &mut printed);
        }
        printed
    }
}

fn print_section(section: &Key, entries: &Dict, places: &BTreeMap<Key, Place>, printed: &mut String) {
    let settings: Vec<String> = entries
        .iter()
        .filter_map(|(name, value)| Some((name, shown(value)?)))
        .map(|(name, value)| {
            format!("{} = {value}{}\n", quoted(name), comment(places.get(&section.join(name))))
        })
        .collect();
    if !section.segments().is_empty() && (!settings.is_empty() || entries.is_empty()) {
        let names: Vec<String> = section.segments().iter().map(|name| quoted(name)).collect();
        let gap = if printed.is_empty() { "" } else { "\n" };
        let _ = writeln!(printed, "{gap}[{}]", names.join("."));
    }
    printed.extend(settings);
    for (name, value) in entries {
        if let Value::Dict(_, entries) = value {
            print_section(&section.join(name), entries, places, printed);
        }
    }
}

/// `None` for what is a section of its own, and for what is not set.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Dict(..) | Value::Empty(..) => None,
        value => toml::Value::try_from(value).ok().map(|value| value.to_string()),
    }
}

fn quoted(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if bare { name.to_owned() } else { toml::Value::from(name).to_string() }
}

fn comment(place: Option<&Place>) -> String {
    place.map(|place| format!("  # {place}")).unwrap_or_default()
}
