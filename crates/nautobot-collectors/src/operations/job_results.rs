use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Error, Nautobot, TextRow};

use super::source::{Source, Statement};
use super::{RESULT_COLUMNS, results};
use crate::grants::Needs;

static RESULTS: Family<Gauge, 2> = Family::gauge(
    "nautobot_job_results",
    "Job results that Nautobot keeps, by status and queue. No queue is said on Nautobot 1.x and of jobs that were not \
     sent to one by name; beyond the 100 with most results, queues are counted as \"other\".",
    ["status", "queue"],
)
.experimental();

pub(crate) const NEEDS: Needs = &[("extras_jobresult", RESULT_COLUMNS)];

/// How many job results there are: `nautobot_job_results{status,queue}`.
///
/// `status` is what the result says, one that its Nautobot line does not know included. `queue` is the queue that the job
/// was sent to (`celery_kwargs`, since Nautobot 2.0); it is empty where none is said.
///
/// A run is one statement, which reads all of `extras_jobresult` and sends a row for each series; none when that table has
/// not changed. Series: 5 (1.x) or 7 statuses for each queue, zeros included, and what other statuses there are; of queues
/// at most 101.
#[derive(Debug)]
pub struct JobResults(Source<Vec<Counted>>);

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
            sql: |schema| Some([results(schema), include_str!("job_results.sql")].concat()),
            of_rows: |rows| rows.iter().map(Counted::of_row).collect(),
        };
        Self(Source::new(nautobot, statement))
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
        for counted in self.0.read(out).await?.iter().flat_map(|counted| counted.iter()) {
            out.gauge(&RESULTS, [&counted.status, &counted.queue], counted.results);
        }
        Ok(())
    }
}
