use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use prometheus_multiproc::{Directory, Error, Merged, Options, Reason};
use tempfile::TempDir;

use super::files::{contents, file, lines};

fn counter(value: f64) -> Vec<u8> {
    file("c", &[("c_total", &[], value, 0.0)])
}

/// A directory with one good file.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("counter_1.db"), counter(1.0)).unwrap();
    directory
}

fn read(directory: &TempDir, options: Options) -> Merged {
    Directory::open(directory.path(), options).unwrap().read().unwrap()
}

fn skipped(merged: &Merged) -> Vec<(&str, Reason)> {
    assert_eq!(merged.stats.skipped_files, merged.skipped.len() as u64);
    merged.skipped.iter().map(|skipped| (skipped.file.as_str(), skipped.reason)).collect()
}

#[test]
fn what_is_no_file_of_the_directory_costs_only_itself() {
    let directory = directory();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("x"), counter(1000.0)).unwrap();
    let at = |name: &str| directory.path().join(name);
    symlink(outside.path().join("x"), at("counter_2.db")).unwrap();
    symlink("counter_1.db", at("counter_3.db")).unwrap();
    fs::create_dir(at("counter_4.db")).unwrap();
    assert!(Command::new("mkfifo").arg(at("counter_5.db")).status().unwrap().success());
    fs::write(at("counter_6.db"), b"").unwrap();
    fs::write(at("counter_7.db"), b"\x08").unwrap();
    fs::write(at("counter_8.db"), &counter(1.0)[..40]).unwrap();
    fs::write(at("counter_9.db"), [b'x'; 5000]).unwrap();
    fs::write(at("gauge_all.db"), counter(1.0)).unwrap();
    // neither files of metrics nor counted
    fs::write(at(".counter_1.db"), counter(1.0)).unwrap();
    fs::write(at("README.txt"), b"").unwrap();

    let merged = read(&directory, Options::default());
    let expected = [
        ("counter_2.db", Reason::NotRegular),
        ("counter_3.db", Reason::NotRegular),
        ("counter_4.db", Reason::NotRegular),
        ("counter_5.db", Reason::NotRegular),
        ("counter_6.db", Reason::CutOff),
        ("counter_7.db", Reason::CutOff),
        ("counter_8.db", Reason::CutOff),
        ("counter_9.db", Reason::CutOff),
        ("gauge_all.db", Reason::Name),
    ];
    assert_eq!(skipped(&merged), expected);
    assert_eq!(merged.stats.files, 10);
    assert_eq!(lines(&merged.families[0]), ["c_total{} 1.0"]);
}

#[test]
fn a_file_without_records_is_no_bad_file() {
    let directory = directory();
    fs::write(directory.path().join("counter_2.db"), [0; 65536]).unwrap();
    fs::write(directory.path().join("counter_3.db"), contents(std::iter::empty())).unwrap();
    let merged = read(&directory, Options::default());
    assert_eq!(skipped(&merged), []);
    assert_eq!((merged.stats.files, merged.stats.bytes), (3, 65536 + 2 * 4096));
}

#[test]
fn a_file_that_says_it_is_huge_is_not_believed() {
    let directory = directory();
    let mut lie = vec![0; 8192];
    lie[..4].copy_from_slice(&i32::MAX.to_ne_bytes());
    fs::write(directory.path().join("counter_2.db"), &lie).unwrap();
    assert_eq!(skipped(&read(&directory, Options::default())), [("counter_2.db", Reason::CutOff)]);
    // nor read, if it is
    let file = File::options().write(true).open(directory.path().join("counter_2.db")).unwrap();
    file.set_len(1 << 31).unwrap();
    assert_eq!(skipped(&read(&directory, Options::default())), [("counter_2.db", Reason::TooLarge)]);
}

