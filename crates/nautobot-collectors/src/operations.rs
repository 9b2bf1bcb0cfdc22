//! What an operator of Nautobot asks beyond the plugin's numbers: each a collector of its own, off unless wanted, with
//! labels of which there are few.

mod approvals;
mod clock;
mod job_durations;
mod job_log_entries;
mod job_results;
mod object_changes;
mod schedules;
mod source;
mod unfinished_results;

use metrics_core::BoxCollector;
use nautobot_db::{Feature, Nautobot, Schema};

use crate::grants::Needs;

pub use approvals::Approvals;
pub use job_durations::JobDurations;
pub use job_log_entries::JobLogEntries;
pub use job_results::JobResults;
pub use object_changes::ObjectChanges;
pub use schedules::Schedules;
pub use unfinished_results::UnfinishedResults;

/// Each of them.
pub(crate) fn all(nautobot: &Nautobot) -> impl Iterator<Item = BoxCollector> {
    let nautobot = || nautobot.clone();
    let all = [
        BoxCollector::new(Approvals::new(nautobot())),
        BoxCollector::new(JobDurations::new(nautobot())),
        BoxCollector::new(JobLogEntries::new(nautobot())),
        BoxCollector::new(JobResults::new(nautobot())),
        BoxCollector::new(ObjectChanges::new(nautobot())),
        BoxCollector::new(Schedules::new(nautobot())),
        BoxCollector::new(UnfinishedResults::new(nautobot())),
    ];
    all.into_iter()
}

/// What a role has to be allowed for all of these.
pub(crate) const NEEDS: [Needs; 7] = [
    approvals::NEEDS,
    job_durations::NEEDS,
    job_log_entries::NEEDS,
    job_results::NEEDS,
    object_changes::NEEDS,
    schedules::NEEDS,
    unfinished_results::NEEDS,
];

/// What [`results`] reads of `extras_jobresult`.
const RESULT_COLUMNS: &[&str] = &[
    "id",
    "name",
    "status",
    "created",
    "completed",
    "date_created",
    "date_started",
    "date_done",
    "celery_kwargs",
];

/// The beginning of a statement over job results: `known` are the statuses they can have, `result` the results, with the
/// same columns on every line.
fn results(schema: &Schema) -> String {
    if schema.has(Feature::CompletedResults) {
        return include_str!("operations/result_1.sql").to_owned();
    }
    let has_start = schema.has_column("extras_jobresult", "date_started");
    let started = if has_start { "coalesce(date_started, date_created)" } else { "date_created" };
    include_str!("operations/result_2.sql").replace("{started}", started)
}
