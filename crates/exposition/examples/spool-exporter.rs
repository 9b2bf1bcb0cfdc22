//! An exporter of a directory's files, with a key of its collector's own and a command.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use exposition::{Program, Wiring, WiringError};
use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use serde::{Deserialize, Serialize};

#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    spool: SpoolSettings,
    collectors: CollectorSettings,
}

/// `[spool]`
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct SpoolSettings {
    directory: PathBuf,
}

/// What collectors have besides the keys of every collector.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct CollectorSettings {
    files: FilesSettings,
}

/// `[collectors.files]`
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct FilesSettings {
    /// Files whose names end otherwise are not counted.
    ending: String,
}

fn main() -> ExitCode {
    Program::new("spool-exporter", env!("CARGO_PKG_VERSION"), "spool")
        .listen(":19002")
        .command("files", "List the files that are counted", list)
        .run(wire)
}

fn wire(settings: &Settings, exporter: &mut Wiring) -> Result<(), WiringError> {
    exporter.add(Files {
        directory: settings.spool.directory.clone(),
        ending: settings.collectors.files.ending.clone(),
    });
    Ok(())
}

async fn list(settings: &Settings, _within: Duration) -> Result<String, Box<dyn Error>> {
    let files = files(&settings.spool.directory, &settings.collectors.files.ending).await?;
    Ok(files.join("\n"))
}

static FILES: Family<Gauge, 0> = Family::gauge("spool_files", "Files that wait.", []);

/// Counts the files of a directory.
struct Files {
    directory: PathBuf,
    ending: String,
}

impl Collector for Files {
    fn name(&self) -> &str {
        "files"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![FILES.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let files = files(&self.directory, &self.ending).await?;
        out.gauge(&FILES, [], files.len() as f64);
        Ok(())
    }
}

async fn files(directory: &Path, ending: &str) -> Result<Vec<String>, Unreadable> {
    let unreadable = |cause| Unreadable { directory: directory.to_owned(), cause };
    let mut entries = tokio::fs::read_dir(directory).await.map_err(unreadable)?;
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(unreadable)? {
        files.push(entry.file_name().to_string_lossy().into_owned());
    }
    files.retain(|name| name.ends_with(ending));
    files.sort();
    Ok(files)
}

#[derive(Debug, thiserror::Error)]
#[error("cannot read the directory {}", directory.display())]
struct Unreadable {
    directory: PathBuf,
    #[source]
    cause: std::io::Error,
}
