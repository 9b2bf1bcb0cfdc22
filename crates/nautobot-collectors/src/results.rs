//! The results that stand for jobs and repositories, of any Nautobot line, and the samples they make.

use std::collections::BTreeSet;

use metrics_core::{Family, Gauge, Samples};
use nautobot_db::types::{ToSql, Type};
use nautobot_db::{Error, Feature, Nautobot, Row, Schema};

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
    malformed: News,
}

/// The newest results, as rows of `results/log_entries.sql` or `results/data.sql`.
pub(crate) struct Newest {
    rows: Vec<Row>,
    statuses: &'static [&'static str],
}

/// The newest result of one name, or of one repository.
pub(crate) struct Outcome<'a> {
    /// What `module` is the name of.
    pub(crate) kind: Kind,
    module: &'a str,
    status: &'a str,
    statuses: &'static [&'static str],
    tasks: Vec<Task<'a>>,
}

/// How many log entries of a grouping, or of all, stand for each of [`TASK_STATUSES`]; `None` is no number.
struct Task<'a> {
    name: &'a str,
    counts: [Option<i64>; 4],
}

/// `JobResultStatusChoices` of Nautobot 1.x.
const STATUSES_1: &[&str] = &["pending", "running", "completed", "errored", "failed"];

/// `celery.states.ALL_STATES`, which Nautobot has used since 2.0.
const STATUSES_2: &[&str] = &["FAILURE", "PENDING", "RECEIVED", "RETRY", "REVOKED", "STARTED", "SUCCESS"];

/// In the order of the columns.
const TASK_STATUSES: [&str; 4] = ["success", "warning", "failure", "info"];

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

    fn statement(self, schema: &Schema) -> &'static str {
        let has_tasks = schema.has(Feature::TaskResults);
        let has_log_entries = schema.has(Feature::JobLogEntry);
        match (self, has_tasks, has_log_entries) {
            (Self::Job, true, _) => statement!("results/newest_jobs.sql", "results/log_entries.sql"),
            (Self::GitRepository, true, _) => {
                statement!("results/newest_syncs.sql", "results/log_entries.sql")
            }
            (_, false, true) => statement!("results/newest_1.sql", "results/log_entries.sql"),
            (_, false, false) => statement!("results/newest_1.sql", "results/data.sql"),
        }
    }
}

impl Results {
    pub(crate) fn new(nautobot: Nautobot, kind: Kind) -> Self {
        Self { nautobot, kind, malformed: News::default() }
    }

    /// Reads with one statement, in the time that the run has left.
    pub(crate) async fn newest(&self, out: &Samples) -> Result<Newest, Error> {
        let schema = self.nautobot.schema(out.time_left()).await?;
        let has_tasks = schema.has(Feature::TaskResults);
        let statuses = if has_tasks { STATUSES_2 } else { STATUSES_1 };
        let model = self.kind.as_str();
        let content_type: &[(&(dyn ToSql + Sync), Type)] = &[(&model, Type::TEXT)];
        let parameters = if has_tasks { &[] } else { content_type };

        let reading = self.nautobot.read(out.time_left()).await?;
        let rows = reading.query(self.kind.statement(&schema), parameters).await?;
        reading.finish().await?;
        Ok(Newest { rows, statuses })
    }

    /// Logs which counts are no numbers, when these are others than before.
    pub(crate) fn log_malformed(&self, outcomes: &[Outcome<'_>]) {
        let malformed: BTreeSet<String> = outcomes.iter().flat_map(Outcome::malformed).collect();
        if let Some(tasks) = self.malformed.note(malformed) {
            tracing::warn!(tasks, "job results whose data lacks counts, which are left out");
        }
    }
}

impl Newest {
    /// Puts the rows of each result together, which follow one another.
    pub(crate) fn outcomes(&self) -> Result<Vec<Outcome<'_>>, Error> {
        let mut outcomes: Vec<Outcome<'_>> = Vec::new();
        for row in &self.rows {
            let row = Outcome::of_row(row, self.statuses)?;
            match outcomes.last_mut() {
                Some(last) if (last.kind, last.module) == (row.kind, row.module) => {
                    last.tasks.extend(row.tasks);
                }
                _ => outcomes.push(row),
            }
        }
        Ok(outcomes)
    }
}

impl<'a> Outcome<'a> {
    /// Pushes 1 for the status it has and 0 for the others; a status that is not in the list comes after them.
    pub(crate) fn push_status(&self, out: &mut Samples, family: &Family<Gauge, 2>) {
        for &status in self.statuses {
            out.gauge(family, [self.module, status], status == self.status);
        }
        if !self.statuses.contains(&self.status) {
            out.gauge(family, [self.module, self.status], 1);
        }
    }

    /// Pushes the four counts of each grouping and of `total`.
    pub(crate) fn push_tasks(&self, out: &mut Samples, family: &Family<Gauge, 3>) {
        for task in &self.tasks {
            for (status, count) in TASK_STATUSES.iter().zip(task.counts) {
                if let Some(count) = count {
                    out.gauge(family, [self.module, task.name, status], count);
                }
            }
        }
    }

    fn of_row(row: &'a Row, statuses: &'static [&'static str]) -> Result<Self, Error> {
        let kind = match row.try_get::<_, &str>("kind")? {
            "gitrepository" => Kind::GitRepository,
            _ => Kind::Job,
        };
        let mut counts = [None; 4];
        for (count, status) in counts.iter_mut().zip(TASK_STATUSES) {
            *count = row.try_get(status)?;
        }
        let task = Task { name: row.try_get("task")?, counts };
        let (module, status) = (row.try_get("name")?, row.try_get("status")?);
        Ok(Self { kind, module, status, statuses, tasks: vec![task] })
    }

    fn malformed(&self) -> impl Iterator<Item = String> {
        let odd = self.tasks.iter().filter(|task| task.counts.contains(&None));
        odd.map(|task| format!("{:?} of {:?}", task.name, self.module))
    }
}
