use std::sync::{Mutex, PoisonError};

use metrics_core::{CollectError, Collector, Descriptor, Family, Histogram, Samples};
use nautobot_db::{Error, Kept, Nautobot, Schema};

use super::{RESULT_COLUMNS, results};
use crate::grants::Needs;
use crate::last_read::tables;

mod observed;

use observed::{Cursor, Finished, Observed};

static DURATION: Family<Histogram, 2> = Family::histogram(
    "nautobot_job_run_duration_seconds",
    "How long jobs ran that finished since this exporter first looked, by the name of the result and its status.",
    ["module", "status"],
)
.experimental();

pub(crate) const NEEDS: Needs = &[("extras_jobresult", RESULT_COLUMNS)];

/// How long jobs run: the histogram `nautobot_job_run_duration_seconds{module,status}` of the results that finished since
/// the first run of this collector, so that `rate()` over it works as over any histogram.
///
/// `module` is the name of the result, as in `nautobot_job_execution_status`. A run begins when a worker started it
/// (`date_started`, since a late 2.4), else when the result was created, which includes the time it waited in a queue; one
/// that ended before it began, by two clocks that differ, counts as 0 seconds. Each result is counted once, when it is
/// seen with the time it finished: also if it was committed up to 5 minutes after that time.
///
/// A run is one statement, which reads the results that finished in the last 5 minutes, or since the run before, by an
/// index (before Nautobot 1.3, all results); none when `extras_jobresult` has not changed and no result says that it finishes
/// more than 5 minutes from now. It reads at most 10,000, and the
/// next run goes on from there. Series: 11 for each name and status, of which there may be 1,000 pairs; results beyond
/// are counted under the module `other`.
#[derive(Debug)]
pub struct JobDurations {
    nautobot: Nautobot,
    observed: Mutex<Observed>,
    /// That all there is has been read, and that time alone brings no more.
    complete: Mutex<Option<Kept<()>>>,
}

impl JobDurations {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        Self { nautobot, observed: Mutex::default(), complete: Mutex::default() }
    }

    /// Counts what has finished since the last time.
    async fn observe(&self, out: &Samples) -> Result<(), Error> {
        let glance = self.nautobot.glance(out.elapsed(), out.time_left()).await?;
        if lock(&self.complete).as_ref().is_some_and(|complete| complete.stands(&glance)) {
            return Ok(());
        }
        let sql = statement(glance.schema(), lock(&self.observed).cursor());
        let rows = self.nautobot.query(&sql, out.time_left()).await?;
        let finished = Finished::of_rows(&rows)?;
        let is_complete = lock(&self.observed).add(finished);
        *lock(&self.complete) = glance.keep((), &tables(NEEDS)).filter(|_| is_complete);
        Ok(())
    }
}

impl Collector for JobDurations {
    fn name(&self) -> &str {
        "job_durations"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![DURATION.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        self.observe(out).await?;
        for ((module, status), buckets) in lock(&self.observed).durations() {
            out.histogram(&DURATION, [module, status], buckets.clone());
        }
        Ok(())
    }
}

fn statement(schema: &Schema, cursor: Option<Cursor>) -> String {
    let (since, after) = match cursor {
        Some(Cursor { done, id }) => {
            (format!("(timestamptz 'epoch' + interval '1 microsecond' * {done})"), id)
        }
        None => ("now()".to_owned(), u128::MAX),
    };
    let finished = include_str!("job_durations/finished.sql").replace("$since", &since);
    results(schema) + &finished.replace("$after", &format!("uuid '{after:032x}'"))
}

fn lock<T>(state: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
