//! What may be wrong with settings. No message holds a value: one of them may be a secret.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why settings are refused, as one line that names the place, the key and the way out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A settings file cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The name of a settings file does not say which format it has.
    #[error("{}: expected a file name that ends in .toml or .json", path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// A settings file is neither TOML nor JSON.
    #[error("{place}: {reason}")]
    Syntax {
        /// File and line.
        place: Place,
        /// What the parser expected.
        reason: String,
    },
    /// No setting has this key.
    #[error("{place}: unknown key `{key}`{hint}")]
    UnknownKey {
        /// Where it stands.
        place: Place,
        /// The dotted key.
        key: String,
        /// `; did you mean …?`, or the keys there are.
        hint: String,
    },
    /// The value has the wrong type or is out of range.
    #[error("{place}: `{key}`: {reason}")]
    Unsuitable {
        /// Where it stands.
        place: Place,
        /// The dotted key.
        key: String,
        /// What is expected.
        reason: String,
    },
    /// The file that is to hold a value cannot be read.
    #[error("{place}: `{key}`: cannot read {}: {reason}", path.display())]
    SecretFile {
        /// Where its name stands.
        place: Place,
        /// The dotted key that names the file.
        key: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// Two places of the same rank set one key: directly and by a file.
    #[error("{place}: `{key}` is already set by {other}; keep one of them")]
    GivenTwice {
        /// The second place.
        place: Place,
        /// The dotted key.
        key: String,
        /// The first place.
        other: Place,
    },
}

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere: it has its default.
    Default,
    /// In a file.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
    },
    /// In an environment variable of this name.
    Environment(String),
    /// On the command line.
    CommandLine,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("settings"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}
