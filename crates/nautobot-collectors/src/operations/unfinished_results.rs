use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Error, Nautobot, TextRow};

use super::clock::Clock;
use super::source::{Source, Statement};
use super::{RESULT_COLUMNS, results};
use crate::grants::Needs;

static OLDEST: Family<Gauge, 1> = Family::gauge(
    "nautobot_job_results_oldest_unfinished_age_seconds",
    "Time since the oldest result was created that is in this status and has not finished; 0 when there is none.",
    ["status"],
)
.experimental();

pub(crate) const NEEDS: Needs = &[("extras_jobresult", RESULT_COLUMNS)];

/// How long jobs have been waiting or running: `nautobot_job_results_oldest_unfinished_age_seconds{status}`.
///
/// `status` is `pending` or `running` on Nautobot 1.x, since 2.0 `PENDING`, `RECEIVED`, `STARTED` or `RETRY`: a queue that
/// nobody serves shows as an age of `PENDING`, a worker that died as one of `STARTED`. Ages are by the database
/// server's clock.
///
/// A run is one statement, which looks at the oldest results of each of these statuses by an index (before Nautobot 1.5, at
/// all results); none when `extras_jobresult` has not changed. Series: 2 (1.x) or 4.
#[derive(Debug)]
pub struct UnfinishedResults(Source<Unfinished>);

#[derive(Debug)]
struct Unfinished {
    clock: Clock,
    /// Statuses, with when the oldest result was created.
    oldest: Vec<(String, Option<f64>)>,
}

impl UnfinishedResults {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        let statement = Statement {
            needs: NEEDS,
            sql: |schema| Some(results(schema) + include_str!("unfinished_results.sql")),
            of_rows: Unfinished::of_rows,
        };
        Self(Source::new(nautobot, statement))
    }
}

impl Unfinished {
    fn of_rows(rows: &[TextRow]) -> Result<Self, Error> {
        let oldest = |row: &TextRow| {
            Ok::<_, Error>((row.text("status")?.unwrap_or_default().to_owned(), row.number("created")?))
        };
        Ok(Self { clock: Clock::of_rows(rows)?, oldest: rows.iter().map(oldest).collect::<Result<_, _>>()? })
    }
}

impl Collector for UnfinishedResults {
    fn name(&self) -> &str {
        "unfinished_results"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![OLDEST.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let Some(unfinished) = self.0.read(out).await? else { return Ok(()) };
        for (status, created) in &unfinished.oldest {
            let age = created.map_or(0.0, |created| unfinished.clock.since(created));
            out.gauge(&OLDEST, [status], age);
        }
        Ok(())
    }
}
