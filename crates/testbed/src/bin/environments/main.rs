//! Makes the Python environments that tests use, and says which this machine cannot have: those tests are skipped.
//! With `--required`, only for want of Python: a gate that has one cannot pass by skipping.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "people read what this program prints")]

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;
use std::thread;

use testbed::{Error, python};

fn main() -> ExitCode {
    let is_required = env::args().any(|argument| argument == "--required");
    // pip waits for the network as long as it works
    let made: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            python::all().map(|environment| scope.spawn(move || (environment, environment.make()))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });

    let mut skipped: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut is_broken = false;
    for (environment, made) in made {
        if let Err(error) = made {
            is_broken |= !matches!(error, Error::NoPython { .. } | Error::NotInstalled { .. });
            skipped.entry(error.to_string()).or_default().push(environment.name());
        }
    }
    for (why, names) in &skipped {
        println!("tests with {} are skipped: {why}", names.join(", "));
    }
    if is_broken && is_required {
        eprintln!("CI is not to skip them while it has Python");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
