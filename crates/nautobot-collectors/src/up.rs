use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::Nautobot;
use tokio::time::Instant;

static UP: Family<Gauge, 0> = Family::gauge("nautobot_app_up", "Whether Nautobot's database answers.", []);

/// Tells whether the database answers: `nautobot_app_up`, one series. It never fails.
///
/// A run is one empty transaction: two round trips. When all connections of the budget are in use, an answer to
/// any of them counts.
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
        let asked = Instant::now();
        // The rest is for saying 0.
        let patience = out.time_left().mul_f64(0.9);
        let answer = self.nautobot.ping(patience).await;
        if let Err(error) = &answer {
            tracing::debug!(%error, "no answer to a ping");
        }
        out.gauge(&UP, [], answer.is_ok() || self.nautobot.answered_since(asked));
        Ok(())
    }
}
