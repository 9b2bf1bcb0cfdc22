//! Values that arrive as text, from the environment or a secret's file.

use figment::value::{Num, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::key::Key;
use super::refusal::Refusal;
use super::schema::Schema;

/// The text as the setting wants it: as it is, if that will do, so that `0123` stays four characters in a password;
/// else as a number, a truth value or a list.
///
/// Empty text for a setting that takes no text is no value: so environment files write "the default".
pub(super) fn typed<S>(schema: &Schema<'_, S>, key: &Key, text: &str) -> Result<Option<Value>, Refusal>
where
    S: Default + DeserializeOwned + Serialize,
{
    let mut refusals = Vec::new();
    for reading in readings(text) {
        match schema.check(key, reading.clone()) {
            Ok(()) => return Ok(Some(reading)),
            Err(refusal) => refusals.push(refusal),
        }
    }
    // The reading that came furthest knows best what is wrong.
    let best = refusals.into_iter().rev().max_by_key(|refusal| refusal.key.segments().len());
    match best {
        Some(refusal) if !text.is_empty() => Err(refusal),
        _ => Ok(None),
    }
}

fn readings(text: &str) -> impl Iterator<Item = Value> {
    let number = text.parse::<i64>().map(Num::from).or_else(|_| text.parse::<f64>().map(Num::from));
    let list: Vec<&str> = text.split(',').map(str::trim).filter(|element| !element.is_empty()).collect();
    let readings = [
        Some(Value::from(text)),
        number.ok().map(Value::from),
        truth(text).map(Value::from),
        Some(Value::from(list)),
    ];
    readings.into_iter().flatten()
}

/// Spelled as Nautobot's `is_truthy` understands it (`nautobot.core.settings_funcs`).
fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}
