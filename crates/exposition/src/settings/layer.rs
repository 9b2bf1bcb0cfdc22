//! One source of settings: a file, an environment variable, a flag.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::error::Place;
use super::key::Key;

/// What one source sets, and where in it. Holds secrets: it has no `Debug` on purpose.
pub(super) struct Layer {
    pub(super) source: Source,
    pub(super) values: Dict,
    /// The line of every key, for files.
    pub(super) lines: BTreeMap<Key, usize>,
}

#[derive(Clone)]
pub(super) enum Source {
    File(PathBuf),
    Environment(String),
    CommandLine,
}

impl Layer {
    /// A source that sets one key.
    pub(super) fn of(source: Source, key: &Key, value: Value) -> Self {
        Self { source, values: nest(&Dict::new(), key, value), lines: BTreeMap::new() }
    }

    pub(super) fn place(&self, key: &Key) -> Place {
        match &self.source {
            Source::File(path) => {
                let line = self.lines.get(key).copied().unwrap_or(1);
                Place::File { path: path.clone(), line }
            }
            Source::Environment(name) => Place::Environment(name.clone()),
            Source::CommandLine => Place::CommandLine,
        }
    }

    /// Makes it say nothing of this key.
    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(section) = section_of(&mut self.values, key) {
            section.remove(key.last());
        }
    }

    /// Every key that it sets, sections and elements of lists included.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        for (name, value) in &self.values {
            walk(&Key::default().join(name), value, &mut keys);
        }
        keys
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place(&Key::default()).to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

fn walk(key: &Key, value: &Value, keys: &mut Vec<Key>) {
    keys.push(key.clone());
    match value {
        Value::Dict(_, entries) => {
            for (name, value) in entries {
                walk(&key.join(name), value, keys);
            }
        }
        Value::Array(_, elements) => {
            for (index, value) in elements.iter().enumerate() {
                walk(&key.join(index.to_string()), value, keys);
            }
        }
        _ => {}
    }
}

/// The tree that holds this value under this key, and nothing else but what stands before it in the lists of `around`.
pub(super) fn nest(around: &Dict, key: &Key, value: Value) -> Dict {
    match key.segments().split_first() {
        Some((first, rest)) => Dict::from([(first.clone(), nest_below(around.get(first), rest, value))]),
        None => value.into_dict().unwrap_or_default(),
    }
}

fn nest_below(around: Option<&Value>, segments: &[String], value: Value) -> Value {
    let Some((first, rest)) = segments.split_first() else { return value };
    let index = first.parse::<usize>().ok();
    if let (Some(Value::Array(_, elements)), Some(index)) = (around, index) {
        let mut list: Vec<Value> = elements.iter().take(index).cloned().collect();
        list.push(nest_below(elements.get(index), rest, value));
        return list.into();
    }
    let around = around.and_then(Value::as_dict).and_then(|entries| entries.get(first));
    Dict::from([(first.clone(), nest_below(around, rest, value))]).into()
}

pub(super) fn find<'v>(values: &'v Dict, key: &Key) -> Option<&'v Value> {
    let (first, rest) = key.segments().split_first()?;
    rest.iter().try_fold(values.get(first)?, |value, segment| match value {
        Value::Dict(_, entries) => entries.get(segment),
        Value::Array(_, elements) => elements.get(segment.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The section that holds this key, if everything on the way exists.
pub(super) fn section_of<'v>(values: &'v mut Dict, key: &Key) -> Option<&'v mut Dict> {
    let (_, sections) = key.segments().split_last()?;
    let Some((first, rest)) = sections.split_first() else { return Some(values) };
    let section = rest.iter().try_fold(values.get_mut(first)?, |value, segment| match value {
        Value::Dict(_, entries) => entries.get_mut(segment),
        Value::Array(_, elements) => elements.get_mut(segment.parse::<usize>().ok()?),
        _ => None,
    })?;
    match section {
        Value::Dict(_, entries) => Some(entries),
        _ => None,
    }
}
