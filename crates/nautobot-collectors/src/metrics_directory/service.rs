//! A file that is served: its statement run when it is due, and what came of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nautobot_db::{Nautobot, Schema};
use tokio::time::Instant;

use super::file::File;
use super::statement::{self, Columns, Rows};

/// For how long a statement that does not fit the database is not tried again.
const PAUSE: Duration = Duration::from_secs(60);

/// One version of a file.
pub(super) struct Service {
    file: File,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    columns: Option<Columns>,
    /// The last success, for as long as the file's interval says.
    kept: Option<Arc<Answer>>,
    /// When the database refused it, and why.
    refused: Option<(Instant, String)>,
    has_failed: bool,
    told: Option<String>,
}

/// What a run brought.
pub(super) struct Answer {
    pub(super) rows: Rows,
    at: Instant,
    pub(super) duration: Duration,
}

/// What became of a file in one scrape.
pub(super) enum Outcome {
    Success {
        answer: Arc<Answer>,
        /// Zero, unless it was kept from an earlier scrape.
        age: Duration,
    },
    /// A table that it requires is not there.
    Skipped(String),
    Failed {
        reason: String,
        duration: Duration,
    },
}

impl Service {
    pub(super) fn new(file: File) -> Self {
        Self { file, state: Mutex::default() }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Whether it failed when it was last run: such files are run after the others.
    pub(super) fn has_failed(&self) -> bool {
        self.state().has_failed
    }

    /// Runs the statement if it is due, until `deadline` at most.
    pub(super) async fn run(
        &self,
        nautobot: &Nautobot,
        schema: Result<Option<Arc<Schema>>, String>,
        deadline: Instant,
    ) -> Outcome {
        let start = Instant::now();
        let failed = |reason| Outcome::Failed { reason, duration: start.elapsed() };
        match schema {
            _ if self.file.requires.is_empty() => {}
            Err(reason) => return failed(reason),
            Ok(schema) => {
                let is_missing =
                    |table: &&String| schema.as_ref().is_some_and(|schema| !schema.has_table(table));
                if let Some(missing) = self.file.requires.iter().find(is_missing) {
                    return Outcome::Skipped(format!("table {missing} is not there"));
                }
            }
        }
        if let Some(known) = self.known() {
            return known;
        }
        let within = deadline.saturating_duration_since(start).min(self.file.timeout);
        if within.is_zero() {
            return failed(
                "no time was left for it: raise scrape.timeout, or give slow files an interval".to_owned(),
            );
        }
        let mut columns = self.state().columns.clone();
        let read = statement::read(nautobot, &self.file, &mut columns, within).await;
        let mut state = self.state();
        state.has_failed = read.is_err();
        match read {
            Ok(rows) => {
                let answer = Arc::new(Answer { rows, at: Instant::now(), duration: start.elapsed() });
                state.columns = columns;
                state.kept = (!self.file.interval.is_zero()).then(|| answer.clone());
                Outcome::Success { answer, age: Duration::ZERO }
            }
            Err(refusal) => {
                let reason = refusal.to_string();
                state.columns = None;
                state.refused = refusal.is_lasting().then(|| (Instant::now(), reason.clone()));
                failed(reason)
            }
        }
    }

    /// What is odd about this outcome, if it is other than what was odd before.
    pub(super) fn news(&self, outcome: &Outcome) -> Option<String> {
        let odd = match outcome {
            Outcome::Success { answer, .. } if answer.rows.truncated => {
                Some(format!("it has more than {} rows, of which the first are served", self.file.max_rows))
            }
            Outcome::Success { .. } => None,
            Outcome::Skipped(reason) | Outcome::Failed { reason, .. } => Some(reason.clone()),
        };
        let mut state = self.state();
        let is_news = state.told != odd;
        state.told.clone_from(&odd);
        odd.filter(|_| is_news)
    }

    /// What need not be asked: a success within the interval, a refusal that was just heard.
    fn known(&self) -> Option<Outcome> {
        let state = self.state();
        if let Some(answer) = state.kept.as_ref().filter(|kept| kept.at.elapsed() < self.file.interval) {
            return Some(Outcome::Success { answer: answer.clone(), age: answer.at.elapsed() });
        }
        let (at, reason) = state.refused.as_ref()?;
        let is_recent = at.elapsed() < PAUSE;
        is_recent.then(|| Outcome::Failed { reason: reason.clone(), duration: Duration::ZERO })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
