//! Reads the directory in which the processes of a Python program keep their metrics, as `prometheus_client` in
//! multiprocess mode lets them, and merges it as that library's `MultiProcessCollector` does.
//!
//! ```no_run
//! use prometheus_multiproc::{Directory, Options};
//!
//! let directory = Directory::open("/run/app/metrics", Options::default())?;
//! let merged = directory.read()?;
//! for family in &merged.families {
//!     println!("{} has {} samples", family.name, family.samples.len());
//! }
//! # Ok::<(), prometheus_multiproc::Error>(())
//! ```
//!
//! Every version of the client since 0.8 is understood, also several of them in one directory. The result is what the
//! client makes of the files when it takes them in the order of their names, whatever order the directory has.
//! A file that cannot be used costs nothing but itself: see [`Merged::skipped`].
//!
//! Reading changes nothing, unless [`Dead::Delete`] is asked for. Nothing is mapped into memory; a writer can change,
//! grow or remove any file at any time.
//!
//! # Where this differs from the client
//! * Where the client raises, and so has no page at all, this crate skips the file that made it raise. A file whose name
//!   says no kind that the client writes is one if it has a family that none before it has; else it counts, as there.
//! * Links are not followed.
//! * A family never has the same series twice: the later value stands.

mod directory;
mod error;
mod family;
mod file_name;
mod keys;
mod layout;
mod le;
mod merge;
mod options;
mod parser;
mod process;

pub use directory::{Directory, Merged, Stats};
pub use error::{Error, Reason, Skipped};
pub use family::{Family, Kind, Sample};
pub use merge::Merge;
pub use options::{Dead, Options};
