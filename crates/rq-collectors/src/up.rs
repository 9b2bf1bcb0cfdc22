use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use rq_model::Rq;
use tokio::time::Instant;

static UP: Family<Gauge, 0> = Family::gauge("nautobot_rq_up", "Whether RQ's Redis answers.", []);

/// Tells whether Redis lets us in and answers: `nautobot_rq_up`, one series. It never fails.
///
/// A run is one round trip. When all connections are in use, an answer to any of them counts.
#[derive(Debug)]
pub struct Up {
    rq: Rq,
}

impl Up {
    /// Asks this Redis.
    pub fn new(rq: Rq) -> Self {
        Self { rq }
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
        let answer = self.rq.ping(patience).await;
        if let Err(error) = &answer {
            tracing::debug!(%error, "no answer to a ping");
        }
        out.gauge(&UP, [], answer.is_ok() || self.rq.answered_since(asked));
        Ok(())
    }
}
