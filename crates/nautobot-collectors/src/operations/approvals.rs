use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Error, Nautobot, Schema, TextRow};

use super::source::{Source, Statement};
use crate::grants::Needs;

static PENDING: Family<Gauge, 0> = Family::gauge(
    "nautobot_approvals_pending",
    "Requests that wait for somebody's approval: approval workflows since Nautobot 3.0, scheduled jobs before.",
    [],
)
.experimental();

pub(crate) const NEEDS: Needs = &[
    ("extras_approvalworkflow", &["current_state"]),
    ("extras_scheduledjob", &["approval_required", "approved_at"]),
];

/// How many requests wait for an approval: `nautobot_approvals_pending`, one series.
///
/// Since Nautobot 3.0 these are the approval workflows that are pending, whatever they are about; from 1.2 to 2.4
/// scheduled jobs that need an approval and have none. Nautobot 1.0 and 1.1, which know no approvals, give no sample.
///
/// A run is one statement, which reads all of `extras_approvalworkflow` or `extras_scheduledjob`; none when these tables
/// have not changed.
#[derive(Debug)]
pub struct Approvals(Source<i64>);

impl Approvals {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        Self(Source::new(nautobot, Statement { needs: NEEDS, sql, of_rows: pending }))
    }
}

fn sql(schema: &Schema) -> Option<String> {
    let sql = if schema.has_table("extras_approvalworkflow") {
        include_str!("approval_workflows.sql")
    } else if schema.has_column("extras_scheduledjob", "approved_at") {
        include_str!("approval_schedules.sql")
    } else {
        return None;
    };
    Some(sql.to_owned())
}

fn pending(rows: &[TextRow]) -> Result<i64, Error> {
    Ok(rows.first().map(|row| row.number("pending")).transpose()?.flatten().unwrap_or_default())
}

impl Collector for Approvals {
    fn name(&self) -> &str {
        "approvals"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![PENDING.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        if let Some(pending) = self.0.read(out).await? {
            out.gauge(&PENDING, [], *pending);
        }
        Ok(())
    }
}
