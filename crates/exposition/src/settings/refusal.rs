//! Why a settings type refuses a tree of values, without the values.
//!
//! What serde and figment say about a wrong value quotes it. Here it is said anew from the kind of the error, and a
//! message of the type's own is passed on only if it repeats nothing of the value.

use std::collections::BTreeSet;

use figment::error::{Actual, Error, Kind};
use figment::value::{Dict, Value};

use super::error::{Place, SettingsError};
use super::key::Key;
use super::layer::find;
use super::nearest::hint;

/// What is refused, and why.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) key: Key,
    pub(super) problem: Problem,
}

#[derive(Debug)]
pub(super) enum Problem {
    /// There is no such key, but these are its neighbours.
    Unknown(Vec<String>),
    Unsuitable(Unsuitable),
    /// A key without a default is not given.
    Missing,
}

#[derive(Debug)]
pub(super) struct Unsuitable {
    expected: String,
    found: Option<&'static str>,
}

impl Refusal {
    /// From the first error that reading `values` led to.
    pub(super) fn new(error: Error, values: &Dict) -> Self {
        let key: Key = error.path.iter().cloned().collect();
        let problem = match error.kind {
            Kind::UnknownField(_, known) => {
                Problem::Unknown(known.iter().map(|&name| name.to_owned()).collect())
            }
            Kind::MissingField(name) => return Self { key: key.join(name), problem: Problem::Missing },
            kind => Problem::Unsuitable(Unsuitable::new(kind, find(values, &key))),
        };
        Self { key, problem }
    }

    pub(super) fn list_for_section(key: Key) -> Self {
        let problem = Unsuitable { expected: "expected a section".to_owned(), found: Some("a list") };
        Self { key, problem: Problem::Unsuitable(problem) }
    }

    /// The error for a user, whose variables start with `prefix`.
    pub(super) fn at(self, place: Place, prefix: &str) -> SettingsError {
        let key = self.key.to_string();
        match self.problem {
            Problem::Unknown(known) => {
                let hint = hint_for(&self.key, known, &place, prefix);
                SettingsError::UnknownKey { place, key, hint }
            }
            Problem::Missing => SettingsError::Unsuitable { place, key, reason: "is not set".to_owned() },
            Problem::Unsuitable(unsuitable) => {
                // Every environment variable is text: that it is none is no news.
                let textual = matches!(place, Place::Environment(_));
                let reason = match unsuitable.found.filter(|_| !textual) {
                    Some(found) => format!("{}, found {found}", unsuitable.expected),
                    None => unsuitable.expected,
                };
                SettingsError::Unsuitable { place, key, reason }
            }
        }
    }
}

fn hint_for(key: &Key, mut known: Vec<String>, place: &Place, prefix: &str) -> String {
    if key.last().ends_with("_file") {
        let with_suffix: Vec<String> = known.iter().map(|name| format!("{name}_file")).collect();
        known.extend(with_suffix);
    }
    hint(key.last(), &known, |name| match (place, key.parent()) {
        (Place::Environment(_), Some(parent)) => super::environment::variable(prefix, &parent.join(name)),
        _ => name.to_owned(),
    })
}

impl Unsuitable {
    fn new(kind: Kind, value: Option<&Value>) -> Self {
        let (expected, found) = match kind {
            Kind::InvalidType(actual, expected) => (phrase(&expected), Some(name_of(&actual))),
            Kind::InvalidValue(_, expected) => (phrase(&expected), None),
            Kind::InvalidLength(_, expected) => (phrase(&expected), None),
            Kind::UnknownVariant(_, known) => (format!("one of {}", known.join(", ")), None),
            Kind::Message(message) if value.is_some_and(|value| !repeats(&message, value)) => {
                return Self { expected: message, found: None };
            }
            _ => return Self { expected: "has no suitable value".to_owned(), found: None },
        };
        Self { expected: format!("expected {expected}"), found }
    }
}

/// What serde calls a type, in words for a user.
fn phrase(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "a nonzero u16" => "a whole number from 1 to 65535",
        "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => "a whole number, 1 or more",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a section",
        "a duration" => "a duration such as `10s` or `500ms`",
        "path string" => "a path",
        _ if expected.starts_with("struct ") => "a section",
        _ if expected.starts_with("enum ") => "a string",
        _ => expected,
    };
    words.to_owned()
}

fn name_of(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number",
        Actual::Char(_) | Actual::Str(_) => "a string",
        Actual::Unit | Actual::Option => "null",
        Actual::Seq => "a list",
        Actual::Map => "a section",
        _ => "something else",
    }
}

/// Whether the message holds a value or a word of it. A short one counts only as a word: each letter is in some message.
fn repeats(message: &str, value: &Value) -> bool {
    let message = message.to_lowercase();
    let words: BTreeSet<&str> = message.split(is_gap).collect();
    let told = |text: &str| {
        let text = text.to_lowercase();
        let long = |text: &str| text.chars().count() > 2;
        let told_in_part = text.split(is_gap).any(|word| long(word) && message.contains(word));
        words.contains(text.as_str()) || told_in_part || (long(&text) && message.contains(&text))
    };
    match value {
        Value::String(_, text) => told(text),
        Value::Char(_, letter) => told(&letter.to_string()),
        Value::Num(_, number) => {
            let whole = number.to_i128().map(|number| number.to_string());
            whole.or_else(|| number.to_f64().map(|number| number.to_string())).is_none_or(|text| told(&text))
        }
        Value::Dict(_, entries) => entries.values().any(|value| repeats(&message, value)),
        Value::Array(_, elements) => elements.iter().any(|value| repeats(&message, value)),
        Value::Bool(..) | Value::Empty(..) => false,
    }
}

fn is_gap(letter: char) -> bool {
    !letter.is_alphanumeric()
}
