use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::Nautobot;

use crate::results::{Kind, Results};

static EXECUTION_STATUS: Family<Gauge, 2> = Family::gauge(
    "nautobot_gitrepository_execution_status",
    "Git repository completion status: 1 for the status of the repository's newest sync, 0 for the others.",
    ["module", "status"],
);

static TASK_STATS: Family<Gauge, 3> = Family::gauge(
    "nautobot_gitrepository_task_stats",
    "Per Git repository task statistics: the log entries of the repository's newest sync, by grouping and in total.",
    ["module", "name", "status"],
);

static JOB_EXECUTION_STATUS: Family<Gauge, 2> = Family::gauge(
    "nautobot_git_repository_execution_status",
    "Git_Repository completion status (Nautobot 2 and later): 1 for the status of the newest result of a job that \
     syncs Git repositories, whichever repository it was for, 0 for the others.",
    ["module", "status"],
);

static STOOD: Family<Gauge, 0> = Family::gauge(
    "nautobot_gitrepository_results_stood",
    "Whether the results of syncs were not read for this page, because what was read before still stands.",
    [],
)
.experimental();

/// What became of the syncs and dry runs of Git repositories: for each repository the newest one, and its log entries.
///
/// On Nautobot 1.x `module` is the name of the results, which is the repository's when it was synced. Since 2.0 results
/// carry the name of the job, as `nautobot_git_repository_execution_status` shows it; the repository is found by the
/// `repository` among the job's arguments, and shown as long as it exists.
///
/// A run is one statement, and none when its tables have not changed (see [`Reuse`](nautobot_db::Reuse)): a few narrow columns of all syncs, and the log entries of the newest ones by their index
/// (Nautobot 1.0 and 1.1: the `data` of the newest ones). It returns a row for each
/// grouping and total, of groupings at most 1,000 of a result, and 100,000 in all: totals first, then groupings by name.
///
/// Series: 5 (1.x) or 7 for each repository and, since 2.0, for each name of a job; 4 for each grouping of a
/// repository's newest sync and the total. Beyond the collector's limit the groupings go first, then the totals.
#[derive(Debug)]
pub struct GitRepositories(Results);

impl GitRepositories {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        Self(Results::new(nautobot, Kind::GitRepository))
    }
}

impl Collector for GitRepositories {
    fn name(&self) -> &str {
        "gitrepositories"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![
            TASK_STATS.descriptor(),
            EXECUTION_STATUS.descriptor(),
            JOB_EXECUTION_STATUS.descriptor(),
            STOOD.descriptor(),
        ]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let newest = self.0.newest(out).await?;
        // What is beyond the limit of series is dropped: never a status or a total for the sake of groupings.
        for total in newest.tallies.iter().filter(|tally| tally.is_total()) {
            total.push_status(
                out,
                match total.kind {
                    Kind::Job => &JOB_EXECUTION_STATUS,
                    Kind::GitRepository => &EXECUTION_STATUS,
                },
            );
        }
        for tally in newest.tallies.iter().filter(|tally| tally.kind == Kind::GitRepository) {
            tally.push_counts(out, &TASK_STATS);
        }
        out.gauge(&STOOD, [], newest.stood);
        Ok(())
    }
}
