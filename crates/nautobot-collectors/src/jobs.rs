use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::Nautobot;

use crate::results::{Kind, Results};

static EXECUTION_STATUS: Family<Gauge, 2> = Family::gauge(
    "nautobot_job_execution_status",
    "Job completion status: 1 for the status of the newest result of that name, 0 for the others.",
    ["module", "status"],
);

static TASK_STATS: Family<Gauge, 3> = Family::gauge(
    "nautobot_job_task_stats",
    "Per job task statistics: the log entries of the newest result of that name, by grouping and in total.",
    ["module", "name", "status"],
);

static STOOD: Family<Gauge, 0> = Family::gauge(
    "nautobot_job_results_stood",
    "Whether the job results were not read for this page, because what was read before still stands.",
    [],
)
.experimental();

/// What became of the jobs: for each name the newest result, and its log entries.
///
/// `module` is the name of the results: a class path on Nautobot 1.x, the job's name since 2.0. Syncs of Git repositories
/// are left to [`GitRepositories`](crate::GitRepositories), also those that have not started.
///
/// A run is one statement, and none when its tables have not changed (see [`Reuse`](nautobot_db::Reuse)): a few narrow columns of all results, and the log entries of the newest ones by their index
/// (Nautobot 1.0 and 1.1: the `data` of the newest ones). It returns a row for each
/// grouping and total, of groupings at most 1,000 of a result, and 100,000 in all: totals first, then groupings by name.
///
/// Series: 5 (1.x) or 7 for each name that has ever run, and 4 for each grouping of its newest result and the total.
/// Beyond the collector's limit the groupings go first, then the totals.
#[derive(Debug)]
pub struct Jobs(Results);

impl Jobs {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        Self(Results::new(nautobot, Kind::Job))
    }
}

impl Collector for Jobs {
    fn name(&self) -> &str {
        "jobs"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![TASK_STATS.descriptor(), EXECUTION_STATUS.descriptor(), STOOD.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let newest = self.0.newest(out).await?;
        // What is beyond the limit of series is dropped: never a status or a total for the sake of groupings.
        for total in newest.tallies.iter().filter(|tally| tally.is_total()) {
            total.push_status(out, &EXECUTION_STATUS);
        }
        for tally in newest.tallies.iter() {
            tally.push_counts(out, &TASK_STATS);
        }
        out.gauge(&STOOD, [], newest.stood);
        Ok(())
    }
}
