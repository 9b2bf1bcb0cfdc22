use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use crate::le::Bound;

/// What the key of a record says.
#[derive(Debug)]
pub(crate) struct Key {
    pub family: Arc<str>,
    pub sample: Arc<str>,
    pub labels: Labels,
    pub help: Arc<str>,
    /// It has a label `le` that is no number, so it cannot belong to a histogram.
    pub unbounded: bool,
}

/// Ascending by name, no name twice.
pub(crate) type Labels = Vec<(Arc<str>, Arc<str>)>;

impl Key {
    /// `None` if it is not about a series.
    pub(crate) fn parse(text: &[u8], strings: &mut Strings) -> Option<Self> {
        let Text(family, sample, labels, help) = serde_json::from_slice(text).ok()?;
        if family.is_empty() || sample.is_empty() {
            return None;
        }
        Some(Self {
            family: strings.share(&family),
            sample: strings.share(&sample),
            unbounded: labels.get("le").is_some_and(|le| Bound::parse(le).is_none()),
            labels: labels.iter().map(|(name, value)| (strings.share(name), strings.share(value))).collect(),
            help: strings.share(&help),
        })
    }
}

/// These labels and one more, which takes the place of its namesake.
pub(crate) fn with(labels: &Labels, name: &Arc<str>, value: &Arc<str>) -> Labels {
    let (before, after) = labels.split_at(labels.partition_point(|(other, _)| other < name));
    let label = (Arc::clone(name), Arc::clone(value));
    let after = after.iter().filter(|(other, _)| other != name);
    before.iter().cloned().chain([label]).chain(after.cloned()).collect()
}

/// These labels but for one.
pub(crate) fn without(labels: &Labels, name: &str) -> Labels {
    labels.iter().filter(|(other, _)| **other != *name).cloned().collect()
}

/// The JSON of a key: the names of family and sample, the labels, and the help.
#[derive(Deserialize)]
struct Text<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(default = "help_before_0_16")] Cow<'a, str>,
);

/// What clients print that do not store the help.
fn help_before_0_16<'a>() -> Cow<'a, str> {
    Cow::Borrowed("Multiprocess metric")
}

/// Each string once: names and values of labels are few beside the keys that they stand in.
#[derive(Debug, Default)]
pub(crate) struct Strings(HashSet<Arc<str>>);

impl Strings {
    fn share(&mut self, string: &str) -> Arc<str> {
        let Self(strings) = self;
        if let Some(shared) = strings.get(string) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = string.into();
        strings.insert(Arc::clone(&shared));
        shared
    }
}
