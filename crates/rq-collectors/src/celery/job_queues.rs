use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics_core::Samples;
use nautobot_db::{Error, Kept, Nautobot};
use tokio::time::Instant;

/// Where Nautobot keeps its job queues (2.4 and later).
const TABLE: &str = "extras_jobqueue";

/// How long the database has: other numbers of the page wait for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a database is left alone that has just failed.
const PAUSE: Duration = Duration::from_secs(60);

/// Names, and what tells whether they are still the same.
type Read = (BTreeSet<String>, Option<Kept<()>>);

/// The job queues that a Nautobot offers, used or not.
///
/// They are configuration: when the database does not answer, they are those that it told last, and that is logged once.
#[derive(Debug)]
pub struct JobQueues {
    nautobot: Nautobot,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    names: BTreeSet<String>,
    kept: Option<Kept<()>>,
    failed_at: Option<Instant>,
}

impl JobQueues {
    /// Asks this database.
    pub fn new(nautobot: Nautobot) -> Self {
        Self { nautobot, known: Mutex::default() }
    }

    /// Those that were told last.
    pub(crate) fn known(&self) -> BTreeSet<String> {
        self.state().names.clone()
    }

    /// Costs a statement, and a second one when job queues have changed. Half of the time that is left and a second at most, once
    /// a minute while that is not enough.
    pub(crate) async fn names(&self, out: &Samples) -> BTreeSet<String> {
        let is_pausing = self.state().failed_at.is_some_and(|at| at.elapsed() < PAUSE);
        if !is_pausing {
            let read = self.read(out.elapsed(), PATIENCE.min(out.time_left() / 2)).await;
            self.state().take(read);
        }
        self.known()
    }

    /// `None` if nothing has changed.
    async fn read(&self, asked: Duration, within: Duration) -> Result<Option<Read>, Error> {
        let glance = self.nautobot.glance(asked, within).await?;
        if self.state().kept.as_ref().is_some_and(|kept| kept.stands(&glance)) {
            return Ok(None);
        }
        let mut names = BTreeSet::new();
        if glance.schema().has_table(TABLE) {
            for row in self.nautobot.query(include_str!("job_queues.sql"), within).await? {
                names.extend(row.text("name")?.map(str::to_owned));
            }
        }
        Ok(Some((names, glance.keep((), &[TABLE]))))
    }

    fn state(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn take(&mut self, read: Result<Option<Read>, Error>) {
        let failed_before = self.failed_at.take().is_some();
        match read {
            Ok(Some((names, kept))) => (self.names, self.kept) = (names, kept),
            Ok(None) => {}
            Err(error) => {
                if !failed_before {
                    tracing::warn!(
                        "nautobot's job queues cannot be read; those that were read before are shown: {error}"
                    );
                }
                self.failed_at = Some(Instant::now());
            }
        }
    }
}
