//! Dotted keys.

use std::fmt;

/// The path to a setting: `database.host`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<String>);

impl Key {
    pub(super) fn dotted(text: &str) -> Self {
        Self(text.split('.').map(str::to_owned).collect())
    }

    pub(super) fn segments(&self) -> &[String] {
        &self.0
    }

    pub(super) fn join(&self, segment: impl Into<String>) -> Self {
        let mut key = self.clone();
        key.0.push(segment.into());
        key
    }

    pub(super) fn parent(&self) -> Option<Self> {
        let (_, parent) = self.0.split_last()?;
        Some(Self(parent.to_vec()))
    }

    pub(super) fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    pub(super) fn starts_with(&self, prefix: &Self) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// `database.password` of `database.password_file`.
    pub(super) fn without_file_suffix(&self) -> Option<Self> {
        let stem = self.last().strip_suffix("_file").filter(|stem| !stem.is_empty())?;
        Some(self.parent()?.join(stem))
    }
}

impl FromIterator<String> for Key {
    fn from_iter<I: IntoIterator<Item = String>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
