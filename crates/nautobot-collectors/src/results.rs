//! The results that stand for jobs and repositories, of any Nautobot line, and the samples they make.

use std::collections::BTreeSet;
use std::sync::Arc;

use metrics_core::{Family, Gauge, Samples};
use nautobot_db::{Error, Feature, Line, Nautobot, Schema, TextRow};

use crate::grants::Needs;
use crate::last_read::LastRead;
use crate::news::News;

/// What a result may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Job,
    GitRepository,
}

/// Reads the results of one kind of run.
#[derive(Debug)]
pub(crate) struct Results {
    nautobot: Nautobot,
    kind: Kind,
    last: LastRead<Vec<Tally>>,
    malformed: News,
    cut: News,
}

/// The newest results: first the total of each, then their groupings.
#[derive(Clone, Debug)]
pub(crate) struct Newest {
    pub(crate) tallies: Arc<Vec<Tally>>,
    /// Whether they were read for an earlier page and still stand.
    pub(crate) stood: bool,
}

/// What a result says of one of its groupings, or in total; each result has exactly one total. A row of
/// `results/log_entries.sql` or `results/data.sql`.
#[derive(Debug)]
pub(crate) struct Tally {
    /// What `module` is the name of.
    pub(crate) kind: Kind,
    module: Arc<str>,
    status: Arc<str>,
    statuses: &'static [&'static str],
    task: Box<str>,
    /// How many log entries stand for each of [`TASK_STATUSES`]; `None` is no number.
    counts: [Option<i64>; 4],
}

/// `LIMIT` of the statements for the groupings of one result.
const MAX_GROUPINGS: usize = 1_000;

/// `LIMIT` of the statements for all rows: a few tens of megabytes, and twice the series that a collector may have
/// unless its settings say otherwise.
const MAX_ROWS: usize = 100_000;

/// `JobResultStatusChoices` of Nautobot 1.x.
const STATUSES_1: &[&str] = &["pending", "running", "completed", "errored", "failed"];

/// `celery.states.ALL_STATES`, which Nautobot has used since 2.0.
const STATUSES_2: &[&str] = &["FAILURE", "PENDING", "RECEIVED", "RETRY", "REVOKED", "STARTED", "SUCCESS"];

/// In the order of the columns.
const TASK_STATUSES: [&str; 4] = ["success", "warning", "failure", "info"];

/// What the statements read in this line.
pub(crate) fn needs(schema: &Schema) -> Needs {
    match (schema.has(Feature::TaskResults), schema.has(Feature::JobLogEntry)) {
        (true, _) => &[
            (
                "extras_jobresult",
                &["id", "name", "status", "date_created", "task_name", "task_kwargs", "job_model_id"],
            ),
            ("extras_joblogentry", &["job_result_id", "grouping", "log_level"]),
            ("extras_job", &["id", "module_name", "job_class_name"]),
            ("extras_gitrepository", &["id", "name"]),
        ],
        (false, true) => &[
            ("extras_jobresult", &["id", "name", "status", "created", "obj_type_id"]),
            ("extras_joblogentry", &["job_result_id", "grouping", "log_level"]),
            ("django_content_type", &["id", "app_label", "model"]),
        ],
        (false, false) => &[
            ("extras_jobresult", &["id", "name", "status", "created", "obj_type_id", "data"]),
            ("django_content_type", &["id", "app_label", "model"]),
        ],
    }
}

macro_rules! statement {
    ($newest:literal, $tally:literal) => {
        concat!(include_str!($newest), include_str!($tally))
    };
}

impl Kind {
    /// As the column `kind` has it, and `django_content_type.model`.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::GitRepository => "gitrepository",
        }
    }

    fn statement(self, schema: &Schema) -> String {
        let has_tasks = schema.has(Feature::TaskResults);
        let has_log_entries = schema.has(Feature::JobLogEntry);
        let statement = match (self, has_tasks, has_log_entries) {
            (Self::Job, true, _) => statement!("results/newest_jobs.sql", "results/log_entries.sql"),
            (Self::GitRepository, true, _) => {
                statement!("results/newest_syncs.sql", "results/log_entries.sql")
            }
            (Self::Job, false, true) if schema.line() >= Line::new(1, 6) => {
                statement!("results/newest_1_6.sql", "results/log_entries.sql")
            }
            (_, false, true) => statement!("results/newest_1.sql", "results/log_entries.sql"),
            (_, false, false) => statement!("results/newest_1.sql", "results/data.sql"),
        };
        statement.replace("{kind}", self.as_str())
    }
}

impl Results {
    pub(crate) fn new(nautobot: Nautobot, kind: Kind) -> Self {
        Self { nautobot, kind, last: LastRead::default(), malformed: News::default(), cut: News::default() }
    }

