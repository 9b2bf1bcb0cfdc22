use std::ffi::CStr;
use std::ops::Range;

use rustix::fd::OwnedFd;

use super::Listed;
use super::file::File;
use crate::Reason;
use crate::parser::{NewKey, Parser, Record};

/// Some files, parsed.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    pub(super) files: Vec<Content<'a>>,
    pub(super) records: Vec<Record>,
    /// Those that the parser had not met before.
    pub(super) new_keys: Vec<NewKey>,
    /// Which one that was.
    pub(super) parser: usize,
}

/// What is in a file.
#[derive(Debug)]
pub(super) struct Content<'a> {
    pub(super) name: &'a CStr,
    /// 0 if it could not be opened.
    pub(super) size: u64,
    /// How many bytes are in use.
    pub(super) used: usize,
    /// Which ones of the batch. [`Reason::TooLarge`] if the batch has no room for them.
    pub(super) records: Result<Range<usize>, Reason>,
}

impl Batch<'_> {
    /// How many files a batch has, at most.
    pub(super) const FILES: usize = 64;
    /// How many bytes all files of a batch may have in use.
    const MAX_USED: usize = 8 << 20;
}

/// Fills batches.
#[derive(Debug)]
pub(super) struct Filler<'a> {
    directory: &'a OwnedFd,
    number: usize,
    parser: Parser,
    buffer: Vec<u8>,
    /// How much the last file had in use: neighbours are alike.
    expected: usize,
}

impl<'a> Filler<'a> {
    /// Numbers tell parsers apart.
    pub(super) fn new(directory: &'a OwnedFd, max_keys: usize, number: usize) -> Self {
        Self { directory, number, parser: Parser::new(max_keys), buffer: Vec::new(), expected: File::PAGE }
    }

    /// Puts these files in place of those that the batch has.
    pub(super) fn fill(&mut self, batch: &mut Batch<'a>, files: &'a [Listed]) {
        batch.parser = self.number;
        batch.files.clear();
        batch.records.clear();
        let mut room = Batch::MAX_USED;
        for (name, kind) in files {
            let mut content = Content { name, size: 0, used: 0, records: Ok(0..0) };
            let start = batch.records.len();
            let read = File::open(self.directory, name, *kind).and_then(|file| {
                content.size = file.size;
                content.used = file.read(&mut self.buffer, self.expected, room)?;
                room -= content.used;
                self.expected = content.used;
                self.parser.parse(self.buffer.get(..content.used).unwrap_or_default(), &mut batch.records)
            });
            content.records = read.map(|()| start..batch.records.len());
            batch.files.push(content);
        }
        batch.new_keys = self.parser.take_new();
    }
}
