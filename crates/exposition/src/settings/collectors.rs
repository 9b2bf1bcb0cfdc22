//! `[collectors.NAME]` has two readers: the exporter reads the keys that every collector has, the program's own type
//! those that one collector has besides.

use figment::value::{Dict, Value};
use serde::Serialize;

use super::CollectorSettings;
use super::schema::tree;

/// The section that holds those of the collectors.
pub(super) const SECTION: &str = "collectors";

/// The keys that every collector has.
pub(super) fn shared_keys() -> impl Iterator<Item = String> {
    tree(&CollectorSettings::default()).into_keys()
}

/// Takes out of the `given` sections what the program's own type reads: all but the shared keys of the collectors that
/// it has a section for.
pub(super) fn take_own(given: &mut Dict, own: &Dict) -> Dict {
    let (Some(Value::Dict(_, given)), Some(Value::Dict(_, own))) = (given.get_mut(SECTION), own.get(SECTION))
    else {
        return Dict::new();
    };
    let shared: Vec<String> = shared_keys().collect();
    let mut taken = Dict::new();
    for (name, section) in given.iter_mut().filter(|(name, _)| own.contains_key(*name)) {
        let Value::Dict(_, keys) = section else { continue };
        let keys: Dict = keys.extract_if(.., |key, _| !shared.contains(key)).collect();
        if !keys.is_empty() {
            taken.insert(name.clone(), keys.into());
        }
    }
    if taken.is_empty() { taken } else { Dict::from([(SECTION.to_owned(), taken.into())]) }
}

/// Puts the keys of the program's own type beside the shared ones, each in its collector's section.
pub(super) fn join(shared: &mut Dict, own: &mut Dict) {
    let (Some(Value::Dict(_, shared)), Some(Value::Dict(_, own))) =
        (shared.get_mut(SECTION), own.remove(SECTION))
    else {
        return;
    };
    for (name, section) in own {
        if let (Some(Value::Dict(_, shared)), Value::Dict(_, keys)) = (shared.get_mut(&name), section) {
            shared.extend(keys);
        }
    }
}

/// Whether a program's own type has sections only for `collectors`, and no key in them that every collector has.
pub(crate) fn check_sections(own: &impl Serialize, collectors: &[String]) -> Result<(), String> {
    let Some(Value::Dict(_, sections)) = tree(own).remove(SECTION) else { return Ok(()) };
    let shared: Vec<String> = shared_keys().collect();
    for (name, section) in sections {
        if !collectors.contains(&name) {
            return Err(format!(
                "the settings have a section `{SECTION}.{name}`, but no collector of that name can be switched"
            ));
        }
        let keys = section.into_dict().unwrap_or_default();
        if let Some(key) = keys.keys().find(|key| shared.contains(key)) {
            return Err(format!(
                "the settings have a key `{SECTION}.{name}.{key}`, but every collector has a key `{key}` already"
            ));
        }
    }
    Ok(())
}
