use futures_util::future::try_join_all;
use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use rq_model::Rq;
use tokio::time::Instant;

use crate::Servers;

static UP: Family<Gauge, 0> = Family::gauge("nautobot_rq_up", "Whether RQ's Redis answers.", []);

/// Tells that Redis lets us in and answers: `nautobot_rq_up 1`, one series. Without an answer it fails, which the page
/// of an exporter shows as 0.
///
/// A run is one round trip; with several servers, all have to answer. When all connections are in use, an answer to any of them counts.
#[derive(Debug)]
pub struct Up {
    servers: Servers,
}

impl Up {
    /// Asks these.
    pub fn new(servers: impl Into<Servers>) -> Self {
        Self { servers: servers.into() }
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
        let answer = |rq: &Rq| {
            let rq = rq.clone();
            async move {
                match rq.ping(time_left).await {
                    Err(error) if !rq.answered_since(asked) => Err(error),
                    _ => Ok(()),
                }
            }
        };
        try_join_all(self.servers.all().map(answer)).await?;
        out.gauge(&UP, [], true);
        Ok(())
    }
}
