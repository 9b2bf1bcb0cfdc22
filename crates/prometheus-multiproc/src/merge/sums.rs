use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::keys::{Labels, with, without};
use crate::le::Bound;
use crate::{Kind, Sample};

/// Where the sums of a family over all files that were added are, in the sums of all families.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// By labels, of which the `le` of buckets is none.
    groups: HashMap<Labels, Group, RandomState>,
}

/// Those of one set of labels.
#[derive(Debug, Default)]
struct Group {
    /// How many groups were there before.
    index: usize,
    /// With the sample's name. There are one or two.
    others: Vec<(Arc<str>, usize)>,
    /// By [`Bound::rank`], with the bound as it is printed.
    buckets: BTreeMap<i64, (Arc<str>, usize)>,
}

impl Places {
    /// Where the values of a series are summed up.
    pub(super) fn of(
        &mut self,
        kind: Kind,
        sample: &Arc<str>,
        labels: &Labels,
        sums: &mut Vec<f64>,
    ) -> usize {
        let next = sums.len();
        let le = labels.iter().find(|(name, _)| kind == Kind::Histogram && **name == *"le");
        let place = match le.and_then(|(_, le)| Some((le, Bound::parse(le)?))) {
            Some((le, bound)) => {
                let bucket = self.group(without(labels, "le")).buckets.entry(bound.rank());
                bucket.or_insert_with(|| (bound.text(le).into(), next)).1
            }
            None => {
                let others = &mut self.group(labels.clone()).others;
                others.iter().find(|(name, _)| name == sample).map(|(_, place)| *place).unwrap_or_else(|| {
                    others.push((Arc::clone(sample), next));
                    next
                })
            }
        };
        if place == next {
            sums.push(0.0);
        }
        place
    }

    fn group(&mut self, labels: Labels) -> &mut Group {
        let index = self.groups.len();
        self.groups.entry(labels).or_insert_with(|| Group { index, ..Group::default() })
    }

    /// The samples of a family, of which only a histogram has buckets.
    pub(super) fn samples(self, family: &str, sums: &[f64]) -> Vec<Sample> {
        let value = |place: usize| sums.get(place).copied().unwrap_or_default();
        let mut groups: Vec<_> = self.groups.into_iter().collect();
        groups.sort_unstable_by_key(|(_, group)| (group.others.is_empty(), group.index));

        let le_name = Arc::from("le");
        let (bucket, count) = (Arc::from(format!("{family}_bucket")), Arc::from(format!("{family}_count")));
        let mut samples = Vec::new();
        for (labels, Group { mut others, buckets, .. }) in groups {
            if !buckets.is_empty() {
                // the client would replace one that a file has
                others.retain(|(name, _)| *name != count);
            }
            samples.extend(others.into_iter().map(|(name, place)| Sample {
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
