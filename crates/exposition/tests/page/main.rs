//! The page: what is encoded reads back equal, and what another library counts is on it.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod adapter;
mod parse;
mod round_trip;
mod spelling;

use std::time::Duration;

use exposition::{Format, encode};
use metrics_core::{Descriptor, Kind, Samples, Value};

/// A family with all its samples, as a test writes it down and as the parser reads it.
#[derive(Clone, Debug)]
struct Family {
    kind: Kind,
    name: String,
    help: String,
    labels: Vec<String>,
    samples: Vec<(Vec<String>, Value)>,
}

/// The page of these families.
fn page(format: Format, families: &[Family]) -> String {
    let mut samples = Samples::new(Duration::ZERO, usize::MAX);
    for family in families {
        let descriptor = Descriptor::new(family.kind, &family.name, &family.help, &family.labels).unwrap();
        for (labels, value) in &family.samples {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            samples.push(&descriptor, &labels, value.clone());
        }
    }
    encode(format, samples.families())
}
