//! Throw-away PostgreSQL (with PgBouncer where asked for) and Redis servers with a populated Nautobot, for tests and for the demo.
//!
//! ```no_run
//! let database = testbed::Postgres::shared().database("nautobot-3.2.7");
//! assert_eq!(database.psql("SELECT count(*) FROM dcim_rack"), "24");
//!
//! let redis = testbed::Redis::start()?;
//! redis.load_rq();
//! assert_eq!(redis.cli(&["LLEN", "rq:queue:custom_fields"]), "4");
//! # Ok::<(), testbed::Error>(())
//! ```
//!
//! The servers are the installed programs, run by an unprivileged account when we are root, in a directory in
//! memory (`/dev/shm`) or below `/tmp`, on free ports of 127.0.0.1. A supervising shell stops each of them and
//! removes its directory as soon as the process that started it is gone, whatever ended it.
//!
//! Being for tests, whatever cannot be answered panics with the reason, except [`Postgres::start`],
//! [`PgBouncer::start`] and [`Redis::start`].

mod account;
mod celery;
mod data;
mod database;
pub mod docs;
mod error;
mod eventually;
mod exporter;
pub mod http;
mod log;
mod page;
mod pgbouncer;
mod port;
mod postgres;
mod programs;
mod promtool;
pub mod python;
mod redis;
mod redis_dump;
mod sentinel;
mod session;
mod supervisor;

pub use celery::{Celery, CeleryWorker, Task};
pub use data::{models, page};
pub use database::Database;
pub use error::Error;
pub use eventually::eventually;
pub use exporter::{Exporter, run};
pub use log::Log;
pub use page::{Samples, samples};
pub use pgbouncer::PgBouncer;
pub use port::{Port, free_port};
pub use postgres::Postgres;
pub use programs::{is_installed, postgres_program};
pub use promtool::lints;
pub use redis::Redis;
pub use sentinel::Sentinel;
pub use session::Session;
pub use supervisor::{Program, Supervisor};