#[test]
fn limits_cost_the_files_beyond_them() {
    let directory = directory();
    let help = "h".repeat(1_000_000);
    let large = contents([(format!(r#"["c", "c_total", {{}}, "{help}"]"#), 5.0, Some(0.0))].into_iter());
    fs::write(directory.path().join("counter_2.db"), large).unwrap();
    assert_eq!(lines(&read(&directory, Options::default()).families[0]), ["c_total{} 6.0"]);

    let mut options = Options::default();
    options.max_file_bytes = 500_000;
    assert_eq!(skipped(&read(&directory, options)), [("counter_2.db", Reason::TooLarge)]);
    let mut options = Options::default();
    options.max_bytes = 1_000_000;
    assert_eq!(skipped(&read(&directory, options)), [("counter_2.db", Reason::TooLarge)]);
    let mut options = Options::default();
    options.max_bytes = 10;
    assert_eq!(skipped(&read(&directory, options)).len(), 2);
    let mut options = Options::default();
    options.max_files = 1;
    let result = Directory::open(directory.path(), options).unwrap().read();
    assert!(matches!(result, Err(Error::TooManyFiles { limit: 1, .. })), "{result:?}");
}

#[test]
fn a_directory_has_to_be_there() {
    let directory = directory();
    let path = directory.path().join("nowhere");
    let error = Directory::open(&path, Options::default()).unwrap_err().to_string();
    assert!(error.contains("nowhere") && error.contains("PROMETHEUS_MULTIPROC_DIR"), "{error}");
    assert!(Directory::open(directory.path().join("counter_1.db"), Options::default()).is_err());

    // made anew between two reads
    fs::create_dir(&path).unwrap();
    let opened = Directory::open(&path, Options::default()).unwrap();
    fs::remove_dir(&path).unwrap();
    assert!(opened.read().is_err());
    fs::create_dir(&path).unwrap();
    assert_eq!(opened.read().unwrap().families, []);
}

/// More than are read by one thread, and sums that depend on the order of their addends.
#[test]
fn the_order_is_that_of_the_names() {
    let directory = directory();
    let values = (0..500).map(|number| (format!("counter_{number}.db"), 0.1 * f64::from(number).exp()));
    let mut values: Vec<_> = values.collect();
    for (name, value) in values.iter().rev() {
        fs::write(directory.path().join(name), counter(*value)).unwrap();
    }
    values.sort_by(|(a, _), (b, _)| a.cmp(b));
    let sum = values.iter().fold(0.0, |sum, (_, value)| sum + value);
    for _ in 0..10 {
        let merged = read(&directory, Options::default());
        assert_eq!(merged.families[0].samples[0].value.to_bits(), sum.to_bits());
        assert_eq!(merged.stats.files, 500);
    }
}

/// As the client does it: first the record, then the header that says that it is there.
#[test]
fn a_file_that_grows_is_never_torn() {
    let directory = directory();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = File::create(directory.path().join("counter_2.db")).unwrap();
            file.set_len(1 << 20).unwrap();
            let mut used = 8;
            for number in 0..2000 {
                let key = format!(r#"["g", "g_total", {{"n": "{number}"}}, "help"]"#);
                let records = contents([(key, 1.0, Some(0.0))].into_iter());
                let end = i32::from_ne_bytes(records[..4].try_into().unwrap());
                let record = &records[8..usize::try_from(end).unwrap()];
                file.seek(SeekFrom::Start(used)).unwrap();
                file.write_all(record).unwrap();
                used += record.len() as u64;
                file.seek(SeekFrom::Start(0)).unwrap();
                file.write_all(&i32::try_from(used).unwrap().to_ne_bytes()).unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        let mut last = 0;
        while !done.load(Ordering::Relaxed) {
            let merged = read(&directory, Options::default());
            // not there yet, or without a size
            if merged.skipped.is_empty() && merged.families.len() == 2 {
                let samples = merged.families[1].samples.len();
                assert!(samples >= last);
                last = samples;
            } else {
                assert_eq!(last, 0);
            }
        }
    });
    assert_eq!(read(&directory, Options::default()).families[1].samples.len(), 2000);
}

/// The client raises when such a file is the first to have a family, and otherwise takes what it has.
#[test]
fn a_file_of_an_unknown_kind_adds_to_what_others_have() {
    let directory = directory();
    fs::write(directory.path().join("odd_2.db"), counter(2.0)).unwrap();
    fs::write(directory.path().join("5.db"), counter(4.0)).unwrap();
    let new = file("d", &[("d_total", &[], 8.0, 0.0)]);
    fs::write(directory.path().join("odd_3.db"), new).unwrap();
    let merged = read(&directory, Options::default());
    assert_eq!(skipped(&merged), [("5.db", Reason::Name), ("odd_3.db", Reason::Name)]);
    assert_eq!(lines(&merged.families[0]), ["c_total{} 3.0"]);
    assert_eq!(merged.families.len(), 1);
}
