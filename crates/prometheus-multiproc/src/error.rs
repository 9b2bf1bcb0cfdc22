use std::io;
use std::path::PathBuf;

/// Why a directory cannot be read. What is wrong with a single file is a [`Reason`] instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not there, is no directory, or may not be read.
    #[error(
        "cannot read the multiprocess directory {}: {source}; it has to be the one in the program's \
         PROMETHEUS_MULTIPROC_DIR",
        path.display()
    )]
    Directory {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It has more files than [`Options::max_files`](crate::Options::max_files).
    #[error(
        "the multiprocess directory {} has more than {limit} files, which is the most that is read; empty it before \
         the program starts",
        path.display()
    )]
    TooManyFiles {
        /// Which one.
        path: PathBuf,
        /// How many are read.
        limit: usize,
    },
}

/// A file that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its name in the directory.
    pub file: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The client gives no such name, and it has a family of which no other file says what kind it is.
    #[error(
        "its name is not of the form counter_PID.db, histogram_PID.db, summary_PID.db or gauge_MODE_PID.db"
    )]
    Name,
    /// A directory, link, pipe, socket or device.
    #[error("it is not a regular file")]
    NotRegular,
    /// Listed, but not there any more. Not said of live gauges, which are deleted when their process ends.
    #[error("it vanished")]
    Vanished,
    /// Open or read failed.
    #[error("it cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// It ends before its records do, or has not even a header.
    #[error("it is cut off")]
    CutOff,
    /// What is in it are not records of a layout that a client wrote.
    #[error("it holds no records of a known layout")]
    Layout,
    /// A record is not about a series.
    #[error("one of its records does not name a series")]
    Key,
    /// It is beyond [`max_file_bytes`](crate::Options::max_file_bytes) or, with those before it, beyond
    /// [`max_bytes`](crate::Options::max_bytes) or [`max_series`](crate::Options::max_series).
    #[error("it has more than is read")]
    TooLarge,
    /// The file of a dead process is left out, but could not be deleted.
    #[error("its process is gone, but it cannot be deleted: {0}")]
    NotDeleted(io::ErrorKind),
}
