use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What is known of the newest tasks: of more than `most`, the oldest is forgotten.
#[derive(Debug)]
pub(crate) struct Known<T> {
    by_id: HashMap<Arc<str>, (u64, T)>,
    by_age: BTreeMap<u64, Arc<str>>,
    next: u64,
    most: usize,
}

impl<T> Known<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self { by_id: HashMap::new(), by_age: BTreeMap::new(), next: 0, most }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.by_id.get_mut(id).map(|(_, value)| value)
    }

    /// The task is the newest from now on. Returns what had to be forgotten for it.
    pub(crate) fn insert(&mut self, id: Arc<str>, value: T) -> Option<T> {
        let age = self.next;
        self.next += 1;
        if let Some((age, _)) = self.by_id.insert(Arc::clone(&id), (age, value)) {
            self.by_age.remove(&age);
        }
        self.by_age.insert(age, id);
        if self.by_age.len() > self.most { self.pop_oldest() } else { None }
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let (age, value) = self.by_id.remove(id)?;
        self.by_age.remove(&age);
        Some(value)
    }

    pub(crate) fn oldest(&self) -> Option<&T> {
        self.get(self.by_age.first_key_value()?.1)
    }

    pub(crate) fn pop_oldest(&mut self) -> Option<T> {
        let (_, id) = self.by_age.pop_first()?;
        self.by_id.remove(&id).map(|(_, value)| value)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_age.len()
    }
}
