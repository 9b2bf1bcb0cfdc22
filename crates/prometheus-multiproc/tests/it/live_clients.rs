//! Real clients that count while we read, as `../live_clients.py` lets them.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use prometheus_multiproc::{Directory, Kind, Merged, Options, Reason};
use testbed::python::{Environment, PROMETHEUS_CLIENT};

use super::page;

const SECONDS: &str = "3";

#[test]
fn nothing_is_torn_while_clients_write() {
    thread::scope(|scope| {
        for client in &PROMETHEUS_CLIENT {
            scope.spawn(|| read_while_written(client));
        }
    });
}

fn read_while_written(client: &Environment) {
    let Some(python) = client.found() else { return };
    let place = tempfile::tempdir().unwrap();
    let directory = Directory::open(place.path(), Options::default()).unwrap();
    let mut command = python.command("python");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live_clients.py"));
    let writer =
        command.arg(place.path()).arg(SECONDS).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();

    let done = AtomicBool::new(false);
    let output = thread::scope(|scope| {
        let reader = scope.spawn(|| read_again_and_again(&directory, client.name(), &done));
        let output = writer.wait_with_output();
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 10, "{}", client.name());
        output.unwrap()
    });
    assert!(output.status.success(), "{}: {}", client.name(), String::from_utf8_lossy(&output.stderr));

    let merged = directory.read().unwrap();
    assert_eq!(merged.skipped, [], "{}", client.name());
    let (_, expected) = page::parse(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(page::of(&merged.families).1, expected, "{}", client.name());
}

/// How often it was read.
fn read_again_and_again(directory: &Directory, client: &str, done: &AtomicBool) -> usize {
    let mut reads = 0;
    let mut last = HashMap::new();
    while !done.load(Ordering::Relaxed) {
        let merged = directory.read().unwrap();
        for skipped in &merged.skipped {
            // the client makes a file, and then gives it a size
            assert_eq!(skipped.reason, Reason::CutOff, "{client}: {}", skipped.file);
        }
        let now = sums(&merged);
        for (series, value) in &last {
            assert!(
                now.get(series) >= Some(value),
                "{client}: {series} fell from {value}: {:?}",
                now.get(series)
            );
        }
        buckets_ascend(&merged, client);
        (reads, last) = (reads + 1, now);
    }
    reads
}

/// What may only grow.
fn sums(merged: &Merged) -> HashMap<String, f64> {
    let families = merged.families.iter().filter(|family| family.kind != Kind::Gauge);
    let samples = families.flat_map(|family| &family.samples);
    let sums: HashMap<_, _> =
        samples.map(|sample| (format!("{} {:?}", sample.name, sample.labels), sample.value)).collect();
    for (series, value) in &sums {
        // all addends are multiples of a half
        assert!((value * 2.0).fract() == 0.0, "{series} is {value}");
    }
    sums
}

/// Buckets of one histogram follow each other, and the count after them is the last one's.
fn buckets_ascend(merged: &Merged, client: &str) {
    for family in merged.families.iter().filter(|family| family.kind == Kind::Histogram) {
        let mut last = 0.0;
        for sample in &family.samples {
            match sample.name.strip_prefix(&*family.name) {
                Some("_bucket") => assert!(sample.value >= last, "{client}: {sample:?} after {last}"),
                Some("_count") => assert_eq!(sample.value, last, "{client}: {sample:?}"),
                _ => {}
            }
            last = if sample.name.ends_with("_bucket") { sample.value } else { 0.0 };
        }
    }
}
