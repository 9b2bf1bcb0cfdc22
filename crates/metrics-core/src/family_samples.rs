//! The samples of one family, kept close together: a page has thousands of them, with short labels.

use std::hash::{Hash, Hasher};

use crate::descriptor::Descriptor;
use crate::value::Value;

/// The samples of one family.
#[derive(Debug)]
pub struct FamilySamples {
    descriptor: Descriptor,
    /// All label values, one behind the other.
    text: String,
    /// Where each label value ends in `text`.
    ends: Vec<usize>,
    rows: Vec<Row>,
}

/// A value, and how many of `ends` belong to it and to the rows before it.
#[derive(Debug)]
struct Row {
    ends: usize,
    value: Value,
}

/// One label set and its value.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    labels: LabelValues<'a>,
    value: &'a Value,
}

/// The label values of one sample. Equal when each of them is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelValues<'a> {
    text: &'a str,
    start: usize,
    ends: &'a [usize],
}

impl FamilySamples {
    pub(crate) fn new(descriptor: Descriptor) -> Self {
        Self { descriptor, text: String::new(), ends: Vec::new(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, labels: &[&str], value: Value) {
        for label in labels {
            self.text.push_str(label);
            self.ends.push(self.text.len());
        }
        self.rows.push(Row { ends: self.ends.len(), value });
    }

    /// The family.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Its samples, in the order in which they came.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        let mut before = 0;
        self.rows.iter().map(move |row| {
            let ends = self.ends.get(before..row.ends).unwrap_or_default();
            let start = before.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
            before = row.ends;
            Sample { labels: LabelValues { text: &self.text, start, ends }, value: &row.value }
        })
    }
}

impl<'a> Sample<'a> {
    /// The label values, in the order of the family's label names.
    pub fn labels(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.labels.iter()
    }

    /// The value.
    pub fn value(self) -> &'a Value {
        self.value
    }

    pub(crate) fn label_values(self) -> LabelValues<'a> {
        self.labels
    }
}

impl<'a> LabelValues<'a> {
    fn iter(self) -> impl ExactSizeIterator<Item = &'a str> {
        let mut start = self.start;
        self.ends.iter().map(move |&end| {
            let value = self.text.get(start..end).unwrap_or_default();
            start = end;
            value
        })
    }
}

impl PartialEq for LabelValues<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for LabelValues<'_> {}

impl Hash for LabelValues<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|value| value.hash(state));
    }
}
