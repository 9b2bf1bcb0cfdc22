use std::collections::HashMap;
use std::ffi::CStr;
use std::io;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, unlinkat};

use super::batch::{Batch, Content};
use super::file::File;
use super::{Merged, Stats};
use crate::file_name::FileName;
use crate::{Dead, Merge, Options, Reason, Skipped, process};

/// Merges files, and counts what it sees of them.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    directory: &'a OwnedFd,
    options: &'a Options,
    merge: Merge,
    stats: Stats,
    skipped: Vec<Skipped>,
    /// How many bytes were merged.
    bytes: u64,
    /// The processes that were asked for.
    alive: HashMap<i32, bool>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(directory: &'a OwnedFd, options: &'a Options) -> Self {
        Self {
            directory,
            options,
            merge: Merge::new(options.max_series),
            stats: Stats::default(),
            skipped: Vec::new(),
            bytes: 0,
            alive: HashMap::new(),
        }
    }

    pub(super) fn take(&mut self, batch: &mut Batch<'_>) {
        self.merge.learn(batch.parser, batch.new_keys.drain(..));
        for file in &batch.files {
            if let Err(reason) = self.take_file(batch, file) {
                self.skipped.push(Skipped { file: file.name.to_string_lossy().into_owned(), reason });
            }
        }
    }

    pub(super) fn finish(self) -> Merged {
        let stats = Stats { skipped_files: self.skipped.len() as u64, ..self.stats };
        Merged { families: self.merge.finish(), stats, skipped: self.skipped }
    }

    fn take_file(&mut self, batch: &Batch<'_>, file: &Content<'_>) -> Result<(), Reason> {
        let &Content { name, size, .. } = file;
        let text = name.to_string_lossy();
        let parsed = FileName::parse(&text);
        let lives_shortly = parsed.is_some_and(|name| name.dies_with_its_process());
        if file.records == Err(Reason::Vanished) && lives_shortly {
            // its process has ended since the files were listed
            return Ok(());
        }
        self.stats.files += 1;
        self.stats.bytes += size;
        if let Some(process) =
            parsed.and_then(|name| name.process()).filter(|process| !self.is_alive(*process))
        {
            self.stats.dead_files += 1;
            if lives_shortly && self.options.dead != Dead::Keep {
                return self.leave_out(name, process, size);
            }
        }
        let records =
            file.records.clone().and_then(|records| batch.records.get(records).ok_or(Reason::CutOff));
        match records {
            Ok(records) => self.merge(file.used, |merge| merge.add_records(batch.parser, &text, records)),
            Err(Reason::TooLarge | Reason::CutOff | Reason::Layout | Reason::Key) if parsed.is_some() => {
                self.take_alone(name, &text)
            }
            Err(reason) => Err(reason),
        }
    }

    /// Reads a file that is too large for a batch, or that its writer may have been at when it was read.
    fn take_alone(&mut self, name: &CStr, text: &str) -> Result<(), Reason> {
        let left = self.options.max_bytes - self.bytes;
        let most = usize::try_from(self.options.max_file_bytes.min(left)).unwrap_or(usize::MAX);
        let file = File::open(self.directory, name, FileType::Unknown)?;
        let mut buffer = Vec::new();
        let used = file.read(&mut buffer, File::PAGE, most)?;
        let contents = buffer.get(..used).ok_or(Reason::CutOff)?;
        self.merge(used, |merge| merge.add(text, contents))
    }

    fn merge(
        &mut self,
        used: usize,
        add: impl FnOnce(&mut Merge) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let used = used as u64;
        if used > self.options.max_file_bytes || used > self.options.max_bytes - self.bytes {
            return Err(Reason::TooLarge);
        }
        add(&mut self.merge)?;
        self.bytes += used;
        Ok(())
    }

    fn is_alive(&mut self, process: i32) -> bool {
        *self.alive.entry(process).or_insert_with(|| process::is_alive(process))
    }

    fn leave_out(&mut self, name: &CStr, process: i32, size: u64) -> Result<(), Reason> {
        // asked anew: the number may belong to a new process by now, and the file to it
        if self.options.dead == Dead::Delete && !process::is_alive(process) {
            let deleted = unlinkat(self.directory, name, AtFlags::empty());
            deleted.map_err(|error| Reason::NotDeleted(io::Error::from(error).kind()))?;
            self.stats.deleted_files += 1;
            self.stats.files -= 1;
            self.stats.dead_files -= 1;
            self.stats.bytes -= size;
        }
        Ok(())
    }
}
