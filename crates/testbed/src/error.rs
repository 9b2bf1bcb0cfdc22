use std::io;
use std::path::PathBuf;

/// Why a throw-away server, its data or a page could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program this crate runs is not installed.
    #[error("`{program}` is not installed: install the package {package}")]
    NotInstalled {
        /// The program's name.
        program: &'static str,
        /// What the package is called on most systems.
        package: &'static str,
    },
    /// No Python of a version that packages run on is installed.
    #[error("no Python from 3.{first} to 3.{last} in the search path, as python3 or python3.{last}")]
    NoPython {
        /// The oldest version, of Python 3.
        first: u32,
        /// The newest.
        last: u32,
    },
    /// A program this crate runs could not be run.
    #[error("cannot run `{program}`: {cause}")]
    Run {
        /// The program's path or name.
        program: String,
        /// What the system said.
        cause: io::Error,
    },
    /// A program ended with an error.
    #[error("`{program}` failed: {output}")]
    Failed {
        /// The program's path or name.
        program: String,
        /// The end of what it printed.
        output: String,
    },
    /// The directory of a server could not be made.
    #[error("cannot make a directory for {server}: {cause}")]
    Directory {
        /// Which server.
        server: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// A server ended, or was not ready in time.
    #[error("{server} in {directory} is not running; its log ends with: {log}")]
    Down {
        /// Which server.
        server: &'static str,
        /// Where it ran.
        directory: PathBuf,
        /// The end of its log.
        log: String,
    },
    /// Every port of 127.0.0.1 is taken.
    #[error("no port of 127.0.0.1 can be had: {0}")]
    Port(io::Error),
    /// No data set has this name.
    #[error("no data set is called `{0}`")]
    UnknownData(String),
    /// A data file is damaged, or is not there.
    #[error("the data in `{name}` cannot be read: {cause}")]
    Damaged {
        /// The data set, or the file.
        name: String,
        /// What is wrong with it.
        cause: io::Error,
    },
    /// A page is not in the text format 0.0.4.
    #[error("line {line} of the page {problem}: {text:?}")]
    Page {
        /// Counted from one.
        line: usize,
        /// What is wrong with it, as a verb phrase.
        problem: &'static str,
        /// The line.
        text: String,
    },
}

/// Ends the test with the reason.
pub(crate) trait OrPanic<T> {
    fn or_panic(self) -> T;
}

impl<T> OrPanic<T> for Result<T, Error> {
    #[track_caller]
    #[expect(clippy::panic, reason = "a test whose server or data is missing has failed")]
    fn or_panic(self) -> T {
        self.unwrap_or_else(|error| panic!("{error}"))
    }
}
