use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::Nautobot;

static UP: Family<Gauge, 0> = Family::gauge("nautobot_app_up", "Whether Nautobot's database answers.", []);

/// Tells that the database answers: `nautobot_app_up 1`, one series. When it does not, the run fails with the reason,
/// and it is for whoever makes the page to say 0: a failure is neither kept nor taken for an answer by other scrapes.
///
/// A run is one empty transaction: one round trip. When all connections of the budget are in use, an answer to
/// any of them counts; see [`Nautobot::ping`].
#[derive(Debug)]
pub struct Up {
    nautobot: Nautobot,
}

impl Up {
    /// Asks this database.
    pub fn new(nautobot: Nautobot) -> Self {
        Self { nautobot }
    }
}

impl Collector for Up {
    fn name(&self) -> &str {
        "up"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![UP.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        self.nautobot.ping(out.time_left()).await?;
        out.gauge(&UP, [], 1);
        Ok(())
    }
}
