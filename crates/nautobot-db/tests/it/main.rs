//! The handle against real PostgreSQL servers.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "this is a test throughout")]

mod budget;
mod cancel;
mod discard;
mod glance;
mod login;
mod outage;
mod pgbouncer;
mod schema;
mod tls;

use std::time::Duration;

use nautobot_db::{Nautobot, Settings};
use testbed::Database;

/// The sessions that the library has open in the database.
const OURS: &str = "application_name = 'nautobot-exporter' AND datname = current_database()";

fn settings(url: String) -> Settings {
    let mut settings = Settings::default();
    settings.url = Some(url.into());
    settings
}

fn open(database: &Database) -> Nautobot {
    Nautobot::open(&settings(database.url())).unwrap()
}

fn within(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Reads one number in a transaction of its own.
async fn number(nautobot: &Nautobot, sql: &str) -> Result<i64, nautobot_db::Error> {
    let reading = nautobot.read(within(5.0)).await?;
    let rows = reading.query(sql, &[]).await?;
    reading.finish().await?;
    Ok(rows[0].try_get(0)?)
}

async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..100 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("after two seconds still not: {what}");
}
