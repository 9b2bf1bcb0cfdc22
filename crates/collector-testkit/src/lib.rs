//! What the author of a collector needs to test it, and no server: a dev-dependency beside `metrics-core` and `tokio`.
//!
//! [`scrape`] runs a collector as an exporter does and gives its [`Page`], which can be compared with an expected one, held
//! to a number of series and to Prometheus' naming rules. What Prometheus would refuse, a series twice or a family that
//! nobody described, is an error of the scrape. [`withstands`] runs it against backends that refuse, hang, answer garbage
//! and hang up; [`failure`] tells what it says when it fails, and [`Backend`] is a server for both.
//!
//! ```
//! use std::net::SocketAddr;
//!
//! use collector_testkit::{Backend, failure, scrape, withstands};
//! use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
//! use tokio::io::AsyncReadExt;
//! use tokio::net::TcpStream;
//!
//! static WAITING: Family<Gauge, 0> = Family::gauge("acme_mails_waiting", "Mails that wait to be sent.", []);
//!
//! /// Asks a server that says how many mails wait to whoever connects: one connection, one series.
//! struct Mails(SocketAddr);
//!
//! impl Collector for Mails {
//!     fn name(&self) -> &str {
//!         "mails"
//!     }
//!
//!     fn describe(&self) -> Vec<Descriptor> {
//!         vec![WAITING.descriptor()]
//!     }
//!
//!     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
//!         let mut answer = String::new();
//!         TcpStream::connect(self.0).await?.read_to_string(&mut answer).await?;
//!         let waiting: u32 = answer.trim().parse()?;
//!         out.gauge(&WAITING, [], waiting);
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Backend::answering("17\n")?;
//! let page = scrape(Mails(server.address())).await?;
//! page.assert_eq("acme_mails_waiting 17");
//! page.assert_conventions();
//! page.assert_at_most(1);
//!
//! withstands(Mails).await?;
//! let server = Backend::answering("no idea\n")?;
//! assert_eq!(failure(Mails(server.address())).await?, "invalid digit found in string");
//! # Ok(())
//! # }
//! ```

mod backend;
mod conventions;
mod difference;
mod error;
mod failure;
mod page;
mod text;

pub use backend::Backend;
pub use error::Error;
pub use failure::{failure, withstands};
pub use page::{Page, scrape};
