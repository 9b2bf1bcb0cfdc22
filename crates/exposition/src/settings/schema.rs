//! Which keys there are, asked of the settings types themselves.
//!
//! Nothing lists the keys: a type that refuses a tree with one key in it does not know the key, or not that value.

use std::marker::PhantomData;

use figment::value::{Dict, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::key::Key;
use super::layer::{find, nest, section_of};
use super::load::Known;
use super::refusal::{Problem, Refusal};
use super::{ExporterSettings, collectors};

/// The keys of [`ExporterSettings`], of a program's own `S`, and of the siblings that read the same files.
pub(super) struct Schema<'k, S> {
    known: &'k Known,
    /// The source that a key stands in, which tells a list from a section.
    around: Option<&'k Dict>,
    own: PhantomData<fn() -> S>,
}

impl<'k, S: Default + DeserializeOwned + Serialize> Schema<'k, S> {
    pub(super) fn new(known: &'k Known) -> Self {
        Self { known, around: None, own: PhantomData }
    }

    /// The same keys, asked for from within this source.
    pub(super) fn within<'v>(&self, source: &'v Dict) -> Schema<'v, S>
    where
        'k: 'v,
    {
        Schema { around: Some(source), ..Schema::new(self.known) }
    }

    /// How the exporter's own environment variables start.
    pub(super) fn prefix(&self) -> &'k str {
        &self.known.prefix
    }

    /// Reads a tree without siblings' keys; the first thing that is wrong ends it.
    pub(super) fn read(&self, values: &Dict) -> Result<(ExporterSettings, S), Refusal> {
        self.check_collectors(values)?;
        let shared = tree(&ExporterSettings::default());
        let (mut shared, mut own): (Dict, Dict) =
            values.clone().into_iter().partition(|(name, _)| shared.contains_key(name));
        own.extend(collectors::take_own(&mut shared, &tree(&S::default())));
        let exporter = deserialize(shared)?;
        let own = deserialize(own).map_err(|refusal| self.with_siblings(with_shared_keys(refusal)))?;
        Ok((exporter, own))
    }

    /// Whether there is such a key and it can have this value.
    pub(super) fn check(&self, key: &Key, value: Value) -> Result<(), Refusal> {
        match self.read(&nest(self.around.unwrap_or(&Dict::new()), key, value)) {
            Err(refusal) if matches!(refusal.problem, Problem::Missing) => Ok(()),
            Err(refusal) => Err(refusal),
            Ok(_) => Ok(()),
        }
    }

    pub(super) fn knows(&self, key: &Key) -> bool {
        let unknown = |refusal: &Refusal| matches!(refusal.problem, Problem::Unknown(_));
        !self.check(key, Value::from("")).is_err_and(|refusal| unknown(&refusal))
    }

    /// Whether any name is a key of this section: the keys are the user's.
    pub(super) fn is_open(&self, section: &Key) -> bool {
        self.knows(&section.join("any name at all"))
    }

    pub(super) fn is_siblings(&self, key: &Key) -> bool {
        self.siblings().any(|sibling| key.starts_with(&sibling))
    }

    /// Takes out what only a sibling understands.
    pub(super) fn without_siblings(&self, mut values: Dict) -> Dict {
        for sibling in self.siblings() {
            if let Some(section) = section_of(&mut values, &sibling) {
                section.remove(sibling.last());
            }
        }
        values
    }

    fn siblings(&self) -> impl Iterator<Item = Key> {
        self.known.siblings.iter().map(|key| Key::dotted(key))
    }

    /// `[collectors]` takes any name as far as its type goes.
    fn check_collectors(&self, values: &Dict) -> Result<(), Refusal> {
        let section = Key::dotted(collectors::SECTION);
        let Some(Value::Dict(_, given)) = values.get(collectors::SECTION) else { return Ok(()) };
        for (name, value) in given {
            let key = section.join(name);
            if !self.known.collectors.contains(name) {
                let problem = Problem::Unknown(self.known.collectors.clone());
                return Err(self.with_siblings(Refusal { key, problem }));
            }
            if matches!(value, Value::Array(..)) {
                return Err(Refusal::list_for_section(key));
            }
        }
        Ok(())
    }

    /// The siblings' keys are neighbours too.
    fn with_siblings(&self, mut refusal: Refusal) -> Refusal {
        if let (Problem::Unknown(names), Some(section)) = (&mut refusal.problem, refusal.key.parent()) {
            let neighbours = self.siblings().filter(|sibling| sibling.starts_with(&section));
            names.extend(neighbours.filter_map(|key| key.segments().get(section.segments().len()).cloned()));
            names.sort();
            names.dedup();
        }
        refusal
    }
}

/// A program's own type knows only its own sections, and of a collector's only its own keys.
fn with_shared_keys(mut refusal: Refusal) -> Refusal {
    match (&mut refusal.problem, refusal.key.segments()) {
        (Problem::Unknown(names), [_]) => names.extend(tree(&ExporterSettings::default()).into_keys()),
        (Problem::Unknown(names), [section, _, _]) if section == collectors::SECTION => {
            names.extend(collectors::shared_keys());
        }
        _ => {}
    }
    refusal
}

/// What a type says of itself; nothing if it says it in no tree of named values.
pub(super) fn tree(settings: &impl Serialize) -> Dict {
    Value::serialize(settings).ok().and_then(Value::into_dict).unwrap_or_default()
}

/// Also refuses the keys that a type without `deny_unknown_fields` would pass over.
fn deserialize<T: Default + DeserializeOwned + Serialize>(values: Dict) -> Result<T, Refusal> {
    let defaults = tree(&T::default());
    refuse_lists_for_sections(&Key::default(), &values, &defaults)?;
    let mut passed_over = None;
    let value = Value::from(values.clone());
    let read = serde_ignored::deserialize(&value, |path| {
        passed_over.get_or_insert_with(|| key_of(&path));
    });
    let settings = read.map_err(|error| Refusal::new(error, &values))?;
    let Some(key) = passed_over else { return Ok(settings) };
    let section = match key.parent().filter(|section| !section.segments().is_empty()) {
        Some(section) => find(&defaults, &section).and_then(Value::as_dict).cloned().unwrap_or_default(),
        None => defaults,
    };
    Err(Refusal { key, problem: Problem::Unknown(section.into_keys().collect()) })
}

/// Serde would take the elements of a list for the fields of a struct, in the order of the source.
fn refuse_lists_for_sections(section: &Key, values: &Dict, defaults: &Dict) -> Result<(), Refusal> {
    for (name, value) in values {
        let key = section.join(name);
        match (value, defaults.get(name)) {
            (Value::Dict(_, values), Some(Value::Dict(_, defaults))) => {
                refuse_lists_for_sections(&key, values, defaults)?;
            }
            (Value::Array(..), Some(Value::Dict(..))) => return Err(Refusal::list_for_section(key)),
            _ => {}
        }
    }
    Ok(())
}

fn key_of(path: &serde_ignored::Path<'_>) -> Key {
    use serde_ignored::Path;
    match path {
        Path::Root => Key::default(),
        Path::Seq { parent, index } => key_of(parent).join(index.to_string()),
        Path::Map { parent, key } => key_of(parent).join(key.as_str()),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            key_of(parent)
        }
    }
}
