use std::fmt;
use std::io;

use metrics_core::{Outcome, RegisterError};

/// Why there is no page, or why a collector did not fail as it should. Its `Debug` is its `Display`, since that is what a
/// test prints which returns it.
///
/// ```
/// use collector_testkit::{Error, scrape};
/// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
/// # static FILES: Family<Gauge, 0> = Family::gauge("acme_spool_files", "Files that wait.", []);
/// # struct Spool;
/// # impl Collector for Spool {
/// #     fn name(&self) -> &str { "spool" }
/// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
/// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
/// #         out.gauge(&FILES, [], 3);
/// #         out.gauge(&FILES, [], 4);
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // of a collector that emits a series twice
/// let error: Error = scrape(Spool).await.unwrap_err();
/// assert_eq!(
///     format!("{error:?}"),
///     "collector `spool` is faulty: series `acme_spool_files{}` was emitted twice"
/// );
/// # }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The collector's name or families are refused.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The collector failed: it returned an error, ran out of time, panicked, or emitted what it may not.
    #[error("collector `{collector}` {reason}")]
    Failed {
        /// Its name.
        collector: String,
        /// What it did.
        reason: String,
    },
    /// The collector went on after its deadline, and no other could run meanwhile.
    #[error(
        "collector `{collector}` blocks its thread: what waits has to `await`, or to go into `spawn_blocking`"
    )]
    Blocks {
        /// Its name.
        collector: String,
    },
    /// The collector emitted more series than its limit allows.
    #[error("collector `{collector}` emitted {series} series more than its limit allows")]
    Dropped {
        /// Its name.
        collector: String,
        /// How many were dropped.
        series: u64,
    },
    /// The collector should have failed.
    #[error("collector `{collector}` succeeded where it has nothing to tell, with this page:\n{page}")]
    Succeeded {
        /// Its name.
        collector: String,
        /// What it emitted, in the text format.
        page: String,
    },
    /// What happened with a bad backend, of [`withstands`](crate::withstands).
    #[error("with a backend that {backend}: {cause}")]
    Backend {
        /// What is wrong with the backend.
        backend: &'static str,
        /// What happened.
        cause: Box<Error>,
    },
    /// The test itself could not be run.
    #[error("no backend or no thread for this test: {0}")]
    Test(#[from] io::Error),
}

impl Error {
    /// Of an outcome that is no success.
    pub(crate) fn failed(collector: String, outcome: &Outcome) -> Self {
        let reason = match outcome {
            Outcome::Failed(error) => format!("failed: {error}"),
            Outcome::Refused(violation) => format!("is faulty: {violation}"),
            Outcome::TimedOut => "ran out of time".to_owned(),
            Outcome::Panicked => "panicked".to_owned(),
            other => format!("ended otherwise: {other:?}"),
        };
        Self::Failed { collector, reason }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
