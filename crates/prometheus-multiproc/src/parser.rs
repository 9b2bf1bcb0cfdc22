use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::Reason;
use crate::keys::{Key, Strings};
use crate::layout::{self, Layout};

/// The number of a key: a parser counts those that it meets, and a [`Merge`](crate::Merge) those of all parsers.
pub(crate) type KeyId = u32;

/// A record of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub key: KeyId,
    pub value: f64,
    /// When it was set, in Unix seconds; 0 if that is not known.
    pub timestamp: f64,
}

/// Makes records out of files. Each key is read once: most files of a directory have the same keys, in the same order.
#[derive(Debug)]
pub(crate) struct Parser {
    max_keys: usize,
    keys: Vec<Known>,
    by_text: HashMap<Arc<[u8]>, KeyId, RandomState>,
    /// The key that the last file began with.
    first: KeyId,
    new: Vec<NewKey>,
    strings: Strings,
}

#[derive(Debug)]
struct Known {
    text: Arc<[u8]>,
    /// The key that came after this one last time.
    next: KeyId,
}

/// A key, and the text that stands for it in files.
pub(crate) type NewKey = (Arc<[u8]>, Key);

impl Parser {
    pub(crate) fn new(max_keys: usize) -> Self {
        Self {
            max_keys,
            keys: Vec::new(),
            by_text: HashMap::default(),
            first: 0,
            new: Vec::new(),
            strings: Strings::default(),
        }
    }

    /// Appends the records of a file, or nothing if it is no good.
    pub(crate) fn parse(&mut self, contents: &[u8], records: &mut Vec<Record>) -> Result<(), Reason> {
        let used = layout::used(contents)?;
        if used <= layout::HEADER {
            return Ok(());
        }
        let bytes = contents.get(layout::HEADER..used).ok_or(Reason::CutOff)?;
        let start = records.len();
        let mut parsed = Err(Reason::Layout);
        for layout in Layout::ALL {
            if parsed == Err(Reason::Layout) {
                records.truncate(start);
                parsed = self.parse_as(layout, bytes, records);
            }
        }
        if parsed.is_err() {
            records.truncate(start);
        }
        parsed
    }

    fn parse_as(&mut self, layout: Layout, bytes: &[u8], records: &mut Vec<Record>) -> Result<(), Reason> {
        let mut previous = None;
        for record in layout.records(bytes) {
            let record = record.ok_or(Reason::Layout)?;
            let key = match self.find(record.key, previous) {
                Err(_) if !layout.fits(bytes) => return Err(Reason::Layout),
                found => found?,
            };
            previous = Some(key);
            records.push(Record { key, value: record.value, timestamp: record.timestamp });
        }
        Ok(())
    }

    /// The keys that were met since this was last asked, in the order of their numbers.
    pub(crate) fn take_new(&mut self) -> Vec<NewKey> {
        std::mem::take(&mut self.new)
    }

    #[inline]
    fn find(&mut self, text: &[u8], previous: Option<KeyId>) -> Result<KeyId, Reason> {
        let expected = match previous {
            None => self.first,
            Some(previous) => self.keys.get(previous as usize).map_or(0, |key| key.next),
        };
        if self.keys.get(expected as usize).is_some_and(|key| *key.text == *text) {
            return Ok(expected);
        }
        let id = match self.by_text.get(text) {
            Some(id) => *id,
            None => self.learn(text)?,
        };
        match previous.map(|previous| self.keys.get_mut(previous as usize)) {
            None => self.first = id,
            Some(Some(key)) => key.next = id,
            Some(None) => {}
        }
        Ok(id)
    }

    fn learn(&mut self, text: &[u8]) -> Result<KeyId, Reason> {
        if self.keys.len() >= self.max_keys {
            return Err(Reason::TooLarge);
        }
        let id = KeyId::try_from(self.keys.len()).map_err(|_| Reason::TooLarge)?;
        let key = Key::parse(text, &mut self.strings).ok_or(Reason::Key)?;
        let text: Arc<[u8]> = text.into();
        self.keys.push(Known { text: Arc::clone(&text), next: 0 });
        self.by_text.insert(Arc::clone(&text), id);
        self.new.push((text, key));
        Ok(id)
    }
}
