//! Directories that real clients wrote, and the pages that these made of them. See `tests/data/README.md`.

use std::fs;
use std::path::Path;
use std::process::Command;

use prometheus_multiproc::{Directory, Merged, Options, Reason};
use tempfile::TempDir;

use super::page;

#[test]
fn every_client_since_0_8() {
    let clients = unpack("clients");
    let mut versions = 0;
    for client in fs::read_dir(clients.path()).unwrap().map(|entry| entry.unwrap().path()) {
        let merged = read(&client);
        assert_eq!(merged.skipped, [], "{client:?}");
        let (_, expected) = page::parse(&fs::read_to_string(client.join("expected.txt")).unwrap());
        assert_eq!(page::of(&merged.families).1, expected, "{client:?}");
        assert!(expected.len() > 1, "{client:?}");
        versions += 1;
    }
    assert_eq!(versions, 11);
}

#[test]
fn every_scenario_that_the_client_can_read() {
    let scenarios = unpack("scenarios");
    let mut pages = 0;
    for scenario in fs::read_dir(scenarios.path()).unwrap().map(|entry| entry.unwrap().path()) {
        let Ok(text) = fs::read_to_string(scenario.join("expected.txt")) else { continue };
        let merged = read(&scenario);
        assert_eq!(merged.skipped, [], "{scenario:?}");
        assert_eq!(page::of(&merged.families), page::parse(&text), "{scenario:?}");
        pages += 1;
    }
    assert_eq!(pages, 12);
}

#[test]
fn where_the_client_raises_the_rest_is_served() {
    let scenarios = unpack("scenarios");
    for (scenario, file, reason, [first, second]) in [
        ("badjson", "counter_99994.db", Reason::Layout, ["27749", "27750"]),
        ("empty_file", "counter_99993.db", Reason::CutOff, ["27739", "27740"]),
        ("truncated", "counter_99991.db", Reason::CutOff, ["27733", "27734"]),
    ] {
        let merged = read(&scenarios.path().join(scenario));
        assert_eq!(merged.stats.skipped_files, 1, "{scenario}");
        let skipped: Vec<_> =
            merged.skipped.iter().map(|skipped| (skipped.file.as_str(), skipped.reason)).collect();
        assert_eq!(skipped, [(file, reason)], "{scenario}");
        let expected = format!(
            "# HELP ok_c_total h\n# TYPE ok_c_total counter\nok_c_total{{a=\"x\"}} 3\n\
             # HELP ok_g h\n# TYPE ok_g gauge\nok_g{{pid=\"{first}\"}} 0\nok_g{{pid=\"{second}\"}} 1\n"
        );
        assert_eq!(page::of(&merged.families), page::parse(&expected), "{scenario}");
    }
}

fn read(directory: &Path) -> Merged {
    Directory::open(directory, Options::default()).unwrap().read().unwrap()
}

pub(crate) fn unpack(archive: &str) -> TempDir {
    let into = tempfile::tempdir().unwrap();
    let archive = format!("{}/tests/data/{archive}.tar.gz", env!("CARGO_MANIFEST_DIR"));
    let status =
        Command::new("tar").args(["-xzf", &archive, "--strip-components=1", "-C"]).arg(into.path()).status();
    assert!(status.unwrap().success());
    into
}
