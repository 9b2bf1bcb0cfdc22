mod gauge;
mod sums;

use std::collections::HashMap;
use std::sync::Arc;

use crate::file_name::{FileName, Mode};
use crate::keys::{Key, with};
use crate::parser::{KeyId, NewKey, Parser, Record};
use crate::{Family, Kind, Reason};

use gauge::Reading;
use sums::Sums;

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
    by_text: HashMap<Arc<[u8]>, KeyId>,
    /// For each parser, our numbers of its keys. The first one is our own.
    numbers: Vec<Vec<KeyId>>,
    /// Some key is [unbounded](Key::unbounded).
    unbounded: bool,
    families: Vec<Unmerged>,
    by_name: HashMap<Arc<str>, usize>,
    /// For each file, the label `pid` of its samples. Only gauges have one.
    pids: Vec<Option<Arc<str>>>,
    /// How many readings all gauges have.
    readings: usize,
}

/// A key, and where its values go, as far as that was needed yet.
#[derive(Debug)]
struct Known {
    key: Key,
    family: Option<usize>,
    /// In the family's sums.
    sum: Option<usize>,
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
    sums: Sums,
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
            by_text: HashMap::new(),
            numbers: Vec::new(),
            unbounded: false,
            families: Vec::new(),
            by_name: HashMap::new(),
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
        let Self { keys, families, pids, .. } = self;
        let finish = |family: Unmerged| Family {
            samples: match family.kind {
                Kind::Gauge => gauge::samples(&family.readings, family.mode, &keys, &pids),
                _ => family.sums.samples(&family.name),
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
                self.keys.push(Known { key, family: None, sum: None });
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

    fn check(&self, kind: Kind, numbers: &[KeyId], records: &[Record]) -> Result<(), Reason> {
        let readings = if kind == Kind::Gauge { records.len() } else { 0 };
        if self.keys.len() + self.readings + readings > self.max_series {
            return Err(Reason::TooLarge);
        }
        let misfit = |record: &Record| {
            let known = numbers.get(record.key as usize).and_then(|key| self.keys.get(*key as usize));
            known.is_some_and(|Known { key, .. }| {
                key.unbounded && self.kind(&key.family, kind) == Kind::Histogram
            })
        };
        if self.unbounded && records.iter().any(misfit) {
            return Err(Reason::Key);
        }
        Ok(())
    }

    /// What a family is, or will be if a file of this kind is the first to have it.
    fn kind(&self, family: &str, kind: Kind) -> Kind {
        let known = self.by_name.get(family).and_then(|family| self.families.get(*family));
        known.map_or(kind, |family| family.kind)
    }

    fn keep(&mut self, file: FileName<'_>, numbers: &[KeyId], records: &[Record]) {
        let pid = file.gauge.map(|gauge| Arc::from(gauge.pid));
        for record in records {
            if let Some(number) = numbers.get(record.key as usize) {
                self.keep_record(&Record { key: *number, ..*record }, file, pid.as_ref());
            }
        }
        self.pids.push(pid);
    }

    #[inline]
    fn keep_record(&mut self, record: &Record, file: FileName<'_>, pid: Option<&Arc<str>>) -> Option<()> {
        let Known { key, family, sum } = self.keys.get_mut(record.key as usize)?;
        let family =
            family.get_or_insert_with(|| family_of(key, file.kind, &mut self.families, &mut self.by_name));
        let family = self.families.get_mut(*family)?;
        if let Some(gauge) = file.gauge {
            family.mode = gauge.mode;
        }
        match (family.kind, pid) {
            (Kind::Gauge, _) => {
                family.readings.push(Reading { record: *record, file: self.pids.len() });
                self.readings += 1;
            }
            (kind, None) => {
                let sum = sum.get_or_insert_with(|| family.sums.place(kind, &key.sample, &key.labels));
                family.sums.add(*sum, record.value);
            }
            // a gauge has the name of something else
            (kind, Some(pid)) => {
                let sum = family.sums.place(kind, &key.sample, &with(&key.labels, &"pid".into(), pid));
                family.sums.add(sum, record.value);
            }
        }
        Some(())
    }
}

fn family_of(
    key: &Key,
    kind: Kind,
    families: &mut Vec<Unmerged>,
    by_name: &mut HashMap<Arc<str>, usize>,
) -> usize {
    *by_name.entry(Arc::clone(&key.family)).or_insert_with(|| {
        families.push(Unmerged {
            name: Arc::clone(&key.family),
            help: Arc::clone(&key.help),
            kind,
            mode: Mode::All,
            readings: Vec::new(),
            sums: Sums::default(),
        });
        families.len() - 1
    })
}
