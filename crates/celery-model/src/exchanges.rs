//! Which exchanges have bindings, as far as `SCAN` has told.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many exchanges are read: far more than there are anywhere.
pub(crate) const MAX_EXCHANGES: usize = 10_000;

/// What is known from call to call. kombu keeps no list of its exchanges, and to walk over all keys of a large database
/// takes longer than a scrape may, so that each call goes on with the walk of the last one.
#[derive(Debug, Default)]
pub(crate) struct Exchanges(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Where the next step begins; 0 is the beginning of a pass.
    cursor: u64,
    /// Whether some pass has come to its end.
    is_whole: bool,
    known: BTreeSet<Vec<u8>>,
}

impl Exchanges {
    pub(crate) fn cursor(&self) -> u64 {
        self.lock().cursor
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.lock().is_whole
    }

    pub(crate) fn known(&self) -> BTreeSet<Vec<u8>> {
        self.lock().known.clone()
    }

    /// Takes over what the step from `from` found, and where the next one begins.
    pub(crate) fn found(&self, from: u64, next: u64, exchanges: impl IntoIterator<Item = Vec<u8>>) {
        let mut state = self.lock();
        for exchange in exchanges {
            // One more, to tell that they are too many.
            if state.known.len() <= MAX_EXCHANGES {
                state.known.insert(exchange);
            }
        }
        // Another call may have been faster.
        if state.cursor == from {
            state.cursor = next;
            state.is_whole |= next == 0;
        }
    }

    /// Forgets those whose bindings are gone.
    pub(crate) fn forget<'a>(&self, gone: impl IntoIterator<Item = &'a Vec<u8>>) {
        let mut state = self.lock();
        for exchange in gone {
            state.known.remove(exchange);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Exchanges, MAX_EXCHANGES};

    fn name(exchange: &str) -> Vec<u8> {
        exchange.as_bytes().to_vec()
    }

    #[test]
    fn a_pass_goes_on_where_the_last_step_stopped() {
        let exchanges = Exchanges::default();
        exchanges.found(0, 7, [name("a")]);
        assert_eq!((exchanges.cursor(), exchanges.is_whole()), (7, false));
        // Two calls at once make the same step.
        exchanges.found(7, 9, [name("b")]);
        exchanges.found(7, 8, [name("c")]);
        assert_eq!((exchanges.cursor(), exchanges.is_whole()), (9, false));
        exchanges.found(9, 0, [name("b")]);
        assert_eq!((exchanges.cursor(), exchanges.is_whole()), (0, true));
        assert_eq!(exchanges.known(), [name("a"), name("b"), name("c")].into());
        exchanges.forget([&name("b"), &name("x")]);
        assert_eq!(exchanges.known(), [name("a"), name("c")].into());
    }

    #[test]
    fn more_than_are_read_are_not_kept() {
        let exchanges = Exchanges::default();
        exchanges.found(0, 0, (0..2 * MAX_EXCHANGES).map(|exchange| name(&exchange.to_string())));
        assert_eq!(exchanges.known().len(), MAX_EXCHANGES + 1);
    }
}
