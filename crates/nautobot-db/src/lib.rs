//! Nautobot's PostgreSQL as an exporter sees it: [`Nautobot`] is a lazily opened, strictly bounded pool of
//! read-only connections; a [`Glance`] says what has changed since an earlier one, its [`Schema`] which Nautobot line
//! lies behind it and which table holds a model; a [`Reading`] is a read-only transaction with a deadline, of several
//! statements or of one with parameters.
//!
//! ```no_run
//! # async fn example() -> Result<(), nautobot_db::Error> {
//! use std::time::Duration;
//!
//! let nautobot = nautobot_db::Nautobot::open(&nautobot_db::Settings::default())?;
//! let within = Duration::from_secs(4);
//! let glance = nautobot.glance(Duration::ZERO, within).await?;
//! if let Some(devices) = glance.schema().table("dcim", "Device") {
//!     let rows = nautobot.query(&devices.count_sql(), within).await?;
//!     let count: Option<i64> = rows[0].number("count")?;
//!     println!("Nautobot {}: {count:?} devices", glance.schema().line());
//! }
//! # Ok(())
//! # }
//! ```

mod address;
mod cancel;
mod error;
mod glance;
mod health;
mod nautobot;
mod pool;
mod reading;
mod schema;
mod settings;
mod text_row;
mod tls;

pub use error::Error;
pub use glance::{Glance, Kept, Reuse};
pub use nautobot::Nautobot;
pub use reading::Reading;
pub use schema::{Feature, Line, Schema, Table};
pub use settings::{ENVIRONMENT, Settings, TlsMode};
pub use text_row::TextRow;
pub use tokio_postgres::{Row, types};
