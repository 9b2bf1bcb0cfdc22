//! The inputs that the fuzz targets found to lead somewhere new.

use std::fs;
use std::process::Command;

use crate::{replies_check, settings_check};

#[test]
fn what_fuzzing_found_still_holds() {
    let directory = tempfile::tempdir().unwrap();
    let archive = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/fuzz.tar.gz");
    let unpacked = Command::new("tar").args(["-xzf", archive, "-C"]).arg(directory.path()).status();
    assert!(unpacked.unwrap().success());
    let inputs: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(inputs.len() > 100);
    let server = replies_check::Server::start();
    for input in &inputs {
        server.check(input);
        settings_check::check(input);
    }
}
