//! Reads a `nautobot_config.py` without running it, and writes what an exporter can use of it as a settings file (TOML).
//!
//! ```
//! let settings = nautobot_config::translate(
//!     r#"
//! PLUGINS_CONFIG = {
//!     "nautobot_capacity_metrics": {
//!         "app_metrics": {"jobs": True, "queues": True, "models": {"dcim": {"Device": True}}},
//!     },
//! }
//! "#,
//! )?;
//! assert!(settings.ends_with("[app_metrics]\njobs = true\nmodels.dcim = { Device = true }\nqueues = true\n"));
//! # Ok::<(), nautobot_config::SyntaxError>(())
//! ```
//!
//! Taken are literals of Python in assignments outside of blocks: `PLUGINS_CONFIG`, of which the entry of
//! nautobot-capacity-metrics, `DATABASES`, `RQ_QUEUES`, `CACHES`, `CELERY_BROKER_URL` and `CELERY_BROKER_TRANSPORT_OPTIONS`. What is computed, such
//! as `os.getenv("X")`, and what has no counterpart, such as the functions in `extras`, becomes a comment with its line.
//!
//! The settings give the page that the plugin gave, also where the plugin takes its settings for something else than they
//! read: it counts a model that is `False`, and takes a key that is left out beside others for `False`. Comments say so.
//!
//! A password is never printed, nor is the text of code, which may hold one.

mod assigned;
mod error;
mod page;
mod python;
mod sections;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use crate::error::{Error, SyntaxError};

/// No `nautobot_config.py` is nearly as large, in bytes.
const LARGEST: u64 = 1 << 20;

/// [`translate`] for a file.
///
/// # Errors
/// It cannot be read, is larger than 1 MiB, or is not Python.
pub fn import(path: &Path) -> Result<String, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    let translated = text(&bytes).and_then(translate);
    translated.map_err(|fault| Error::Syntax { path: path.to_owned(), fault })
}

/// The settings file for the text of a `nautobot_config.py`.
///
/// # Errors
/// It is not Python: the line, and what is wrong there. What Python would refuse beyond brackets and strings may go
/// unnoticed.
pub fn translate(source: &str) -> Result<String, SyntaxError> {
    // Python takes all three for the end of a line, in strings, too.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source).replace("\r\n", "\n").replace('\r', "\n");
    let assigned = assigned::Assigned::by(&python::statements(&source)?);
    Ok(sections::page(&assigned))
}

fn text(bytes: &[u8]) -> Result<&str, SyntaxError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
        SyntaxError { line, reason: "not UTF-8".to_owned() }
    })
}
