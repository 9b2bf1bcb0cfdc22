//! Files as clients write them, for cases of which there is no real one.

use prometheus_multiproc::{Family, Merge};
use serde_json::json;

/// What is in a record: sample, labels, value, and when it was set.
pub(crate) type Record<'a> = (&'a str, &'a [(&'a str, &'a str)], f64, f64);

/// A file of a client from 0.18 on, of one family.
pub(crate) fn file(family: &str, records: &[Record<'_>]) -> Vec<u8> {
    contents(records.iter().map(|record| (key(family, record, Some("help")), record.2, Some(record.3))))
}

/// A file of a client before 0.16, which knows neither help nor time.
pub(crate) fn old_file(family: &str, records: &[Record<'_>]) -> Vec<u8> {
    contents(records.iter().map(|record| (key(family, record, None), record.2, None)))
}

fn key(family: &str, (sample, labels, ..): &Record<'_>, help: Option<&str>) -> String {
    let labels: serde_json::Map<_, _> =
        labels.iter().map(|(name, value)| ((*name).into(), json!(value))).collect();
    let mut key = vec![json!(family), json!(sample), json!(labels)];
    key.extend(help.map(|help| json!(help)));
    serde_json::to_string(&key).unwrap()
}

/// Records with any key, as the client lays them out, in a file of a page or more.
pub(crate) fn contents(records: impl Iterator<Item = (String, f64, Option<f64>)>) -> Vec<u8> {
    let mut bytes = vec![0; 8];
    for (key, value, timestamp) in records {
        bytes.extend(i32::try_from(key.len()).unwrap().to_ne_bytes());
        bytes.extend(key.as_bytes());
        bytes.extend(std::iter::repeat_n(b' ', 8 - (key.len() + 4) % 8));
        bytes.extend(value.to_ne_bytes());
        bytes.extend(timestamp.iter().flat_map(|timestamp| timestamp.to_ne_bytes()));
    }
    let used = i32::try_from(bytes.len()).unwrap();
    bytes[..4].copy_from_slice(&used.to_ne_bytes());
    bytes.resize(bytes.len().next_multiple_of(4096), 0);
    bytes
}

/// Merges files in this order.
pub(crate) fn merged(files: &[(&str, Vec<u8>)]) -> Vec<Family> {
    let mut merge = Merge::new(10_000);
    for (name, contents) in files {
        merge.add(name, contents).unwrap_or_else(|reason| panic!("{name}: {reason}"));
    }
    merge.finish()
}

/// Samples as lines, in their order.
pub(crate) fn lines(family: &Family) -> Vec<String> {
    let line = |sample: &prometheus_multiproc::Sample| {
        let labels: Vec<_> = sample.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}{{{}}} {:?}", sample.name, labels.join(","), sample.value)
    };
    family.samples.iter().map(line).collect()
}
