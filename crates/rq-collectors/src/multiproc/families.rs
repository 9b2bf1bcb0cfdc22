//! Families of `prometheus_client` as ours.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use metrics_core::{Buckets, Descriptor, DescriptorError, Quantiles, Samples, Value};
use prometheus_multiproc::{Family, Kind, Sample};

/// The families seen so far. A family keeps the kind with which it was first seen.
#[derive(Debug)]
pub(super) struct Families {
    /// What others print on the same page.
    others: Vec<Descriptor>,
    known: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    descriptor: Descriptor,
    /// The name in the program, of which several can be printed alike.
    program: Arc<str>,
}

/// Why a family, or a series of it, is left out.
#[derive(Debug, thiserror::Error)]
pub(super) enum LeftOut {
    #[error("its name or a label is refused: {0}")]
    Refused(#[from] DescriptorError),
    #[error("its kind is no longer {0}")]
    KindChanged(&'static str),
    #[error("its name clashes with `{0}` on a page")]
    Clash(String),
    #[error("two of its labels are printed as `{0}`")]
    SameLabel(String),
    #[error("a series is there twice")]
    Duplicate,
    #[error("a series is of another kind")]
    Foreign,
}

impl Families {
    pub(super) fn beside(others: Vec<Descriptor>) -> Self {
        Self { others, known: BTreeMap::new() }
    }

    pub(super) fn known(&self) -> impl Iterator<Item = &Descriptor> {
        self.known.values().map(|known| &known.descriptor)
    }

    /// Pushes what can be pushed of a family.
    ///
    /// # Errors
    /// Why not all of it was.
    pub(super) fn push(&mut self, family: &Family, out: &mut Samples) -> Result<(), LeftOut> {
        let own_label = if family.kind == Kind::Histogram { "le" } else { "" };
        let names = label_names(family, own_label)?;
        let descriptor = self.learn(&family.name, descriptor(family, &names)?)?;
        let rows = family.samples.iter().map(|sample| Row::of(sample, &names, own_label));
        match family.kind {
            Kind::Histogram => {
                push_distributions(&descriptor, &family.name, rows, Distribution::histogram, out)
            }
            Kind::Summary => push_distributions(&descriptor, &family.name, rows, Distribution::summary, out),
            _ => push_numbers(&descriptor, rows, out),
        }
    }

    fn learn(&mut self, program: &Arc<str>, family: Descriptor) -> Result<Descriptor, LeftOut> {
        match self.known.get(family.name()) {
            Some(known) if known.program != *program => {
                return Err(LeftOut::Clash(known.program.to_string()));
            }
            Some(Known { descriptor, .. }) if descriptor.kind() != family.kind() => {
                return Err(LeftOut::KindChanged(descriptor.kind().as_str()));
            }
            Some(_) => {}
            None => {
                let mut others = self.others.iter().chain(self.known());
                if let Some(other) = others.find(|other| other.clashes_with(&family)) {
                    return Err(LeftOut::Clash(other.name().to_owned()));
                }
            }
        }
        let known = Known { descriptor: family.clone(), program: Arc::clone(program) };
        self.known.insert(family.name().to_owned(), known);
        Ok(family)
    }
}

/// Those that any series of the family has, as they are printed.
fn label_names<'a>(family: &'a Family, own_label: &str) -> Result<BTreeSet<Cow<'a, str>>, LeftOut> {
    let labels = family.samples.iter().flat_map(|sample| &sample.labels);
    let names: BTreeSet<&str> = labels.map(|(name, _)| &**name).filter(|name| *name != own_label).collect();
    let mut all = BTreeSet::new();
    for name in names {
        if let Some(twice) = all.replace(printed(name, false)) {
            return Err(LeftOut::SameLabel(twice.into_owned()));
        }
    }
    Ok(all)
}

fn descriptor(family: &Family, labels: &BTreeSet<Cow<'_, str>>) -> Result<Descriptor, DescriptorError> {
    let name = printed(&family.name, true);
    let of = |kind, name: &str| Descriptor::new(kind, name, &family.help, labels);
    match family.kind {
        Kind::Counter => of(metrics_core::Kind::Counter, &format!("{name}_total")),
        Kind::Histogram => of(metrics_core::Kind::Histogram, &name),
        Kind::Summary => of(metrics_core::Kind::Summary, &name),
        _ => of(metrics_core::Kind::Gauge, &name).or_else(|_| of(metrics_core::Kind::Unknown, &name)),
    }
}

