mod gauge;
mod sums;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::file_name::{FileName, Mode};
use crate::keys::{Key, with};
use crate::parser::{KeyId, NewKey, Parser, Record};
use crate::{Family, Kind, Reason};

use gauge::Reading;
use sums::Places;

/// Merges the contents of files, however they came here. [`Directory`](crate::Directory) feeds it with those of a
/// directory.
///
/// What is made of them depends on the order in which they are added: sums of fractions do, as does which help stands.
/// The client takes the order of the directory, which is none; to get the same result each time, add them in the order
/// of their names.
#[derive(Debug)]
pub struct Merge {
    max_series: usize,
    parser: Parser,
    records: Vec<Record>,
    keys: Vec<Known>,
    /// For each key, where its values are summed up, if that is known and does not depend on the file.
    places: Vec<Option<usize>>,
    by_text: HashMap<Arc<[u8]>, KeyId, RandomState>,
    /// For each parser, our numbers of its keys. The first one is our own.
    numbers: Vec<Vec<KeyId>>,
    /// Some key is [unbounded](Key::unbounded).
    unbounded: bool,
    families: Vec<Unmerged>,
    by_name: HashMap<Arc<str>, usize>,
    /// Of all families but gauges.
    sums: Vec<f64>,
    /// For each file, the label `pid` of its samples. Only gauges have one.
    pids: Vec<Option<Arc<str>>>,
    /// How many readings all gauges have.
    readings: usize,
}

/// A key, and its family if that was needed yet.
#[derive(Debug)]
struct Known {
    key: Key,
    family: Option<usize>,
}

/// A family while files are being added.
#[derive(Debug)]
struct Unmerged {
    name: Arc<str>,
    help: Arc<str>,
    kind: Kind,
    /// That of the last gauge file that has the family.
    mode: Mode,
    /// Of a gauge.
    readings: Vec<Reading>,
    /// Of anything else.
    places: Places,
}

impl Merge {
    /// Begins with nothing. Files that bring more than `max_series` distinct series and values of gauges will be
    /// refused.
    pub fn new(max_series: usize) -> Self {
        Self {
            max_series,
            parser: Parser::new(max_series),
            records: Vec::new(),
            keys: Vec::new(),
            places: Vec::new(),
            by_text: HashMap::default(),
            numbers: Vec::new(),
            unbounded: false,
            families: Vec::new(),
            by_name: HashMap::new(),
            sums: Vec::new(),
            pids: Vec::new(),
            readings: 0,
        }
    }

    /// Adds a file. Of its contents it needs those from the start on which are in use, as their first four bytes say;
    /// more does no harm.
    ///
    /// # Errors
    /// The file is not one that a client wrote, or too large. Then nothing of it counts.
    pub fn add(&mut self, file_name: &str, contents: &[u8]) -> Result<(), Reason> {
        let mut records = std::mem::take(&mut self.records);
        records.clear();
        let parsed = self.parser.parse(contents, &mut records);
        let new = self.parser.take_new();
        self.learn(0, new);
        let added = parsed.and_then(|()| self.add_records(0, file_name, &records));
        self.records = records;
        added
    }

    /// What all files that were added say together, in the order in which the families were met.
    pub fn finish(self) -> Vec<Family> {
        let Self { keys, families, sums, pids, .. } = self;
        let finish = |family: Unmerged| Family {
            samples: match family.kind {
                Kind::Gauge => gauge::samples(&family.readings, family.mode, &keys, &pids),
                _ => family.places.samples(&family.name, &sums),
            },
            name: family.name,
            help: family.help,
            kind: family.kind,
        };
        families.into_iter().map(finish).collect()
    }

    /// Takes the keys that a parser has met since the last time.
    pub(crate) fn learn(&mut self, parser: usize, new: impl IntoIterator<Item = NewKey>) {
        if self.numbers.len() <= parser {
            self.numbers.resize(parser + 1, Vec::new());
        }
        let Some(numbers) = self.numbers.get_mut(parser) else { return };
        for (text, key) in new {
            let number = *self.by_text.entry(text).or_insert_with(|| {
                self.unbounded |= key.unbounded;
                self.keys.push(Known { key, family: None });
                self.places.push(None);
                (self.keys.len() - 1) as KeyId
            });
            numbers.push(number);
        }
    }

