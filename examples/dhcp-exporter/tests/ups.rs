//! A collector that asks a server, and what it does when that does not answer.

use collector_testkit::{Backend, Error, failure, scrape, withstands};
use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

static CHARGE: Family<Gauge, 1> =
    Family::gauge("acme_ups_battery_charge_ratio", "Charge of a battery, 0 to 1.", ["ups"]);

/// Asks upsd of Network UPS Tools for a battery: one connection and one round trip, one series.
struct Ups {
    server: String,
    ups: String,
}

impl Collector for Ups {
    fn name(&self) -> &str {
        "ups"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![CHARGE.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let mut upsd = TcpStream::connect(&self.server).await?;
        upsd.write_all(format!("GET VAR {} battery.charge\n", self.ups).as_bytes()).await?;
        let mut answer = String::new();
        BufReader::new(upsd.take(1024)).read_line(&mut answer).await?;
        let percent = answer.split('"').nth(1).and_then(|percent| percent.parse::<f64>().ok());
        let percent = percent.ok_or_else(|| CollectError::new(format!("upsd answers {answer:?}")))?;
        out.gauge(&CHARGE, [&self.ups], percent / 100.0);
        Ok(())
    }
}

fn ups(server: impl ToString) -> Ups {
    Ups { server: server.to_string(), ups: "rack1".to_owned() }
}

#[tokio::test]
async fn a_battery_is_read() -> Result<(), Error> {
    let upsd = Backend::answering("VAR rack1 battery.charge \"87\"\n")?;
    let page = scrape(ups(upsd.address())).await?;
    page.assert_eq(r#"acme_ups_battery_charge_ratio{ups="rack1"} 0.87"#);
    page.assert_conventions();
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_answer_costs_these_series_only() -> Result<(), Error> {
    withstands(ups).await?;
    let upsd = Backend::answering("ERR UNKNOWN-UPS\n")?;
    assert_eq!(failure(ups(upsd.address())).await?, r#"upsd answers "ERR UNKNOWN-UPS\n""#);
    let upsd = Backend::breaking_off("VAR rack1 battery.charge \"87\"\n")?;
    assert_eq!(failure(ups(upsd.address())).await?, r#"upsd answers "VAR rack1 batte""#);
    Ok(())
}
