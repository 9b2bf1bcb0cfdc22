//! The files of a metrics directory: which there are, which have changed, and which of them are good.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use metrics_core::Descriptor;

use super::file::{Defect, File};
use super::service::Service;

/// No file is longer.
const MAX_FILE: u64 = 256 * 1024;
/// How many files there are at most.
const MAX_FILES: usize = 200;

/// A directory as it was when it was last looked at.
pub(super) struct Folder {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
    /// Why the directory itself could not be read.
    pub(super) unreadable: Option<String>,
    /// What other collectors emit.
    taken: Vec<Descriptor>,
    /// What was ever served from here: a registry never lets another kind have these names.
    ever: Vec<Descriptor>,
}

/// A file, good or not.
#[derive(Clone)]
pub(super) struct Entry {
    stamp: Stamp,
    /// What is served: its newest version that was good.
    pub(super) service: Option<Arc<Service>>,
    /// What is wrong with its newest version.
    pub(super) complaint: Option<String>,
    is_told: bool,
}

/// What changes when a file does, or the `.sql` file beside it. Replaced files have another inode, as when Kubernetes exchanges
/// the link to a ConfigMap's directory.
type Stamp = (Option<Version>, Option<Version>);
type Version = (u64, u64, u64, i64, i64, i64, i64);

impl Folder {
    pub(super) fn new(path: PathBuf, taken: Vec<Descriptor>) -> Self {
        Self { path, entries: BTreeMap::new(), unreadable: None, taken, ever: Vec::new() }
    }

    /// The files by their names.
    pub(super) fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// What is wrong with the directory and its files, each with its path.
    pub(super) fn complaints(&self) -> impl Iterator<Item = &str> {
        let entries = self.entries.values().filter_map(|entry| entry.complaint.as_deref());
        self.unreadable.as_deref().into_iter().chain(entries)
    }

    /// Reads what has changed since the last look. Of a directory that cannot be read the files stay as they were.
    pub(super) fn look(&mut self) {
        let names = match self.names() {
            Ok(names) => names,
            Err(error) => {
                self.unreadable = Some(format!("{}: cannot be read: {error}", self.path.display()));
                return;
            }
        };
        self.unreadable = None;
        let stamps: BTreeMap<String, Stamp> =
            names.into_iter().map(|name| (name.clone(), self.stamp(&name))).collect();
        let is_known = |(name, stamp): (&String, &Stamp)| {
            self.entries.get(name).is_some_and(|entry| entry.stamp == *stamp)
        };
        if stamps.len() == self.entries.len() && stamps.iter().all(is_known) {
            return;
        }
        let mut known = std::mem::take(&mut self.entries);
        // What is bad may be so for another file's sake, which may have changed.
        let (same, changed): (Vec<_>, Vec<_>) = stamps.into_iter().partition(|(name, stamp)| {
            known.get(name).is_some_and(|entry| entry.stamp == *stamp && entry.complaint.is_none())
        });
        for (name, _) in same {
            if let Some(entry) = known.remove(&name) {
                self.entries.insert(name, entry);
            }
        }
        for (name, stamp) in changed {
            let before = known.remove(&name);
            let is_served = before.as_ref().is_some_and(|entry| entry.service.is_some());
            let file = if self.entries.len() >= MAX_FILES && !is_served {
                Err(Defect::of_file(format!("there are more than {MAX_FILES} files")))
            } else {
                self.read(&name)
            };
            self.take(name, stamp, file, before);
        }
    }

    /// Complaints that nobody was told of yet.
    pub(super) fn news(&mut self) -> Vec<String> {
        let untold = self.entries.values_mut().filter(|entry| !entry.is_told);
        untold
            .filter_map(|entry| {
                entry.is_told = true;
                let kept = if entry.service.is_some() { "; the version before it is served" } else { "" };
                Some(format!("{}{kept}", entry.complaint.as_ref()?))
            })
            .collect()
    }

    /// Takes a file's newest version, or keeps the one before it.
    fn take(&mut self, name: String, stamp: Stamp, file: Result<File, Defect>, before: Option<Entry>) {
        let path = self.path.join(&name);
        let (service, complaint) = match file.and_then(|file| self.accept(&file).map(|()| file)) {
            Ok(file) => {
                for family in file.families() {
                    let is_it = |one: &Descriptor| one.name() == family.name() && one.kind() == family.kind();
                    if !self.ever.iter().any(is_it) {
                        self.ever.push(family.clone());
                    }
                }
                (Some(Arc::new(Service::new(file))), None)
            }
            Err(Defect { line, reason }) => {
                let line = line.map(|line| format!(":{line}")).unwrap_or_default();
                let last_good = before.as_ref().and_then(|entry| entry.service.clone());
                let service = last_good.filter(|service| self.accept(service.file()).is_ok());
                (service, Some(format!("{}{line}: {reason}", path.display())))
            }
        };
        let is_told = before.is_some_and(|entry| entry.is_told && entry.complaint == complaint);
        self.entries.insert(name, Entry { stamp, service, complaint, is_told });
    }

    /// Whether nobody else emits its families.
    fn accept(&self, file: &File) -> Result<(), Defect> {
        for family in file.families() {
            let of_files = self.entries.iter().flat_map(|(name, entry)| {
                entry
                    .service
                    .iter()
                    .flat_map(move |service| service.file().families().map(move |one| (one, name)))
            });
            let clash = |whose: &str, other: &Descriptor| {
                Defect::of_file(format!(
                    "family `{}` clashes with `{}` of {whose}",
                    family.name(),
                    other.name()
                ))
            };
            if let Some(other) = self.taken.iter().find(|other| other.clashes_with(family)) {
                return Err(clash("another collector", other));
            }
            for (other, name) in of_files {
                if other.clashes_with(family) {
                    return Err(clash(name, other));
                }
            }
            let is_other = |one: &&Descriptor| one.name() != family.name() || one.kind() != family.kind();
            if let Some(other) = self.ever.iter().filter(is_other).find(|other| other.clashes_with(family)) {
                return Err(clash("an earlier version, and another kind needs a restart", other));
            }
        }
        Ok(())
    }

    /// The names of its files, sorted; those that editors and Kubernetes hide start with a dot.
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".toml") && !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn stamp(&self, name: &str) -> Stamp {
        let version = |path: &Path| fs::metadata(path).ok().map(|metadata| version(&metadata));
        let path = self.path.join(name);
        (version(&path), version(&path.with_extension("sql")))
    }

    fn read(&self, name: &str) -> Result<File, Defect> {
        let path = self.path.join(name);
        let text = text(&path).map_err(Defect::of_file)?;
        let beside = path.with_extension("sql");
        let beside = match text_if_there(&beside) {
            Ok(sql) => sql,
            Err(reason) => return Err(Defect::of_file(format!("{}: {reason}", beside.display()))),
        };
        File::parse(&text, beside)
    }
}

fn version(metadata: &Metadata) -> Version {
    (
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    )
}

fn text_if_there(path: &Path) -> Result<Option<String>, String> {
    if fs::symlink_metadata(path).is_err() { Ok(None) } else { text(path).map(Some) }
}

fn text(path: &Path) -> Result<String, String> {
    let unreadable = |error: io::Error| format!("cannot be read: {error}");
    // Before it is opened, because to open a pipe is to wait for who writes to it.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("is no file".to_owned());
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .map_err(unreadable)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("is longer than {} KiB", MAX_FILE / 1024));
    }
    String::from_utf8(bytes).map_err(|_| "is no UTF-8 text".to_owned())
}
