mod batch;
mod file;
mod lanes;
mod reader;

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, openat};
use rustix::io::Errno;
use std::ffi::CString;
use std::path::{Path, PathBuf};

use crate::file_name::FileName;
use crate::{Error, Family, Options, Skipped};

use lanes::in_order;
use reader::Reader;

/// A directory of `prometheus_client` in multiprocess mode.
///
/// It is opened anew for each [`read`](Self::read), so it may be removed and made again in between.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
    options: Options,
}

/// What a directory says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Merged {
    /// In the order in which the families are met in the files, taken in the order of their names.
    pub families: Vec<Family>,
    /// What was seen of the files.
    pub stats: Stats,
    /// The files that do not count, and why, in the order of their names.
    pub skipped: Vec<Skipped>,
}

/// What was seen of the files. A file is what ends in `.db`, whatever it is; [deleted](Self::deleted_files) ones are no
/// longer among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// How many there are.
    pub files: u64,
    /// Their size, as a listing shows it. They are sparse: most take a fraction of it on the disk.
    pub bytes: u64,
    /// How many belong to a process that is gone. See [`Dead`](crate::Dead) for what that means.
    pub dead_files: u64,
    /// How many do not count because something is wrong with them.
    pub skipped_files: u64,
    /// How many were deleted this time.
    pub deleted_files: u64,
}

/// A file as it was listed.
type Listed = (CString, FileType);

impl Directory {
    /// Names a directory that is there.
    ///
    /// # Errors
    /// [`Error::Directory`]
    pub fn open(path: impl Into<PathBuf>, options: Options) -> Result<Self, Error> {
        let directory = Self { path: path.into(), options };
        directory.descriptor()?;
        Ok(directory)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads all files and merges them.
    ///
    /// This blocks the thread, for some milliseconds per thousand files. Costs a listing, four or five system calls
    /// per file and one per process; with many files, up to eight threads share the work. Memory grows with the number
    /// of distinct series and, for gauges, of processes, but not with the number of files otherwise.
    ///
    /// # Errors
    /// The directory cannot be listed, or has too many files. A file never makes this fail.
    pub fn read(&self) -> Result<Merged, Error> {
        let directory = self.descriptor()?;
        let files = self.list(&directory)?;
        let mut reader = Reader::new(&directory, &self.options);
        in_order(&directory, &files, self.options.max_series, |batch| reader.take(batch));
        Ok(reader.finish())
    }

    fn descriptor(&self) -> Result<OwnedFd, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(CWD, &self.path, flags, Mode::empty()).map_err(|error| self.error(error))
    }

    /// The files, in the order of their names.
    fn list(&self, directory: &OwnedFd) -> Result<Vec<Listed>, Error> {
        let mut files = Vec::new();
        for entry in Dir::read_from(directory).map_err(|error| self.error(error))? {
            let entry = entry.map_err(|error| self.error(error))?;
            let name = entry.file_name().to_bytes();
            if name.starts_with(b".") || !name.ends_with(FileName::ENDING.as_bytes()) {
                continue;
            }
            if files.len() == self.options.max_files {
                return Err(Error::TooManyFiles { path: self.path.clone(), limit: files.len() });
            }
            files.push((entry.file_name().to_owned(), entry.file_type()));
        }
        files.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(files)
    }

    fn error(&self, error: Errno) -> Error {
        Error::Directory { path: self.path.clone(), source: error.into() }
    }
}