    /// What still stands of an earlier reading, or else one statement in the time that the run has left.
    pub(crate) async fn newest(&self, out: &Samples) -> Result<Newest, Error> {
        let glance = self.nautobot.glance(out.elapsed(), out.time_left()).await?;
        if let Some(tallies) = self.last.standing(&glance) {
            return Ok(Newest { tallies, stood: true });
        }
        let schema = glance.schema();
        let statuses = if schema.has(Feature::TaskResults) { STATUSES_2 } else { STATUSES_1 };
        let rows = self.nautobot.query(&self.kind.statement(schema), out.time_left()).await?;
        let tallies = rows.iter().map(|row| Tally::of_row(row, statuses)).collect::<Result<_, Error>>()?;
        let tallies: Arc<Vec<Tally>> = self.last.replace(&glance, tallies, needs(schema));
        self.log_odd(&tallies);
        Ok(Newest { tallies, stood: false })
    }

    /// Logs which counts are no numbers and what was too much to read, when these are others than before.
    fn log_odd(&self, tallies: &[Tally]) {
        let malformed = tallies.iter().filter(|tally| tally.counts.contains(&None));
        let malformed = malformed.map(|tally| format!("{:?} of {:?}", tally.task, tally.module)).collect();
        if let Some(tasks) = self.malformed.note(malformed) {
            tracing::warn!(tasks, "job results whose data lacks counts, which are left out");
        }
        if let Some(modules) = self.cut.note(cut(tallies)) {
            tracing::warn!(
                modules,
                "results with as many groupings as are read at most; their totals include all"
            );
        }
    }
}

impl Tally {
    pub(crate) fn is_total(&self) -> bool {
        &*self.task == "total"
    }

    /// Pushes 1 for the status that the result has and 0 for the others; one that is not in the list comes after them.
    pub(crate) fn push_status(&self, out: &mut Samples, family: &Family<Gauge, 2>) {
        for &status in self.statuses {
            out.gauge(family, [&self.module, status], *status == *self.status);
        }
        if !self.statuses.contains(&&*self.status) {
            out.gauge(family, [&self.module, &self.status], 1);
        }
    }

    /// Pushes the four counts.
    pub(crate) fn push_counts(&self, out: &mut Samples, family: &Family<Gauge, 3>) {
        for (status, count) in TASK_STATUSES.iter().zip(self.counts) {
            if let Some(count) = count {
                out.gauge(family, [&self.module, &self.task, status], count);
            }
        }
    }

    fn of_row(row: &TextRow, statuses: &'static [&'static str]) -> Result<Self, Error> {
        let text = |column| Ok::<_, Error>(row.text(column)?.unwrap_or_default());
        // 'job', and 'sync' for a job that syncs repositories, are of one kind here.
        let kind = match text("kind")? {
            "gitrepository" => Kind::GitRepository,
            _ => Kind::Job,
        };
        let mut counts = [None; 4];
        for (count, status) in counts.iter_mut().zip(TASK_STATUSES) {
            *count = row.number(status)?;
        }
        let (module, status, task) = (text("name")?.into(), text("status")?.into(), text("task")?.into());
        Ok(Self { kind, module, status, statuses, task, counts })
    }
}

/// The results of which the statement may have left groupings out, and whether it may have left out more.
fn cut(tallies: &[Tally]) -> BTreeSet<String> {
    let groupings = tallies.iter().filter(|tally| !tally.is_total());
    let mut cut = BTreeSet::new();
    // Those of one result follow one another.
    for result in groupings.collect::<Vec<_>>().chunk_by(|a, b| (a.kind, &a.module) == (b.kind, &b.module)) {
        if let [first, ..] = result
            && result.len() >= MAX_GROUPINGS
        {
            cut.insert(format!("{:?}", first.module));
        }
    }
    if tallies.len() >= MAX_ROWS {
        cut.insert(format!("the last of {MAX_ROWS} rows"));
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_statements() {
        let log_entries = include_str!("results/log_entries.sql");
        let data = include_str!("results/data.sql");
        // The total of a result is a row beside its groupings.
        assert!(log_entries.contains(&format!("LIMIT {}\n", MAX_GROUPINGS + 1)));
        assert!(data.contains(&format!("LIMIT {MAX_GROUPINGS}\n")));
        for statement in [log_entries, data] {
            assert!(statement.ends_with(&format!("LIMIT {MAX_ROWS}\n")));
        }
    }

    fn tally(module: &str, task: &str) -> Tally {
        let (module, status, task) = (module.into(), "SUCCESS".into(), task.into());
        Tally { kind: Kind::Job, module, status, statuses: STATUSES_2, task, counts: [Some(0); 4] }
    }

    #[test]
    fn a_result_with_as_many_groupings_as_are_read_is_named() {
        let mut tallies = vec![tally("few", "total"), tally("many", "total"), tally("few", "a")];
        tallies.extend((1..MAX_GROUPINGS).map(|_| tally("many", "b")));
        assert_eq!(cut(&tallies), BTreeSet::new());
        tallies.push(tally("many", "c"));
        assert_eq!(cut(&tallies), BTreeSet::from(["\"many\"".to_owned()]));
    }
}
