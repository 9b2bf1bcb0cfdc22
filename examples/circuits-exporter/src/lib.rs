//! Circuits of a Nautobot, by provider and status.

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::Nautobot;

static CIRCUITS: Family<Gauge, 2> = Family::gauge("acme_circuits", "Circuits.", ["provider", "status"]);

/// Counts circuits by provider and status: one statement, a series for each pair.
#[derive(Debug)]
pub struct Circuits(pub Nautobot);

impl Collector for Circuits {
    fn name(&self) -> &str {
        "circuits"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![CIRCUITS.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let reading = self.0.read(out.time_left()).await?;
        for row in reading.query(include_str!("circuits.sql"), &[]).await? {
            out.gauge(
                &CIRCUITS,
                [row.try_get("provider")?, row.try_get("status")?],
                row.try_get::<_, i64>("n")?,
            );
        }
        Ok(reading.finish().await?)
    }
}
