//! `collect[]` and `exclude[]`: which collectors a request asks for.

use std::collections::BTreeSet;

use metrics_core::{Registry, Selection};

/// What a query string may be wrong about; the text goes to the client.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueryError {
    #[error("collect[] and exclude[] exclude each other; give one of them")]
    Both,
    #[error("there is no collector `{name}` here; there are: {known}")]
    Unknown { name: String, known: String },
}

/// The selection that a query string asks for; other parameters are ignored.
pub(super) fn selection(query: Option<&str>, registry: &Registry) -> Result<Selection, QueryError> {
    let (mut collect, mut exclude) = (BTreeSet::new(), BTreeSet::new());
    for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let names = match &*key {
            "collect[]" => &mut collect,
            "exclude[]" => &mut exclude,
            _ => continue,
        };
        if !registry.names().any(|name| name == value) {
            let known: Vec<&str> = registry.names().collect();
            return Err(QueryError::Unknown { name: value.into_owned(), known: known.join(", ") });
        }
        names.insert(value.into_owned());
    }
    match (collect.is_empty(), exclude.is_empty()) {
        (true, true) => Ok(Selection::All),
        (false, true) => Ok(Selection::Only(with_up(collect))),
        (true, false) => Ok(Selection::Except(without_up(exclude))),
        (false, false) => Err(QueryError::Both),
    }
}

/// Whether the backend is up is said on every page.
fn with_up(mut names: BTreeSet<String>) -> BTreeSet<String> {
    names.insert(crate::UP.to_owned());
    names
}

fn without_up(mut names: BTreeSet<String>) -> BTreeSet<String> {
    names.remove(crate::UP);
    names
}
