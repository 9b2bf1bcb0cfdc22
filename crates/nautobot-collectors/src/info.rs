use metrics_core::{CollectError, Collector, Descriptor, Family, Info as Facts, Samples};
use nautobot_db::Nautobot;

static INFO: Family<Facts, 2> = Family::info(
    "nautobot_info",
    "The Nautobot line of the database, and what tells it.",
    ["line", "source"],
);

/// Which Nautobot this is: `nautobot_info{line="3.2",source="schema"} 1`, one series. It is the line that the database's
/// schema is of, which is the newest line known for a newer one; the exact version is in no database.
///
/// A run costs no statement of its own: it takes the look that all collectors of a scrape share (see
/// [`Nautobot::glance`]).
#[derive(Debug)]
pub struct Info {
    nautobot: Nautobot,
}

impl Info {
    /// Tells the line of this database.
    pub fn new(nautobot: Nautobot) -> Self {
        Self { nautobot }
    }
}

impl Collector for Info {
    fn name(&self) -> &str {
        "info"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![INFO.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let glance = self.nautobot.glance(out.elapsed(), out.time_left()).await?;
        out.info(&INFO, [&glance.schema().line().to_string(), "schema"]);
        Ok(())
    }
}
