//! What a collector read last, for as long as it stands.

use std::sync::{Arc, Mutex, PoisonError};

use nautobot_db::{Glance, Kept};

use crate::grants::Needs;

/// What was made of the rows of one statement, when it was last run.
#[derive(Debug)]
pub(crate) struct LastRead<T>(Mutex<Option<Kept<Arc<T>>>>);

impl<T> LastRead<T> {
    /// It, if it still stands by this glance.
    pub(crate) fn standing(&self, now: &Glance) -> Option<Arc<T>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.stands(now)).map(|kept| kept.value().clone())
    }

    /// Takes the place of what was read before: a value that was read from these tables after this glance.
    pub(crate) fn replace(&self, glance: &Glance, value: T, needs: Needs) -> Arc<T> {
        let value = Arc::new(value);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = glance.keep(value.clone(), &tables(needs));
        value
    }
}

impl<T> Default for LastRead<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

/// The tables among what is needed.
pub(crate) fn tables(needs: Needs) -> Vec<&'static str> {
    needs.iter().map(|(table, _)| *table).collect()
}
