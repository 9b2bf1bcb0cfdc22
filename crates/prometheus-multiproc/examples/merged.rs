//! Prints what a multiprocess directory says, a family a line, as JSON; and what was seen of its files.
//!
//! ```text
//! cargo run --release -p prometheus-multiproc --example merged -- DIRECTORY [keep|drop|delete]
//! cargo run --release -p prometheus-multiproc --example merged -- DIRECTORY time [TIMES]
//! ```

#![allow(clippy::print_stdout, reason = "it prints")]
#![allow(clippy::disallowed_types, reason = "no tokio here, and nothing pauses the time")]

use std::error::Error;
use std::time::Instant;

use prometheus_multiproc::{Dead, Directory, Family, Merged, Options};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut options = Options::default();
    match *arguments {
        [directory, "time"] => time(&Directory::open(directory, options)?, 1),
        [directory, "time", times] => time(&Directory::open(directory, options)?, times.parse()?),
        [directory, ref dead @ ..] => {
            options.dead = match *dead {
                [] | ["keep"] => Dead::Keep,
                ["drop"] => Dead::Drop,
                ["delete"] => Dead::Delete,
                _ => return Err("what to do with dead processes' files is keep, drop or delete".into()),
            };
            print(&Directory::open(directory, options)?.read()?);
            Ok(())
        }
        [] => Err("which directory?".into()),
    }
}

fn print(merged: &Merged) {
    for family in &merged.families {
        println!("{}", json(family));
    }
    for skipped in &merged.skipped {
        println!("{}", json!({"skipped": skipped.file, "reason": skipped.reason.to_string()}));
    }
    println!("{}", json!({"stats": format!("{:?}", merged.stats)}));
}

/// Values are text, as JSON has no infinity.
fn json(family: &Family) -> Value {
    let samples = family.samples.iter().map(|sample| {
        let labels = sample.labels.iter().map(|(name, value)| (name.to_string(), json!(**value)));
        json!([*sample.name, Value::Object(labels.collect()), format!("{:?}", sample.value)])
    });
    json!({
        "family": *family.name,
        "help": *family.help,
        "kind": format!("{:?}", family.kind).to_lowercase(),
        "samples": samples.collect::<Vec<_>>(),
    })
}

fn time(directory: &Directory, times: usize) -> Result<(), Box<dyn Error>> {
    for _ in 0..times {
        let start = Instant::now();
        let merged = directory.read()?;
        let took = start.elapsed();
        let samples: usize = merged.families.iter().map(|family| family.samples.len()).sum();
        println!("{:.1} ms, {samples} samples, {:?}", took.as_secs_f64() * 1e3, merged.stats);
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("peak memory unknown"));
    Ok(())
}