    /// Adds a file of which a parser has made records.
    pub(crate) fn add_records(
        &mut self,
        parser: usize,
        file_name: &str,
        records: &[Record],
    ) -> Result<(), Reason> {
        let file = FileName::parse(file_name).ok_or(Reason::Name)?;
        let numbers = self.numbers.get_mut(parser).map(std::mem::take).unwrap_or_default();
        let added = self.check(file.kind, &numbers, records);
        if added.is_ok() {
            self.keep(file, &numbers, records);
        }
        if let Some(place) = self.numbers.get_mut(parser) {
            *place = numbers;
        }
        added
    }

    fn check(&self, kind: Option<Kind>, numbers: &[KeyId], records: &[Record]) -> Result<(), Reason> {
        let readings = if kind == Some(Kind::Gauge) { records.len() } else { 0 };
        if self.keys.len() + self.readings + readings > self.max_series {
            return Err(Reason::TooLarge);
        }
        if kind.is_some() && !self.unbounded {
            return Ok(());
        }
        let keys = records.iter().filter_map(|record| numbers.get(record.key as usize));
        keys.filter_map(|key| self.keys.get(*key as usize)).try_for_each(|Known { key, .. }| {
            match self.kind(&key.family).or(kind) {
                None => Err(Reason::Name),
                Some(Kind::Histogram) if key.unbounded => Err(Reason::Key),
                Some(_) => Ok(()),
            }
        })
    }

    /// What a family is that some file has.
    fn kind(&self, family: &str) -> Option<Kind> {
        let known = self.by_name.get(family).and_then(|family| self.families.get(*family));
        known.map(|family| family.kind)
    }

    fn keep(&mut self, file: FileName<'_>, numbers: &[KeyId], records: &[Record]) {
        let pid = file.gauge.map(|gauge| Arc::from(gauge.pid));
        for record in records {
            let Some(&key) = numbers.get(record.key as usize) else { continue };
            let place = self.places.get(key as usize).copied().flatten().filter(|_| pid.is_none());
            match place.and_then(|place| self.sums.get_mut(place)) {
                Some(sum) => *sum += record.value,
                None => self.keep_record(&Record { key, ..*record }, file, pid.as_ref()),
            }
        }
        self.pids.push(pid);
    }

    fn keep_record(&mut self, record: &Record, file: FileName<'_>, pid: Option<&Arc<str>>) {
        let Some(Known { key, family }) = self.keys.get_mut(record.key as usize) else { return };
        *family = family.or_else(|| family_of(key, file.kind, &mut self.families, &mut self.by_name));
        let Some(family) = family.and_then(|family| self.families.get_mut(family)) else { return };
        if let Some(gauge) = file.gauge {
            family.mode = gauge.mode;
        }
        match (family.kind, pid) {
            (Kind::Gauge, _) => {
                family.readings.push(Reading { record: *record, file: self.pids.len() });
                self.readings += 1;
            }
            (kind, None) => {
                let place = family.places.of(kind, &key.sample, &key.labels, &mut self.sums);
                if let Some(known) = self.places.get_mut(record.key as usize) {
                    *known = Some(place);
                }
                self.add_to(place, record.value);
            }
            // a gauge has the name of something else
            (kind, Some(pid)) => {
                let labels = with(&key.labels, &"pid".into(), pid);
                let place = family.places.of(kind, &key.sample, &labels, &mut self.sums);
                self.add_to(place, record.value);
            }
        }
    }

    fn add_to(&mut self, place: usize, value: f64) {
        if let Some(sum) = self.sums.get_mut(place) {
            *sum += value;
        }
    }
}

/// `None` if nothing says what kind it is.
fn family_of(
    key: &Key,
    kind: Option<Kind>,
    families: &mut Vec<Unmerged>,
    by_name: &mut HashMap<Arc<str>, usize>,
) -> Option<usize> {
    if let Some(known) = by_name.get(&key.family) {
        return Some(*known);
    }
    families.push(Unmerged {
        name: Arc::clone(&key.family),
        help: Arc::clone(&key.help),
        kind: kind?,
        mode: Mode::All,
        readings: Vec::new(),
        places: Places::default(),
    });
    by_name.insert(Arc::clone(&key.family), families.len() - 1);
    Some(families.len() - 1)
}
