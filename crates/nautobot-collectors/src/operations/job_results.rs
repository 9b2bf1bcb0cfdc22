use std::collections::BTreeSet;

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Error, Nautobot, TextRow};

use super::source::{Source, Statement};
use super::{RESULT_COLUMNS, results};
use crate::grants::Needs;
use crate::news::News;

static RESULTS: Family<Gauge, 2> = Family::gauge(
    "nautobot_job_results",
    "Job results that Nautobot keeps, by status and queue. No queue is said on Nautobot 1.x and of jobs that were not \
     sent to one by name; beyond the 100 with most results, queues are counted as \"other\".",
    ["status", "queue"],
)
.experimental();

/// `LIMIT` of the statement, which only statuses that Nautobot does not know can reach.
const MAX_ROWS: usize = 10_000;

pub(crate) const NEEDS: Needs = &[("extras_jobresult", RESULT_COLUMNS)];

/// How many job results there are: `nautobot_job_results{status,queue}`.
///
/// `status` is what the result says, one that its Nautobot line does not know included. `queue` is the queue that the job
/// was sent to (`celery_kwargs`, since Nautobot 2.0); it is empty where none is said.
///
/// A run is one statement, which reads all of `extras_jobresult` and sends a row for each series; none when that table has
/// not changed. Series: 5 (1.x) or 7 statuses for each queue, zeros included, and what other statuses there are; of queues
/// at most 101, and of series 10,000, which the log says.
#[derive(Debug)]
pub struct JobResults {
    source: Source<Vec<Counted>>,
    cut: News,
}

#[derive(Debug)]
struct Counted {
    status: String,
    queue: String,
    results: i64,
}

impl JobResults {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        let statement = Statement {
            needs: NEEDS,
            sql: |schema| Some(results(schema) + include_str!("job_results.sql")),
            of_rows: |rows| rows.iter().map(Counted::of_row).collect(),
        };
        Self { source: Source::new(nautobot, statement), cut: News::default() }
    }
}

impl Counted {
    fn of_row(row: &TextRow) -> Result<Self, Error> {
        Ok(Self {
            status: row.text("status")?.unwrap_or_default().to_owned(),
            queue: row.text("queue")?.unwrap_or_default().to_owned(),
            results: row.number("results")?.unwrap_or_default(),
        })
    }
}

impl Collector for JobResults {
    fn name(&self) -> &str {
        "job_results"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![RESULTS.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let Some(counted) = self.source.read(out).await? else { return Ok(()) };
        for Counted { status, queue, results } in counted.iter() {
            out.gauge(&RESULTS, [status, queue], *results);
        }
        if let Some(after) = self.cut.note(cut(&counted)) {
            tracing::warn!(
                after,
                "more statuses of job results than are read, those of later queues are left out"
            );
        }
        Ok(())
    }
}

/// The last row, if the statement may have left out others.
fn cut(counted: &[Counted]) -> BTreeSet<String> {
    let last = counted.get(MAX_ROWS - 1).into_iter();
    last.map(|last| format!("{:?} on queue {:?}", last.status, last.queue)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_that_of_the_statement() {
        assert!(include_str!("job_results.sql").ends_with(&format!("LIMIT {MAX_ROWS}\n")));
    }

    #[test]
    fn what_is_cut_is_said() {
        let row = |n| Counted { status: format!("status {n}"), queue: "q".to_owned(), results: 1 };
        let mut counted: Vec<_> = (1..MAX_ROWS).map(row).collect();
        assert_eq!(cut(&counted), BTreeSet::new());
        counted.push(row(MAX_ROWS));
        assert_eq!(cut(&counted), BTreeSet::from(["\"status 10000\" on queue \"q\"".to_owned()]));
    }
}
