//! Settings from environment variables: the exporter's own, and those of the program whose data it reads.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use figment::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Place, SettingsError};
use super::key::Key;
use super::layer::{Layer, Source};
use super::load::Known;
use super::schema::Schema;
use super::secret_file;
use super::text::typed;

const LEVEL: &str = "__";

/// The settings in environment variables, one layer each.
#[derive(Default)]
pub(super) struct Environment {
    /// Under the names of the program that is watched, such as `NAUTOBOT_DB_HOST`.
    pub(super) foreign: Vec<Layer>,
    /// Under the prefix of the exporter, such as `ACME_EXPORTER_…`.
    pub(super) own: Vec<Layer>,
}

impl Environment {
    pub(super) fn read<S>(
        schema: &Schema<'_, S>,
        known: &Known,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError>
    where
        S: Default + DeserializeOwned + Serialize,
    {
        let named = variables.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        // In the order of their names, so that the same environment always leads to the same message.
        let variables: BTreeMap<String, OsString> = named.collect();
        let mut own = Variables::new(schema);
        let mut foreign = Variables::new(schema);
        for (name, value) in variables {
            if let Some(key) = own_key(schema, &known.prefix, &name, &value) {
                own.take(name, key, value)?;
            } else if let Some(key) = foreign_key(known, &name)
                // What another program leaves empty shall neither override a URL's part nor clash with its `_FILE`.
                && !value.is_empty()
            {
                foreign.take(name, key, value)?;
            }
        }
        Ok(Self { foreign: foreign.layers, own: own.layers })
    }
}

/// How the variables of a program start unless it says otherwise: `ACME_EXPORTER_` for `acme-exporter`.
pub(crate) fn prefix_of(program: &str) -> String {
    let spelled = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    program.chars().map(spelled).chain(['_']).collect()
}

/// The variable that sets a key: `ACME_EXPORTER_DATABASE__HOST` for `database.host`.
pub(super) fn variable(prefix: &str, key: &Key) -> String {
    format!("{prefix}{}", key.segments().join(LEVEL).to_uppercase())
}

/// Variables of one rank.
struct Variables<'s, 'k, S> {
    schema: &'s Schema<'k, S>,
    layers: Vec<Layer>,
    names: BTreeMap<Key, String>,
}

impl<'s, 'k, S: Default + DeserializeOwned + Serialize> Variables<'s, 'k, S> {
    fn new(schema: &'s Schema<'k, S>) -> Self {
        Self { schema, layers: Vec::new(), names: BTreeMap::new() }
    }

    fn take(&mut self, name: String, key: Key, value: OsString) -> Result<(), SettingsError> {
        if self.schema.is_siblings(&key) {
            return Ok(());
        }
        let place = Place::Environment(name.clone());
        let Some((key, value)) = self.value(key, &value, &place)? else { return Ok(()) };
        if let Some(other) = self.names.insert(key.clone(), name.clone()) {
            let other = Place::Environment(other);
            return Err(SettingsError::GivenTwice { place, key: key.to_string(), other });
        }
        self.layers.push(Layer::of(Source::Environment(name), &key, value));
        Ok(())
    }

    fn value(
        &self,
        key: Key,
        value: &OsString,
        place: &Place,
    ) -> Result<Option<(Key, Value)>, SettingsError> {
        if let Some(target) = secret_file::target(self.schema, &key) {
            if value.is_empty() {
                return Ok(None);
            }
            let value = secret_file::read(self.schema, &key, &target, Path::new(value), place)?;
            return Ok(value.map(|value| (target, value)));
        }
        let Some(text) = value.to_str() else {
            let reason = "expected UTF-8 text".to_owned();
            return Err(SettingsError::Unsuitable { place: place.clone(), key: key.to_string(), reason });
        };
        let value = typed(self.schema, &key, text)
            .map_err(|refusal| refusal.at(place.clone(), self.schema.prefix()))?;
        Ok(value.map(|value| (key, value)))
    }
}

/// `None` if the variable is not one of ours.
fn own_key<S>(schema: &Schema<'_, S>, prefix: &str, name: &str, value: &OsStr) -> Option<Key>
where
    S: Default + DeserializeOwned + Serialize,
{
    let (start, rest) = name.split_at_checked(prefix.len())?;
    if !start.eq_ignore_ascii_case(prefix) {
        return None;
    }
    let key = rest.split(LEVEL).fold(Key::default(), |section, name| {
        let lower = section.join(name.to_lowercase());
        if !schema.is_siblings(&lower) && schema.is_open(&section) { section.join(name) } else { lower }
    });
    let known = || schema.knows(&key) || secret_file::target(schema, &key).is_some();
    (!is_service_link(rest, value) || known()).then_some(key)
}

/// Kubernetes tells every pod of a Service `acme-exporter` by `ACME_EXPORTER_SERVICE_HOST`,
/// `ACME_EXPORTER_SERVICE_PORT_HTTP`, `ACME_EXPORTER_PORT`, `ACME_EXPORTER_PORT_9000_TCP_ADDR` and the like, and of one
/// `acme-exporter-web` by `ACME_EXPORTER_WEB_SERVICE_HOST` and so on, which nobody meant as settings.
fn is_service_link(rest: &str, value: &OsStr) -> bool {
    if rest.contains(LEVEL) {
        return false;
    }
    let words: Vec<&str> = rest.split('_').collect();
    let port = match words.as_slice() {
        [port @ .., "PROTO" | "PORT" | "ADDR"] => port,
        port => port,
    };
    match (words.as_slice(), port) {
        ([.., "SERVICE", "HOST"], _) => true,
        (_, [.., "PORT", number, "TCP" | "UDP" | "SCTP"]) => is_number(number),
        (words, _) if words.windows(2).any(|pair| pair == ["SERVICE", "PORT"]) => true,
        // `tcp://10.0.0.1:9000`, whereas `ACME_EXPORTER_DATABASE_PORT=5432` lacks one `_`.
        ([.., "PORT"], _) => value.to_str().is_some_and(|url| url.contains("://")),
        _ => false,
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn foreign_key(known: &Known, name: &str) -> Option<Key> {
    known.environment.iter().find_map(|(variable, key)| match name.strip_prefix(variable.as_str())? {
        "" => Some(Key::dotted(key)),
        "_FILE" => Some(Key::dotted(&format!("{key}_file"))),
        _ => None,
    })
}
