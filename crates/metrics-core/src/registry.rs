//! The collectors of an exporter, and how a scrape runs them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::claims::{Claims, Clash};
use crate::collector::{BoxCollector, Collector};
use crate::deadline::after;
use crate::descriptor::Descriptor;
use crate::flight::{Entry, Ticket};
use crate::gathered::Gathered;
use crate::limits::Limits;

/// The collectors of one exporter.
///
/// It keeps them apart: each runs in a task of its own with its own deadline, and one that fails, hangs or panics loses
/// its own samples only. It also keeps the page valid: families that clash are refused when they are registered, and a run
/// that emits a family it did not describe, or a series twice, is refused whole.
///
/// ```
/// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Limits, Registry, Samples, Scrape};
/// # use std::time::Duration;
/// # static ANSWER: Family<Gauge, 0> = Family::gauge("acme_answer", "The answer.", []);
/// # struct Answer;
/// # impl Collector for Answer {
/// #     fn name(&self) -> &str { "answer" }
/// #     fn describe(&self) -> Vec<Descriptor> { vec![ANSWER.descriptor()] }
/// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
/// #         out.gauge(&ANSWER, [], 42);
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut registry = Registry::new();
/// registry.register(Answer, Limits::default())?;
///
/// let gathered = registry.gather(&Scrape::within(Duration::from_secs(5))).await;
/// assert!(gathered.runs().all(|run| run.outcome().is_success()));
/// assert_eq!(gathered.families().count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Registry {
    entries: Vec<Arc<Entry>>,
    claims: Arc<Mutex<Claims>>,
}

/// One request for samples.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scrape {
    /// How long it may take.
    pub time: Duration,
    /// Which collectors it asks for.
    pub selection: Selection,
}

/// Which collectors a scrape asks for, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// All that are registered.
    #[default]
    All,
    /// These.
    Only(BTreeSet<String>),
    /// All but these.
    Except(BTreeSet<String>),
}

/// Why a collector was not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name is not `[a-z][a-z0-9_]*`.
    #[error("`{0}` is not a collector's name: lower-case letters, digits and `_`, starting with a letter")]
    Name(String),
    /// A collector of this name is registered already.
    #[error("a collector named `{0}` is already registered")]
    DuplicateName(String),
    /// Two families would print under one name.
    #[error("family `{family}` of `{collector}` clashes with family `{other_family}` of `{other_collector}`")]
    Clash {
        /// The collector that was refused.
        collector: String,
        /// Its family.
        family: String,
        /// The collector that holds the name.
        other_collector: String,
        /// The family that holds it.
        other_family: String,
    },
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a collector.
    ///
    /// # Errors
    /// Its name is taken or malformed, or one of its families clashes with one that is there. Nothing is added then.
    pub fn register(&mut self, collector: impl Collector, limits: Limits) -> Result<(), RegisterError> {
        let collector = BoxCollector::new(collector);
        let name = collector.name().to_owned();
        if !is_collector_name(&name) {
            return Err(RegisterError::Name(name));
        }
        if self.entries.iter().any(|entry| *entry.name == *name) {
            return Err(RegisterError::DuplicateName(name));
        }
        self.reserve(&name, &collector.describe())?;
        self.entries.push(Arc::new(Entry::new(collector, limits, Arc::clone(&self.claims))));
        Ok(())
    }

    /// Keeps the names of these families for `owner`, which is no collector: an exporter's families about itself.
    ///
    /// # Errors
    /// A collector describes a family that clashes with one of them.
    pub fn reserve(&mut self, owner: &str, families: &[Descriptor]) -> Result<(), RegisterError> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        claims.claim(owner, families).map_err(|Clash { family, other_family, other_owner }| {
            RegisterError::Clash {
                collector: owner.to_owned(),
                family,
                other_collector: other_owner,
                other_family,
            }
        })
    }

    /// The collectors' names with the families that each describes now, in the order of registration.
    pub fn describe(&self) -> impl ExactSizeIterator<Item = (&str, Vec<Descriptor>)> {
        self.entries.iter().map(|entry| (&*entry.name, entry.collector.describe()))
    }

    /// The collectors' names, in the order of registration.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.name)
    }

    /// Runs the collectors that `scrape` selects, side by side, and never takes longer than it allows.
    ///
    /// A collector that is already running for another scrape is joined instead of run twice. Dropping the future gives
    /// the results up; a run that nobody waits for any more is cancelled.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn gather(&self, scrape: &Scrape) -> Gathered {
        let start = Instant::now();
        let deadline = after(start, scrape.time);
        let selected = self.entries.iter().filter(|entry| scrape.selection.contains(&entry.name));
        let tickets: Vec<Ticket> = selected.map(|entry| entry.board(start, deadline)).collect();
        let runs = join_all(tickets.into_iter().map(Ticket::redeem)).await;
        Gathered { runs, elapsed: start.elapsed() }
    }
}

impl Scrape {
    /// A scrape of all collectors that may take this long.
    pub fn within(time: Duration) -> Self {
        Self { time, selection: Selection::All }
    }

    /// The same, for these collectors only.
    #[must_use]
    pub fn of(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }
}

impl Selection {
    /// Whether it includes the collector of this name.
    pub fn contains(&self, collector: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(collector),
            Self::Except(names) => !names.contains(collector),
        }
    }
}

fn is_collector_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
