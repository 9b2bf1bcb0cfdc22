use std::collections::{HashSet, VecDeque};

/// As many as kombu remembers (`_fanout_compat_dedup_size`).
const REMEMBERED: usize = 1000;

/// Tells what comes twice: behind Sentinels, kombu 5.7 may publish each message to two channels, for those who listen to one of them
/// (`sentinel_fanout_compat`).
#[derive(Debug, Default)]
pub(crate) struct Echoes {
    tags: HashSet<String>,
    order: VecDeque<String>,
}

impl Echoes {
    /// Whether this message has come before, not too long ago.
    pub(crate) fn is_one(&mut self, tag: &str) -> bool {
        if !self.tags.insert(tag.to_owned()) {
            return true;
        }
        self.order.push_back(tag.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.tags.remove(&oldest);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_soon_is_an_echo() {
        let mut echoes = Echoes::default();
        assert!(!echoes.is_one("first") && echoes.is_one("first"));
        assert!((1..REMEMBERED).all(|tag| !echoes.is_one(&tag.to_string())));
        assert!(echoes.is_one("first"));
        assert!(!echoes.is_one("last"));
        assert!(!echoes.is_one("first"), "forgotten");
        assert_eq!((echoes.tags.len(), echoes.order.len()), (REMEMBERED, REMEMBERED));
    }
}
