use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Error, Feature, Nautobot, Schema, TextRow};

use super::source::{Source, Statement};
use crate::grants::Needs;

static ENTRIES: Family<Gauge, 1> = Family::gauge(
    "nautobot_job_log_entries",
    "Log entries of job results that Nautobot keeps, by level. Levels that the Nautobot line does not know are counted as \"other\".",
    ["level"],
)
.experimental();

pub(crate) const NEEDS: Needs = &[("extras_joblogentry", &["log_level"])];

/// `LogLevelChoices` of Nautobot 1.x.
const LEVELS_1: &str = "('default'), ('success'), ('info'), ('warning'), ('failure')";

/// `LogLevelChoices` since Nautobot 2.0; `success` and `failure` were missing until 2.4.
const LEVELS_2: &str = "('debug'), ('info'), ('success'), ('warning'), ('failure'), ('error'), ('critical')";

/// How many log entries there are: `nautobot_job_log_entries{level}`.
///
/// `level` is `info`, `success`, `warning`, `failure` or, on Nautobot 1.x, `default`, since 2.0 `debug`, `error` and
/// `critical`; `other` is for what the line does not know. Nautobot 1.0 and 1.1, which have no such table, give no samples.
///
/// A run is one statement, which reads all of an index or of `extras_joblogentry`: 100 to 250 ms of half a million entries;
/// none when that table has not changed. Series: 5 (1.x) or 7, and one of other levels.
#[derive(Debug)]
pub struct JobLogEntries(Source<Vec<(String, i64)>>);

impl JobLogEntries {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        let statement = Statement { needs: NEEDS, sql, of_rows: |rows| rows.iter().map(level).collect() };
        Self(Source::new(nautobot, statement))
    }
}

fn sql(schema: &Schema) -> Option<String> {
    let levels = if schema.has(Feature::CompletedResults) { LEVELS_1 } else { LEVELS_2 };
    let counts = include_str!("job_log_entries.sql");
    schema.has(Feature::JobLogEntry).then(|| format!("WITH known (level) AS (VALUES {levels})\n{counts}"))
}

fn level(row: &TextRow) -> Result<(String, i64), Error> {
    Ok((row.text("level")?.unwrap_or_default().to_owned(), row.number("entries")?.unwrap_or_default()))
}

impl Collector for JobLogEntries {
    fn name(&self) -> &str {
        "job_log_entries"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![ENTRIES.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        for (level, entries) in self.0.read(out).await?.iter().flat_map(|levels| levels.iter()) {
            out.gauge(&ENTRIES, [level], *entries);
        }
        Ok(())
    }
}
