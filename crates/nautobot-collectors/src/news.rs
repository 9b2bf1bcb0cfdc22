//! Saying something once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// What a collector found odd in its last run: the log gets a line when that changes, not on each scrape.
#[derive(Debug, Default)]
pub(crate) struct News(Mutex<BTreeSet<String>>);

impl News {
    /// Takes note of all that is odd now, and returns it as one line if there is any and it was not the same before.
    pub(crate) fn note(&self, odd: BTreeSet<String>) -> Option<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == odd {
            return None;
        }
        *known = odd;
        let all: Vec<&str> = known.iter().map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_news() {
        let news = News::default();
        let odd = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(news.note(odd(&[])), None);
        assert_eq!(news.note(odd(&["a", "b"])), Some("a, b".to_owned()));
        assert_eq!(news.note(odd(&["a", "b"])), None);
        assert_eq!(news.note(odd(&["b"])), Some("b".to_owned()));
        assert_eq!(news.note(odd(&[])), None);
        assert_eq!(news.note(odd(&["b"])), Some("b".to_owned()));
    }
}
