//! What holds whatever the files contain. Used by the fuzz target, and by the test that replays what that found.

use std::collections::BTreeSet;

use prometheus_multiproc::{Family, Kind, Merge};

const NAMES: [&str; 8] = [
    "counter_1.db",
    "gauge_all_1.db",
    "gauge_livemax_2.db",
    "gauge_min_2.db",
    "gauge_mostrecent_1.db",
    "gauge_sum_3.db",
    "histogram_1.db",
    "summary_a_b.db",
];

/// Takes the input for files: each has a byte that chooses its name, two that say how long it is, and so many more.
pub(crate) fn check(mut input: &[u8]) {
    let mut files = Vec::new();
    while let Some(([name, short, long], rest)) = input.split_first_chunk() {
        let length = rest.len().min(usize::from(u16::from_le_bytes([*short, *long])));
        let (contents, rest) = rest.split_at(length);
        files.push((NAMES[usize::from(*name) % NAMES.len()], contents));
        input = rest;
    }

    let mut merge = Merge::new(10_000);
    let good: Vec<_> = files.iter().filter(|(name, contents)| merge.add(name, contents).is_ok()).collect();
    let families = merge.finish();
    families.iter().for_each(check_family);
    let names: BTreeSet<_> = families.iter().map(|family| &family.name).collect();
    assert_eq!(names.len(), families.len(), "a family twice");

    // a file that is refused leaves nothing behind
    let mut merge = Merge::new(10_000);
    for (name, contents) in good {
        merge.add(name, contents).expect("it was good before");
    }
    // as text, in which what is no number equals itself
    assert_eq!(format!("{:?}", merge.finish()), format!("{families:?}"));
}

fn check_family(family: &Family) {
    assert!(!family.name.is_empty());
    let mut series = BTreeSet::new();
    for sample in &family.samples {
        assert!(sample.labels.is_sorted_by(|(a, _), (b, _)| a < b), "{sample:?}");
        assert!(series.insert((&sample.name, &sample.labels)), "a series twice: {sample:?}");
    }
    if family.kind == Kind::Histogram {
        let counts = family.samples.iter().filter(|sample| sample.name.ends_with("_count")).count();
        let is_bound = |(name, _): &(std::sync::Arc<str>, std::sync::Arc<str>)| **name == *"le";
        let buckets = family.samples.iter().filter(|sample| sample.labels.iter().any(is_bound)).count();
        assert!(counts > 0 || buckets == 0, "buckets without a count");
    }
}
