//! Which exchanges have bindings, as far as `SCAN` has told.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many exchanges are read: far more than there are anywhere.
pub(crate) const MAX_EXCHANGES: usize = 10_000;

/// Those that need not be found, as every worker binds the first two (`app/defaults.py`, kombu's `pidbox.py`), and Celery and
/// Nautobot call their queues by the others unless they are told otherwise.
const USUAL: [&[u8]; 4] = [b"celery.pidbox", b"celeryev", b"celery", b"default"];

/// How long a pass rests after each step, once one was whole; and while nothing of Celery's is known.
const REST: Duration = Duration::from_secs(5);
const LONG_REST: Duration = Duration::from_mins(1);

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
    /// Whether the last step was a pass: the database is so small that none needs to rest.
    is_small: bool,
    /// When the last step was made.
    stepped: Option<Instant>,
    known: BTreeSet<Vec<u8>>,
}

impl Exchanges {
    pub(crate) fn cursor(&self) -> u64 {
        self.lock().cursor
    }

    /// Where the next step begins, if it is time for it.
    pub(crate) fn due(&self) -> Option<u64> {
        let state = self.lock();
        let is_celery = !state.known.is_empty();
        let rest = if is_celery { REST } else { LONG_REST };
        let is_rested = state.stepped.is_none_or(|stepped| stepped.elapsed() >= rest);
        let begins = state.cursor == 0 && (is_celery || state.is_small);
        (is_rested || begins).then_some(state.cursor)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.lock().is_whole
    }

    pub(crate) fn known(&self) -> BTreeSet<Vec<u8>> {
        self.lock().known.clone()
    }

    /// Those that are known and those that may be there.
    pub(crate) fn to_ask(&self) -> BTreeSet<Vec<u8>> {
        let mut exchanges = self.known();
        exchanges.extend(USUAL.map(<[u8]>::to_vec));
        exchanges
    }

    /// Takes over what the step from `from` found, and where the next one begins.
    pub(crate) fn found(&self, from: u64, next: u64, exchanges: impl IntoIterator<Item = Vec<u8>>) {
        let mut state = self.lock();
        state.stepped = Some(Instant::now());
        for exchange in exchanges {
            // One more, to tell that they are too many.
            if state.known.len() <= MAX_EXCHANGES {
                state.known.insert(exchange);
            }
        }
        // Another call may have been faster.
        if state.cursor == from {
            state.cursor = next;
            state.is_small = from == 0 && next == 0;
            state.is_whole |= next == 0;
        }
    }

    /// Takes over whether one has bindings.
    pub(crate) fn set(&self, exchange: &[u8], is_there: bool) {
        let mut state = self.lock();
        if !is_there {
            state.known.remove(exchange);
        } else if !state.known.contains(exchange) {
            state.known.insert(exchange.to_vec());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Exchanges, LONG_REST, MAX_EXCHANGES, REST};

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
        exchanges.set(b"b", false);
        exchanges.set(b"x", false);
        assert_eq!(exchanges.known(), [name("a"), name("c")].into());
    }

    #[tokio::test]
    async fn a_pass_rests_after_each_step_and_longer_without_celery() {
        tokio::time::pause();
        let exchanges = Exchanges::default();
        assert_eq!(exchanges.due(), Some(0));
        exchanges.found(0, 0, []);
        assert_eq!(exchanges.due(), Some(0), "one step is a pass");
        exchanges.found(0, 5, []);
        exchanges.found(5, 0, []);
        assert_eq!(exchanges.due(), None);
        tokio::time::advance(LONG_REST).await;
        assert_eq!(exchanges.due(), Some(0));
        exchanges.set(b"celeryev", true);
        assert_eq!(exchanges.due(), Some(0), "another pass");
        exchanges.found(0, 5, []);
        assert_eq!(exchanges.due(), None);
        tokio::time::advance(REST).await;
        assert_eq!(exchanges.due(), Some(5));
    }

    #[test]
    fn more_than_are_read_are_not_kept() {
        let exchanges = Exchanges::default();
        exchanges.found(0, 0, (0..2 * MAX_EXCHANGES).map(|exchange| name(&exchange.to_string())));
        assert_eq!(exchanges.known().len(), MAX_EXCHANGES + 1);
    }
}
