//! Nautobot's PostgreSQL as an exporter sees it: [`Nautobot`] is a lazily opened, strictly bounded pool of
//! read-only connections; [`Schema`] says which Nautobot line lies behind it and which table holds a model;
//! a [`Reading`] is one read-only transaction with a deadline.
//!
//! ```no_run
//! # async fn example() -> Result<(), nautobot_db::Error> {
//! use std::time::Duration;
//!
//! let nautobot = nautobot_db::Nautobot::open(&nautobot_db::Settings::default())?;
//! let within = Duration::from_secs(4);
//! let schema = nautobot.schema(within).await?;
//! if let Some(devices) = schema.table("dcim", "Device") {
//!     let reading = nautobot.read(within).await?;
//!     let rows = reading.query(&devices.count_sql(), &[]).await?;
//!     reading.finish().await?;
//!     println!("Nautobot {}: {:?} devices", schema.line(), rows.first().map(|row| row.get::<_, i64>(0)));
//! }
//! # Ok(())
//! # }
//! ```

mod address;
mod error;
mod health;
mod nautobot;
mod pool;
mod reading;
mod schema;
mod settings;
mod tls;

pub use error::Error;
pub use nautobot::Nautobot;
pub use reading::Reading;
pub use schema::{Feature, Line, Schema, Table};
pub use settings::{ENVIRONMENT, Settings, TlsMode};
pub use tokio_postgres::{Row, types};
