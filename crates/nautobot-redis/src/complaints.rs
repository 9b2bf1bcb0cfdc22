use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// How many of the things that are left out one line of the log names.
const MAX_SHOWN: usize = 10;

/// What one call had to leave out, and why.
#[derive(Debug, Default)]
pub struct Complaints {
    lines: BTreeSet<String>,
}

impl Complaints {
    /// Notes why the value of a key is left out; `why` reads on from the name of the key.
    pub fn add(&mut self, key: &[u8], why: &str) {
        self.lines.insert(format!("key `{}` {why}", key.escape_ascii()));
    }
}

/// What each kind of call has last left out.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<BTreeMap<&'static str, BTreeSet<String>>>);

impl Known {
    /// Logs what the previous call of this kind did not leave out yet.
    pub(crate) fn log(&self, target: &str, call: &'static str, complaints: Complaints) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry(call).or_default();
        let mut new = complaints.lines.difference(known).map(String::as_str);
        let mut shown: Vec<_> = new.by_ref().take(MAX_SHOWN).collect();
        let more = match new.count() {
            0 => String::new(),
            more => format!("and {more} more"),
        };
        shown.extend(Some(more.as_str()).filter(|more| !more.is_empty()));
        if !shown.is_empty() {
            tracing::warn!(redis = target, "left out: {}", shown.join("; "));
        }
        *known = complaints.lines;
    }
}
