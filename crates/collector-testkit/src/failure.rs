//! Collectors that have to fail, and alone.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use exposition::{Format, encode};
use metrics_core::{
    CollectError, Collector, Descriptor, Family, Gathered, Gauge, Limits, Outcome, Registry, Samples, Scrape,
};
use tokio::runtime;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::backend::Backend;
use crate::error::Error;

/// How long a run may take.
const TIME: Duration = Duration::from_secs(1);

/// How much later than that the scrape has to be over, on a machine that has much else to do.
const GRACE: Duration = Duration::from_secs(5);

/// Checks that a collector fails in time, and alone, whatever is wrong with its backend: one that refuses connections, one
/// that never answers, one that answers garbage, and one that hangs up.
///
/// `collector_at` makes the collector of a backend's address. Each is tried as [`failure`] says, which takes a second for
/// the one that never answers.
///
/// ```
/// use std::net::SocketAddr;
///
/// use collector_testkit::withstands;
/// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
/// # static WAITING: Family<Gauge, 0> = Family::gauge("acme_mails_waiting", "Mails that wait.", []);
/// # struct Mails { server: SocketAddr }
/// # impl Collector for Mails {
/// #     fn name(&self) -> &str { "mails" }
/// #     fn describe(&self) -> Vec<Descriptor> { vec![WAITING.descriptor()] }
/// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
/// #         let mut answer = String::new();
/// #         let mut server = tokio::net::TcpStream::connect(self.server).await?;
/// #         tokio::io::AsyncReadExt::read_to_string(&mut server, &mut answer).await?;
/// #         out.gauge(&WAITING, [], answer.parse::<u32>()?);
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), collector_testkit::Error> {
/// withstands(|server: SocketAddr| Mails { server }).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`failure`], with the backend that it happened with.
pub async fn withstands<C: Collector>(collector_at: impl Fn(SocketAddr) -> C) -> Result<(), Error> {
    let backends: [(&str, Start); 4] = [
        ("refuses connections", Backend::refusing),
        ("never answers", Backend::hanging),
        ("answers garbage", Backend::garbled),
        ("hangs up", Backend::closing),
    ];
    for (what, start) in backends {
        let backend = start()?;
        failure(collector_at(backend.address()))
            .await
            .map_err(|cause| Error::Backend { backend: what, cause: cause.into() })?;
    }
    Ok(())
}

type Start = fn() -> io::Result<Backend>;

/// Runs a collector that has to fail, and gives its error's text, as an exporter logs it, or `ran out of time`.
///
/// It is given a second. Another collector runs beside it on the same thread, and has to succeed.
///
/// ```
/// use collector_testkit::failure;
/// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
/// # static FILES: Family<Gauge, 0> = Family::gauge("acme_spool_files", "Files that wait.", []);
/// # struct Spool { directory: &'static str }
/// # impl Collector for Spool {
/// #     fn name(&self) -> &str { "spool" }
/// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
/// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
/// #         let unreadable = |error| CollectError::new(format!("cannot read {}: {error}", self.directory));
/// #         std::fs::read_dir(self.directory).map_err(unreadable)?;
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), collector_testkit::Error> {
/// let error = failure(Spool { directory: "/no/such/spool" }).await?;
/// assert!(error.starts_with("cannot read /no/such/spool"), "{error}");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The collector succeeded, panicked, emitted what it may not, or blocked the thread past its deadline, so that the other
/// one had to go without.
pub async fn failure(collector: impl Collector) -> Result<String, Error> {
    let name = collector.name().to_owned();
    let mut registry = Registry::new();
    registry.register(collector, Limits::default())?;
    registry.register(Bystander, Limits::default())?;
    let Some(gathered) = gather_apart(registry).await? else { return Err(Error::Blocks { collector: name }) };
    let bystander_is_there =
        gathered.runs().any(|run| run.collector() == BYSTANDER && run.outcome().is_success());
    if !bystander_is_there {
        return Err(Error::Blocks { collector: name });
    }
    match gathered.runs().find(|run| run.collector() == name).map(|run| (run, run.outcome())) {
        Some((_, Outcome::Failed(error))) => Ok(error.clone()),
        Some((_, Outcome::TimedOut)) => Ok("ran out of time".to_owned()),
        Some((run, Outcome::Success)) => {
            Err(Error::Succeeded { collector: name, page: encode(Format::Text, run.families()) })
        }
        Some((_, other)) => Err(Error::failed(name, other)),
        None => Err(Error::failed(name, &Outcome::TimedOut)),
    }
}

/// One scrape, on a thread that the caller's does not wait for when it is blocked: then there is no result.
async fn gather_apart(registry: Registry) -> io::Result<Option<Gathered>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (result, results) = mpsc::channel();
    thread::Builder::new().name("scrape".into()).spawn(move || {
        let gathered = runtime.block_on(registry.gather(&Scrape::within(TIME)));
        // what goes on in other threads is not waited for
        runtime.shutdown_background();
        // an error: nobody waits any longer
        let _ = result.send(gathered);
    })?;
    Ok(spawn_blocking(move || results.recv_timeout(TIME + GRACE).ok()).await?)
}

const BYSTANDER: &str = "testkit_bystander";

static BYSTANDS: Family<Gauge, 0> = Family::gauge("testkit_bystander", "1 if other collectors can run.", []);

/// Succeeds if its thread is not blocked.
struct Bystander;

impl Collector for Bystander {
    fn name(&self) -> &str {
        BYSTANDER
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![BYSTANDS.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        // so that it is not over before the other one begins
        sleep(TIME / 100).await;
        out.gauge(&BYSTANDS, [], 1);
        Ok(())
    }
}
