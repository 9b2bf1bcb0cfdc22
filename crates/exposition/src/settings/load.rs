//! From flags, environment and files to typed settings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::value::{Dict, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::environment::Environment;
use super::error::{Place, SettingsError};
use super::key::Key;
use super::layer::{Layer, Source, find};
use super::refusal::Refusal;
use super::schema::Schema;
use super::{ExporterSettings, Listen, file, secret_file};

/// What a program tells about its settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// How the program's own environment variables start, with the `_` at its end: `ACME_EXPORTER_`.
    pub(crate) prefix: String,
    /// Another program's environment variables, each with the dotted key that it sets.
    pub(crate) environment: Vec<(String, String)>,
    /// Sections with a `url`, each with the keys that stand for a part of it.
    pub(crate) urls: Vec<(String, Vec<String>)>,
    /// Dotted keys that a sibling reads from the same files: accepted here, and not read.
    pub(crate) siblings: Vec<String>,
    /// The names that may follow `collectors.`.
    pub(crate) collectors: Vec<String>,
    /// Where the program listens if nothing is said.
    pub(crate) default_listen: String,
}

/// Settings, and where each of them stands.
pub(crate) struct Loaded<S> {
    /// What every exporter has; with an entry for every collector.
    pub(crate) exporter: ExporterSettings,
    /// What this one has besides, keys of some `[collectors.NAME]` among it.
    pub(crate) own: S,
    pub(super) places: BTreeMap<Key, Place>,
}

/// Reads the settings: a flag wins over a variable of its own, that over the last file, over the files
/// before it, over the variables in `known`, over the default. A `url` wins over its parts of a lower rank too.
///
/// # Errors
/// The first key that is unknown or has no suitable value, a file that cannot be read or parsed.
pub(crate) fn load<S>(
    known: &Known,
    files: &[PathBuf],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: &[(String, Value)],
) -> Result<Loaded<S>, SettingsError>
where
    S: Default + DeserializeOwned + Serialize,
{
    let schema = Schema::<S>::new(known);
    let environment = Environment::read(&schema, known, environment)?;
    let mut ranks = vec![environment.foreign];
    for path in files {
        ranks.push(vec![read_file(&schema, path)?]);
    }
    ranks.push(environment.own);
    let flag =
        |(key, value): &(String, Value)| Layer::of(Source::CommandLine, &Key::dotted(key), value.clone());
    ranks.push(flags.iter().map(flag).collect());
    drop_outranked_parts(&mut ranks, &known.urls);
    let layers: Vec<Layer> = ranks.into_iter().flatten().collect();

    let places =
        layers.iter().flat_map(|layer| layer.keys().into_iter().map(|key| (key.clone(), layer.place(&key))));
    let places: BTreeMap<Key, Place> = places.collect();
    let read = merge(&layers).and_then(|values| schema.read(&values));
    let (exporter, own) = read.map_err(|refusal| locate(refusal, &places, &known.prefix))?;
    Ok(Loaded { exporter: complete(exporter, known)?, own, places })
}

fn read_file<S>(schema: &Schema<'_, S>, path: &Path) -> Result<Layer, SettingsError>
where
    S: Default + DeserializeOwned + Serialize,
{
    let mut layer = file::read(path)?;
    layer.values = schema.without_siblings(layer.values);
    secret_file::replace(schema, &mut layer)?;
    Ok(layer)
}

/// Takes what would override a part of a section's `url` out of every rank below that of the `url`: one source's
/// address with a piece of another's would be a third one, which nobody meant.
fn drop_outranked_parts(ranks: &mut [Vec<Layer>], urls: &[(String, Vec<String>)]) {
    for (section, parts) in urls {
        let section = Key::dotted(section);
        let url = section.join("url");
        let given =
            |rank: &Vec<Layer>| rank.iter().rev().find_map(|layer| find(&layer.values, &url).cloned());
        let highest = ranks.iter().enumerate().rev().find_map(|(rank, layers)| Some((rank, given(layers)?)));
        // An empty URL says "none".
        let Some((rank, Value::String(_, url))) = highest else { continue };
        if url.is_empty() {
            continue;
        }
        for layer in ranks.iter_mut().take(rank).flatten() {
            parts.iter().for_each(|part| layer.remove(&section.join(part)));
        }
    }
}

fn merge(layers: &[Layer]) -> Result<Dict, Refusal> {
    let merged = layers.iter().fold(Figment::new(), |figment, layer| figment.merge(layer));
    merged.extract().map_err(|error| Refusal::new(error, &Dict::new()))
}

/// The place of the refused key, or of the section around it.
fn locate(refusal: Refusal, places: &BTreeMap<Key, Place>, prefix: &str) -> SettingsError {
    let around = std::iter::successors(Some(refusal.key.clone()), Key::parent);
    let place = around.into_iter().find_map(|key| places.get(&key).cloned());
    refusal.at(place.unwrap_or(Place::Default), prefix)
}

/// Fills in what only the program knows.
fn complete(mut exporter: ExporterSettings, known: &Known) -> Result<ExporterSettings, SettingsError> {
    if exporter.web.listen_address.is_empty() {
        let default: Listen = known.default_listen.parse().map_err(|error: super::ListenError| {
            let key = "web.listen_address".to_owned();
            SettingsError::Unsuitable { place: Place::Default, key, reason: error.to_string() }
        })?;
        exporter.web.listen_address.push(default);
    }
    for name in &known.collectors {
        exporter.collectors.entry(name.clone()).or_default();
    }
    Ok(exporter)
}

#[cfg(test)]
mod tests;
