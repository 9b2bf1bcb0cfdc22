use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use rq_model::Rq;
use tokio::time::Instant;

static UP: Family<Gauge, 0> = Family::gauge("nautobot_rq_up", "Whether RQ's Redis answers.", []);

/// Tells that Redis lets us in and answers: `nautobot_rq_up 1`, one series. Without an answer it fails, which the page
/// of an exporter shows as 0.
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
        if let Err(error) = self.rq.ping(out.time_left()).await
            && !self.rq.answered_since(asked)
        {
            return Err(error.into());
        }
        out.gauge(&UP, [], true);
        Ok(())
    }
}
