use futures_util::future::{try_join, try_join_all};
use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use tokio::time::Instant;

use crate::Brokers;

static UP: Family<Gauge, 0> =
    Family::gauge("nautobot_rq_up", "Whether the Redis of RQ and Celery answers.", []);

/// Tells that Redis lets us in and answers: `nautobot_rq_up 1`, one series. Without an answer it fails, which the page
/// of an exporter shows as 0.
///
/// A run is one round trip; with several servers, all have to answer. When all connections are in use, an answer to any of them counts.
#[derive(Debug)]
pub struct Up {
    brokers: Brokers,
}

impl Up {
    /// Asks these.
    pub fn new(brokers: Brokers) -> Self {
        Self { brokers }
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
        let time_left = out.time_left();
        let rq = self.brokers.rq().all().map(async |rq| match rq.ping(time_left).await {
            Err(error) if !rq.answered_since(asked) => Err(CollectError::from(error)),
            _ => Ok(()),
        });
        let celery =
            self.brokers.celery().elsewhere().map(async |celery| match celery.ping(time_left).await {
                Err(error) if !celery.answered_since(asked) => Err(CollectError::from(error)),
                _ => Ok(()),
            });
        try_join(try_join_all(rq), try_join_all(celery)).await?;
        out.gauge(&UP, [], true);
        Ok(())
    }
}
