//! What the log is told once, not on each scrape.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// How many names a line of the log has.
const NAMED: usize = 10;

/// What a collector found odd in its last run: the log gets a line when that changes.
#[derive(Debug, Default)]
pub(crate) struct News(Mutex<BTreeSet<String>>);

impl News {
    /// Takes note of all that is odd now, and returns it as one line if there is any and it was not the same before:
    /// the first ten names, and how many more there are.
    pub(crate) fn note(&self, odd: BTreeSet<String>) -> Option<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == odd {
            return None;
        }
        *known = odd;
        let named: Vec<&str> = known.iter().take(NAMED).map(String::as_str).collect();
        let line = named.join(", ");
        match known.len().saturating_sub(NAMED) {
            _ if known.is_empty() => None,
            0 => Some(line),
            more => Some(format!("{line} and {more} more")),
        }
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

    #[test]
    fn ten_are_named_and_the_others_counted() {
        let odd = |count: u8| (b'a'..b'a' + count).map(|name| char::from(name).to_string()).collect();
        let ten = "a, b, c, d, e, f, g, h, i, j";
        assert_eq!(News::default().note(odd(10)), Some(ten.to_owned()));
        assert_eq!(News::default().note(odd(13)), Some(format!("{ten} and 3 more")));
    }
}
