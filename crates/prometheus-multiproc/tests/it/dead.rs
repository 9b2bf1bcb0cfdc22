use std::fs;
use std::process::{self, Command};

use prometheus_multiproc::{Dead, Directory, Merged, Options};
use tempfile::TempDir;

use super::files::{file, lines};

const LIVE: [&str; 5] = ["liveall", "livemax", "livemin", "livemostrecent", "livesum"];

/// The files of a process: a counter, and gauges in two modes.
fn write(directory: &TempDir, identifier: &str) {
    let write = |prefix: &str, family: &str| {
        let contents = file(family, &[(family, &[], 1.0, 1.0)]);
        fs::write(directory.path().join(format!("{prefix}_{identifier}.db")), contents).unwrap();
    };
    write("counter", "c");
    write("gauge_all", "g_all");
    for mode in LIVE {
        write(&format!("gauge_{mode}"), &format!("g_{mode}"));
    }
}

fn read(directory: &TempDir, dead: Dead) -> Merged {
    let mut options = Options::default();
    options.dead = dead;
    let merged = Directory::open(directory.path(), options).unwrap().read().unwrap();
    assert_eq!(merged.skipped, []);
    merged
}

/// The number of a process that has just ended.
fn gone() -> String {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id().to_string()
}

fn live_gauges(merged: &Merged) -> Vec<String> {
    merged.families.iter().filter(|family| family.name.starts_with("g_live")).flat_map(lines).collect()
}

#[test]
fn files_of_the_dead_are_kept_unless_asked_otherwise() {
    let directory = tempfile::tempdir().unwrap();
    let gone = gone();
    write(&directory, &gone);

    let merged = read(&directory, Dead::Keep);
    assert_eq!((merged.stats.files, merged.stats.dead_files), (7, 7));
    assert_eq!(live_gauges(&merged).len(), 5);

    let merged = read(&directory, Dead::Drop);
    assert_eq!((merged.stats.files, merged.stats.dead_files, merged.stats.deleted_files), (7, 7, 0));
    assert_eq!(live_gauges(&merged).len(), 0);
    assert_eq!(merged.families.len(), 2, "counters and other gauges stay");

    let merged = read(&directory, Dead::Delete);
    assert_eq!((merged.stats.files, merged.stats.dead_files, merged.stats.deleted_files), (2, 2, 5));
    assert_eq!(merged.stats.bytes, 2 * 4096);
    assert_eq!(merged.families.len(), 2);
    for mode in LIVE {
        assert!(!directory.path().join(format!("gauge_{mode}_{gone}.db")).exists());
    }
    let merged = read(&directory, Dead::Delete);
    assert_eq!((merged.stats.files, merged.stats.dead_files, merged.stats.deleted_files), (2, 2, 0));
}

#[test]
fn the_living_and_the_unknown_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let identifiers =
        [process::id().to_string(), "1".into(), "worker-7".into(), "0".into(), "-5".into(), "007".into()];
    identifiers.iter().for_each(|identifier| write(&directory, identifier));
    for dead in [Dead::Keep, Dead::Drop, Dead::Delete] {
        let merged = read(&directory, dead);
        assert_eq!(
            (merged.stats.files, merged.stats.dead_files, merged.stats.deleted_files),
            (42, 0, 0),
            "{dead:?}"
        );
        assert_eq!(live_gauges(&merged).len(), 4 + 6, "{dead:?}");
    }
}
