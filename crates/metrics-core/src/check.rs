//! What a finished run may not contain.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::claims::Claims;
use crate::collector::Collector;
use crate::descriptor::{Descriptor, Kind};
use crate::family_samples::{FamilySamples, Sample};
use crate::samples::Samples;
use crate::value::Value;

/// Why the samples of a run are refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    #[error("family `{0}` was emitted but not described")]
    Undescribed(String),
    #[error("family `{family}` was described late, but is already described by `{owner}` as `{other}`")]
    Clash { family: String, owner: String, other: String },
    #[error("family `{0}` was emitted with these labels and with others")]
    Shapes(String),
    #[error("a sample of `{0}` does not have one value for each label")]
    Labels(String),
    #[error("a sample of `{family}` does not carry the value of a {}", kind.as_str())]
    Value { family: String, kind: Kind },
    #[error("series `{family}{{{labels}}}` was emitted twice")]
    Duplicate { family: String, labels: String },
}

/// Checks what `collector` emitted against what it described, and that no series comes twice.
pub(crate) fn check(
    collector: &impl Collector,
    samples: &Samples,
    claims: &Mutex<Claims>,
) -> Result<(), Violation> {
    let mut names = HashSet::with_capacity(samples.families().len());
    for family in samples.families() {
        if !names.insert(family.descriptor().name()) {
            return Err(Violation::Shapes(family.descriptor().name().to_owned()));
        }
        check_described(collector, family.descriptor(), claims)?;
        check_samples(family)?;
    }
    Ok(())
}

fn check_described(
    collector: &impl Collector,
    family: &Descriptor,
    claims: &Mutex<Claims>,
) -> Result<(), Violation> {
    let owner = collector.name();
    let claims = || claims.lock().unwrap_or_else(PoisonError::into_inner);
    if claims().holds(owner, family) {
        return Ok(());
    }
    // Not while the lock is held: it is the author's code.
    let described = collector.describe();
    let mut claims = claims();
    claims.claim(owner, &described).map_err(|clash| Violation::Clash {
        family: clash.family,
        owner: clash.other_owner,
        other: clash.other_family,
    })?;
    if claims.holds(owner, family) { Ok(()) } else { Err(Violation::Undescribed(family.name().to_owned())) }
}

fn check_samples(family: &FamilySamples) -> Result<(), Violation> {
    let descriptor = family.descriptor();
    let name = || descriptor.name().to_owned();
    let mut seen = HashSet::with_capacity(family.samples().len());
    for sample in family.samples() {
        if sample.labels().len() != descriptor.labels().len() {
            return Err(Violation::Labels(name()));
        }
        if !fits(descriptor.kind(), sample.value()) {
            return Err(Violation::Value { family: name(), kind: descriptor.kind() });
        }
        if !seen.insert(sample.label_values()) {
            return Err(Violation::Duplicate { family: name(), labels: labels(descriptor, sample) });
        }
    }
    Ok(())
}

fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Gauge | Kind::Counter | Kind::Unknown => matches!(value, Value::Number(_)),
        Kind::Histogram => matches!(value, Value::Buckets(_)),
        Kind::Summary => matches!(value, Value::Quantiles(_)),
        Kind::Info => matches!(value, Value::Info),
    }
}

fn labels(descriptor: &Descriptor, sample: Sample<'_>) -> String {
    let pairs: Vec<String> =
        descriptor.labels().zip(sample.labels()).map(|(name, value)| format!("{name}={value:?}")).collect();
    pairs.join(",")
}
