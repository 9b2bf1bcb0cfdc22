//! Settings files, with the line of every key.

mod json;
mod toml;

use std::collections::BTreeMap;
use std::path::Path;

use super::error::{Place, SettingsError};
use super::key::Key;
use super::layer::{Layer, Source};

/// Reads a file; the ending of its name tells the format.
pub(super) fn read(path: &Path) -> Result<Layer, SettingsError> {
    let parse = match path.extension().and_then(|ending| ending.to_str()) {
        Some("toml") => toml::parse,
        Some("json") => json::parse,
        _ => return Err(SettingsError::Ending { path: path.to_owned() }),
    };
    let text = std::fs::read_to_string(path)
        .map_err(|reason| SettingsError::Unreadable { path: path.to_owned(), reason })?;
    let mut lines = Lines::new(&text);
    let values = parse(&text, &mut lines).map_err(|Syntax { offset, reason }| {
        let place = Place::File { path: path.to_owned(), line: lines.at(offset) };
        SettingsError::Syntax { place, reason }
    })?;
    Ok(Layer { source: Source::File(path.to_owned()), values, lines: lines.of_keys })
}

/// A parser's complaint, in words that quote nothing of the file.
struct Syntax {
    offset: usize,
    reason: String,
}

/// The lines of a text, and on which of them each key stands.
struct Lines {
    ends: Vec<usize>,
    of_keys: BTreeMap<Key, usize>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(offset, _)| offset).collect();
        Self { ends, of_keys: BTreeMap::new() }
    }

    /// The line of a byte, from 1.
    fn at(&self, offset: usize) -> usize {
        self.ends.partition_point(|&end| end < offset) + 1
    }

    fn note(&mut self, key: &Key, offset: usize) {
        let line = self.at(offset);
        self.of_keys.insert(key.clone(), line);
    }
}
