use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::Nautobot;

use crate::grants::Needs;

static CHANGES: Family<Gauge, 1> = Family::gauge(
    "nautobot_object_changes_last_hour",
    "Changes of objects that Nautobot's change log has of the last hour, by what was done.",
    ["action"],
)
.experimental();

pub(crate) const NEEDS: Needs = &[("extras_objectchange", &["time", "action"])];

const ACTIONS: [&str; 4] = ["create", "update", "delete", "other"];

/// How much is being changed: `nautobot_object_changes_last_hour{action}`.
///
/// `action` is `create`, `update` or `delete`; `other` is for what Nautobot does not know. The hour ends now, by the
/// database server's clock, so it is read anew each time.
///
/// A run is one statement, which reads that hour's rows of `extras_objectchange` by an index. Series: 4.
#[derive(Debug)]
pub struct ObjectChanges {
    nautobot: Nautobot,
}

impl ObjectChanges {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        Self { nautobot }
    }
}

impl Collector for ObjectChanges {
    fn name(&self) -> &str {
        "object_changes"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![CHANGES.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let rows = self.nautobot.query(include_str!("object_changes.sql"), out.time_left()).await?;
        for row in &rows {
            for action in ACTIONS {
                out.gauge(&CHANGES, [action], row.number::<i64>(action)?.unwrap_or_default());
            }
        }
        Ok(())
    }
}
