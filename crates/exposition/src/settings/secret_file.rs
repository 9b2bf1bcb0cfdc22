//! `KEY_file` beside every `KEY`: the value stands in a file of its own, as container platforms hand secrets over.

use std::path::Path;

use figment::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Place, SettingsError};
use super::key::Key;
use super::layer::{Layer, find, section_of};
use super::schema::Schema;
use super::text::typed;

/// The key whose value stands in the file that `key` names. A key that really ends in `_file` names none.
pub(super) fn target<S>(schema: &Schema<'_, S>, key: &Key) -> Option<Key>
where
    S: Default + DeserializeOwned + Serialize,
{
    let stem = key.without_file_suffix()?;
    (!schema.knows(key) && schema.knows(&stem)).then_some(stem)
}

/// The value of `target`, read from the file that `key` names, without the newline at its end.
pub(super) fn read<S>(
    schema: &Schema<'_, S>,
    key: &Key,
    target: &Key,
    path: &Path,
    place: &Place,
) -> Result<Option<Value>, SettingsError>
where
    S: Default + DeserializeOwned + Serialize,
{
    let content = std::fs::read_to_string(path).map_err(|reason| SettingsError::SecretFile {
        place: place.clone(),
        key: key.to_string(),
        path: path.to_owned(),
        reason,
    })?;
    let text = content.strip_suffix('\n').unwrap_or(&content);
    let text = text.strip_suffix('\r').unwrap_or(text);
    typed(schema, target, text).map_err(|refusal| refusal.at(place.clone(), schema.prefix()))
}

/// Replaces every `KEY_file` of a settings file by `KEY`.
pub(super) fn replace<S>(schema: &Schema<'_, S>, layer: &mut Layer) -> Result<(), SettingsError>
where
    S: Default + DeserializeOwned + Serialize,
{
    for key in layer.keys() {
        let schema = schema.within(&layer.values);
        let Some(target) = target(&schema, &key) else { continue };
        let place = layer.place(&key);
        if find(&layer.values, &target).is_some() {
            let other = layer.place(&target);
            return Err(SettingsError::GivenTwice { place, key: target.to_string(), other });
        }
        let Some(Value::String(_, path)) = find(&layer.values, &key) else {
            let reason = "expected the path of a file".to_owned();
            return Err(SettingsError::Unsuitable { place, key: key.to_string(), reason });
        };
        let value = read(&schema, &key, &target, Path::new(path), &place)?;
        if let Some(section) = section_of(&mut layer.values, &key) {
            section.remove(key.last());
            section.extend(value.map(|value| (target.last().to_owned(), value)));
        }
        if let Some(line) = layer.lines.remove(&key) {
            layer.lines.insert(target, line);
        }
    }
    Ok(())
}