/// A name as the client prints it: clients from 0.22 on allow any, and print what the text format lacks as `_`.
fn printed(name: &str, is_metric: bool) -> Cow<'_, str> {
    let fits = |(at, c): (usize, char)| {
        c.is_ascii_alphabetic() || c == '_' || (c == ':' && is_metric) || (c.is_ascii_digit() && at > 0)
    };
    if name.chars().enumerate().all(fits) {
        return name.into();
    }
    name.chars().enumerate().map(|(at, c)| if fits((at, c)) { c } else { '_' }).collect()
}

/// A sample with a value for each label of its family.
struct Row<'a> {
    name: &'a str,
    labels: Vec<&'a str>,
    /// Of a bucket.
    bound: Option<f64>,
    value: f64,
}

impl<'a> Row<'a> {
    fn of(sample: &'a Sample, names: &BTreeSet<Cow<'_, str>>, own_label: &str) -> Self {
        let value_of = |wanted: &Cow<'_, str>| {
            let mut labels = sample.labels.iter().filter(|(name, _)| **name != *own_label);
            labels.find(|(name, _)| printed(name, false) == *wanted).map_or("", |(_, value)| &**value)
        };
        let bound = sample.labels.iter().find(|(name, _)| **name == *own_label && !own_label.is_empty());
        Self {
            name: &sample.name,
            labels: names.iter().map(value_of).collect(),
            bound: bound.and_then(|(_, bound)| bound.parse().ok()),
            value: sample.value,
        }
    }
}

fn push_numbers<'a>(
    family: &Descriptor,
    rows: impl Iterator<Item = Row<'a>>,
    out: &mut Samples,
) -> Result<(), LeftOut> {
    let mut seen = HashSet::new();
    let mut left_out = Ok(());
    for row in rows {
        if seen.contains(&row.labels) {
            left_out = Err(LeftOut::Duplicate);
            continue;
        }
        out.push(family, &row.labels, Value::Number(row.value));
        seen.insert(row.labels);
    }
    left_out
}

/// What the samples of one histogram or summary say.
#[derive(Default)]
struct Distribution {
    buckets: Vec<(f64, u64)>,
    sum: f64,
    count: u64,
}

fn push_distributions<'a>(
    family: &Descriptor,
    name: &str,
    rows: impl Iterator<Item = Row<'a>>,
    value: fn(Distribution) -> Value,
    out: &mut Samples,
) -> Result<(), LeftOut> {
    let (found, left_out) = distributions(name, rows);
    for (labels, distribution) in found {
        out.push(family, &labels, value(distribution));
    }
    left_out
}

impl Distribution {
    fn histogram(self) -> Value {
        Value::Buckets(Buckets::from_cumulative(self.buckets, self.sum, self.count))
    }

    fn summary(self) -> Value {
        Value::Quantiles(Quantiles::new([], self.sum, self.count))
    }
}

type Distributions<'a> = Vec<(Vec<&'a str>, Distribution)>;

/// In the order in which their labels are first seen.
fn distributions<'a>(
    name: &str,
    rows: impl Iterator<Item = Row<'a>>,
) -> (Distributions<'a>, Result<(), LeftOut>) {
    let mut places: HashMap<Vec<&str>, usize> = HashMap::new();
    let mut found = Distributions::new();
    let mut left_out = Ok(());
    for row in rows {
        let place = *places.entry(row.labels.clone()).or_insert_with(|| {
            found.push((row.labels.clone(), Distribution::default()));
            found.len() - 1
        });
        let Some((_, distribution)) = found.get_mut(place) else { continue };
        match (row.name.strip_prefix(name), row.bound) {
            (Some("_bucket"), Some(bound)) => distribution.buckets.push((bound, row.value as u64)),
            (Some("_sum"), _) => distribution.sum = row.value,
            (Some("_count"), _) => distribution.count = row.value as u64,
            _ => left_out = Err(LeftOut::Foreign),
        }
    }
    (found, left_out)
}

#[cfg(test)]
mod tests;
