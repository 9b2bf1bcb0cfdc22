use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::keys::{Labels, with, without};
use crate::le::Bound;
use crate::{Kind, Sample};

/// The sums of a family over all files that were added.
#[derive(Debug, Default)]
pub(super) struct Sums {
    values: Vec<f64>,
    /// By labels, of which the `le` of buckets is none.
    groups: HashMap<Labels, Group>,
}

/// Where the sums of one set of labels are.
#[derive(Debug, Default)]
struct Group {
    /// How many groups were there before.
    index: usize,
    /// With the sample's name. There are one or two.
    sums: Vec<(Arc<str>, usize)>,
    /// By [`Bound::rank`], with the bound as it is printed.
    buckets: BTreeMap<i64, (Arc<str>, usize)>,
}

impl Sums {
    #[inline]
    pub(super) fn add(&mut self, place: usize, value: f64) {
        if let Some(sum) = self.values.get_mut(place) {
            *sum += value;
        }
    }

    /// Where the values of a series are summed up.
    pub(super) fn place(&mut self, kind: Kind, sample: &Arc<str>, labels: &Labels) -> usize {
        let next = self.values.len();
        let le = labels.iter().find(|(name, _)| kind == Kind::Histogram && **name == *"le");
        let place = match le.and_then(|(_, le)| Some((le, Bound::parse(le)?))) {
            Some((le, bound)) => {
                let bucket = self.group(without(labels, "le")).buckets.entry(bound.rank());
                bucket.or_insert_with(|| (bound.text(le).into(), next)).1
            }
            None => {
                let sums = &mut self.group(labels.clone()).sums;
                sums.iter().find(|(name, _)| name == sample).map(|(_, place)| *place).unwrap_or_else(|| {
                    sums.push((Arc::clone(sample), next));
                    next
                })
            }
        };
        if place == next {
            self.values.push(0.0);
        }
        place
    }

    fn group(&mut self, labels: Labels) -> &mut Group {
        let index = self.groups.len();
        self.groups.entry(labels).or_insert_with(|| Group { index, ..Group::default() })
    }

    /// The samples of a family, of which only a histogram has buckets.
    pub(super) fn samples(self, family: &str) -> Vec<Sample> {
        let Self { values, groups } = self;
        let value = |place: usize| values.get(place).copied().unwrap_or_default();
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_unstable_by_key(|(_, group)| (group.sums.is_empty(), group.index));

        let le_name = Arc::from("le");
        let (bucket, count) = (Arc::from(format!("{family}_bucket")), Arc::from(format!("{family}_count")));
        let mut samples = Vec::with_capacity(values.len());
        for (labels, Group { mut sums, buckets, .. }) in groups {
            if !buckets.is_empty() {
                // the client would replace one that a file has
                sums.retain(|(name, _)| *name != count);
            }
            samples.extend(sums.into_iter().map(|(name, place)| Sample {
                name,
                labels: labels.clone(),
                value: value(place),
            }));
            let mut cumulated = 0.0;
            for (le, place) in buckets.values() {
                cumulated += value(*place);
                samples.push(Sample {
                    name: Arc::clone(&bucket),
                    labels: with(&labels, &le_name, le),
                    value: cumulated,
                });
            }
            if !buckets.is_empty() {
                samples.push(Sample { name: Arc::clone(&count), labels, value: cumulated });
            }
        }
        samples
    }
}
