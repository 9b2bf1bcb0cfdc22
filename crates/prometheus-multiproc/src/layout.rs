//! The bytes of a file, in the byte order of the machine:
//!
//! ```text
//! 0  i32  used: the bytes in use, this header included; 0 before anything is written
//! 4       4 unused bytes
//! 8       records up to `used`, each:
//!           i32  length of the key
//!                key, then 1 to 8 spaces up to a multiple of 8 from the file's start
//!           f64  value
//!           f64  when it was set, in Unix seconds; only written by clients from 0.18 on
//! ```
//!
//! The file is larger than that, filled up with zeros. Nothing says which of the two layouts of a record it has.

use crate::Reason;

pub(crate) const HEADER: usize = 8;

/// Reads `used` off the start of a file.
pub(crate) fn used(contents: &[u8]) -> Result<usize, Reason> {
    let used = contents.first_chunk().ok_or(Reason::CutOff)?;
    usize::try_from(i32::from_ne_bytes(*used)).map_err(|_| Reason::Layout)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Clients before 0.18.
    Value,
    /// Clients from 0.18 on.
    ValueAndTime,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub key: &'a [u8],
    pub value: f64,
    /// 0 if unknown.
    pub timestamp: f64,
}

impl Layout {
    /// A file has the first one that fits.
    pub(crate) const ALL: [Self; 2] = [Self::ValueAndTime, Self::Value];

    /// Whether every key begins like one and the last record ends where the bytes end. Read in the other layout, the
    /// second record's length is some of its key's text, which is a number far too large; and a single record ends
    /// elsewhere.
    pub(crate) fn fits(self, records: &[u8]) -> bool {
        self.records(records).all(|record| record.is_some())
    }

    /// The records, up to a `None` if what is left is none.
    pub(crate) fn records(self, records: &[u8]) -> impl Iterator<Item = Option<Record<'_>>> {
        Records { rest: records, layout: self }
    }

    fn split_first(self, records: &[u8]) -> Option<(Record<'_>, &[u8])> {
        let (length, rest) = records.split_first_chunk()?;
        let length = usize::try_from(i32::from_ne_bytes(*length)).ok()?;
        let (padded, rest) = rest.split_at_checked(length + 8 - (length + 4) % 8)?;
        let key = padded.get(..length).filter(|key| key.starts_with(b"[\""))?;
        let (value, rest) = rest.split_first_chunk()?;
        let (timestamp, rest) = match self {
            Self::Value => (&[0; 8], rest),
            Self::ValueAndTime => rest.split_first_chunk()?,
        };
        let (value, timestamp) = (f64::from_ne_bytes(*value), f64::from_ne_bytes(*timestamp));
        Some((Record { key, value, timestamp }, rest))
    }
}

struct Records<'a> {
    rest: &'a [u8],
    layout: Layout,
}

impl<'a> Iterator for Records<'a> {
    type Item = Option<Record<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let record = self.layout.split_first(self.rest);
        self.rest = record.map_or(&[], |(_, rest)| rest);
        Some(record.map(|(record, _)| record))
    }
}
