//! Families of the `prometheus` crate as ours.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use metrics_core::{Descriptor, DescriptorError, Kind, Samples};
use prometheus::proto::{Metric, MetricFamily, MetricType};

use super::value::value;
use crate::process;

/// The families seen so far. A family keeps the kind and the labels with which it was first seen.
#[derive(Debug)]
pub(crate) struct Families {
    known: BTreeMap<String, Descriptor>,
    own: HashSet<String>,
    warned: HashSet<String>,
}

/// Why a family, or a series of it, is left out.
#[derive(Debug, thiserror::Error)]
enum LeftOut {
    #[error("its name or a label is refused: {0}")]
    Refused(#[from] DescriptorError),
    #[error("values of its kind cannot be read from the prometheus crate")]
    Unreadable,
    #[error("its kind is no longer {}", .0.as_str())]
    KindChanged(Kind),
    #[error("it clashes with the family `{0}` on a page")]
    Clash(String),
    #[error("a series has the label `{0}`, which the family did not have when it was first seen")]
    LateLabel(String),
    #[error("a series is there twice")]
    Duplicate,
}

impl Default for Families {
    fn default() -> Self {
        let own = process::families().iter().map(|family| family.name().to_owned()).collect();
        Self { known: BTreeMap::new(), own, warned: HashSet::new() }
    }
}

impl Families {
    /// Those that have been seen.
    pub(super) fn descriptors(&self) -> Vec<Descriptor> {
        self.known.values().cloned().collect()
    }

    /// Pushes what can be pushed of a family, and says once in the log what cannot.
    pub(crate) fn push(&mut self, collector: &str, family: &MetricFamily, out: &mut Samples) {
        let name = family.name();
        if family.get_metric().is_empty() || self.own.contains(name) {
            return;
        }
        let pushed = self.descriptor(family).and_then(|descriptor| push_series(&descriptor, family, out));
        if let Err(error) = pushed
            && self.warned.insert(name.to_owned())
        {
            tracing::warn!(collector, family = name, %error, "series of another registry are left out");
        }
    }

    fn descriptor(&mut self, family: &MetricFamily) -> Result<Descriptor, LeftOut> {
        let name = family.name();
        let possible = kinds(family)?;
        if let Some(known) = self.known.get(name) {
            let fits = possible.contains(&known.kind());
            return if fits { Ok(known.clone()) } else { Err(LeftOut::KindChanged(known.kind())) };
        }
        let labels: BTreeSet<&str> =
            family.get_metric().iter().flat_map(Metric::get_label).map(|label| label.name()).collect();
        let mut refused = LeftOut::Unreadable;
        for &kind in possible {
            match self.fitting(Descriptor::new(kind, name, family.help(), &labels)) {
                Ok(descriptor) => {
                    self.known.insert(name.to_owned(), descriptor.clone());
                    return Ok(descriptor);
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// A family that is valid and shares no name on a page with those seen before.
    fn fitting(&self, family: Result<Descriptor, DescriptorError>) -> Result<Descriptor, LeftOut> {
        let family = family?;
        match self.known.values().find(|known| known.clashes_with(&family)) {
            Some(known) => Err(LeftOut::Clash(known.name().to_owned())),
            None => Ok(family),
        }
    }
}

/// The kinds that may stand for a family's type, the best one first. Unknown is for names that do not fit the kind, and
/// where OpenMetrics would give a counter a name that is taken.
fn kinds(family: &MetricFamily) -> Result<&'static [Kind], LeftOut> {
    match family.get_field_type() {
        MetricType::COUNTER => Ok(&[Kind::Counter, Kind::Unknown]),
        MetricType::GAUGE => Ok(&[Kind::Gauge, Kind::Unknown]),
        MetricType::HISTOGRAM => Ok(&[Kind::Histogram]),
        MetricType::SUMMARY => Ok(&[Kind::Summary]),
        _ => Err(LeftOut::Unreadable),
    }
}

fn push_series(descriptor: &Descriptor, family: &MetricFamily, out: &mut Samples) -> Result<(), LeftOut> {
    let names: Vec<&str> = descriptor.labels().collect();
    let mut seen = HashSet::with_capacity(family.get_metric().len());
    let mut left_out = Ok(());
    for metric in family.get_metric() {
        match labels(&names, metric) {
            Err(error) => left_out = Err(error),
            Ok(labels) if seen.contains(&labels) => left_out = Err(LeftOut::Duplicate),
            Ok(labels) => {
                out.push(descriptor, &labels, value(family.get_field_type(), metric));
                seen.insert(labels);
            }
        }
    }
    left_out
}

/// The values of the labels `names` of one series, empty where it has none.
fn labels<'a>(names: &[&str], metric: &'a Metric) -> Result<Vec<&'a str>, LeftOut> {
    let pairs = metric.get_label();
    if let Some(late) = pairs.iter().find(|pair| !names.contains(&pair.name())) {
        return Err(LeftOut::LateLabel(late.name().to_owned()));
    }
    let value_of =
        |name: &&str| pairs.iter().find(|pair| pair.name() == *name).map_or("", |pair| pair.value());
    Ok(names.iter().map(value_of).collect())
}
