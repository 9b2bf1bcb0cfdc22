use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::Sample;
use crate::file_name::Mode;
use crate::keys::{Labels, with, without};
use crate::parser::{KeyId, Record};

use super::Known;

/// What one file says about one series.
#[derive(Debug)]
pub(super) struct Reading {
    pub record: Record,
    /// Which of the files that were added.
    pub file: usize,
}

/// One sample per series, or of [`Mode::All`] per series and process.
///
/// `pids` has the label for each file, but for those that are no gauge's.
pub(super) fn samples(
    readings: &[Reading],
    mode: Mode,
    keys: &[Known],
    pids: &[Option<Arc<str>>],
) -> Vec<Sample> {
    let mut series = Series::default();
    let mut merged: Vec<Merged<'_>> = Vec::new();
    let mut places: HashMap<_, usize> = HashMap::new();
    for reading in readings {
        let Record { key, value, timestamp } = reading.record;
        let Some(series) = series.of(key, keys) else { continue };
        let pid = pids.get(reading.file).and_then(Option::as_ref).filter(|_| mode == Mode::All);
        match places.entry((series, pid)) {
            Entry::Occupied(place) => {
                if let Some(merged) = merged.get_mut(*place.get()) {
                    merged.add(value, timestamp, mode);
                }
            }
            // was it ever set?
            Entry::Vacant(_) if mode == Mode::MostRecent && (timestamp.is_nan() || timestamp <= 0.0) => {}
            Entry::Vacant(place) => {
                place.insert(merged.len());
                // the client begins sums with 0.0, and the sum of it and -0.0 is 0.0
                let value = if mode == Mode::Sum { 0.0 + value } else { value };
                merged.push(Merged { series, pid, value, timestamp });
            }
        }
    }

    let pid_name = Arc::from("pid");
    let sample = |merged: Merged<'_>| {
        let (name, labels) = series.names.get(merged.series)?;
        let labels = merged.pid.map_or_else(|| labels.clone(), |pid| with(labels, &pid_name, pid));
        Some(Sample { name: Arc::clone(name), labels, value: merged.value })
    };
    let mut samples: Vec<_> = merged.into_iter().filter_map(sample).collect();
    if !series.names.iter().map(|(name, _)| name).is_sorted_by(PartialEq::eq) {
        group(&mut samples);
    }
    samples
}

/// Brings together what has the same labels. Only needed where something else has the name of a gauge.
fn group(samples: &mut [Sample]) {
    let mut first = HashMap::new();
    for (index, sample) in samples.iter().enumerate() {
        first.entry(sample.labels.clone()).or_insert(index);
    }
    samples.sort_by_key(|sample| first.get(&sample.labels).copied());
}

struct Merged<'a> {
    series: usize,
    pid: Option<&'a Arc<str>>,
    value: f64,
    timestamp: f64,
}

impl Merged<'_> {
    fn add(&mut self, value: f64, timestamp: f64, mode: Mode) {
        let replaces = match mode {
            Mode::All => true,
            Mode::Min => value < self.value,
            Mode::Max => value > self.value,
            Mode::MostRecent => timestamp > self.timestamp,
            Mode::Sum => {
                self.value += value;
                false
            }
        };
        if replaces {
            (self.value, self.timestamp) = (value, timestamp);
        }
    }
}

/// A series can have several keys: they differ also in the help, and in a label `pid`, whose place the process takes.
#[derive(Default)]
struct Series {
    names: Vec<(Arc<str>, Labels)>,
    by_name: HashMap<(Arc<str>, Labels), usize>,
    by_key: HashMap<KeyId, usize>,
}

impl Series {
    fn of(&mut self, id: KeyId, keys: &[Known]) -> Option<usize> {
        if let Some(series) = self.by_key.get(&id) {
            return Some(*series);
        }
        let Known { key, .. } = keys.get(id as usize)?;
        let name = (Arc::clone(&key.sample), without(&key.labels, "pid"));
        let series = *self.by_name.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            self.names.len() - 1
        });
        self.by_key.insert(id, series);
        Some(series)
    }
}
