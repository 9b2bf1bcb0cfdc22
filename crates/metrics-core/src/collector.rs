//! The trait that an author implements, and its type-erased form.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::descriptor::Descriptor;
use crate::samples::Samples;

/// One unit of collection: it measures something, once per call, and may fail alone.
///
/// State its cost in the documentation of the type that implements it: how many queries and round trips a run takes,
/// and what bounds the number of its series.
pub trait Collector: Send + Sync + 'static {
    /// Unique within an exporter, in `snake_case`: the value of the label `collector`, and the name in flags and settings.
    fn name(&self) -> &str;

    /// Every family that this collector may emit now.
    ///
    /// Asked once when it is registered, and again when a run emits a family that was not in the first answer, so that a
    /// collector whose families are data may learn new ones, and other labels of one that it has. Two collectors that
    /// describe the same family are refused.
    fn describe(&self) -> Vec<Descriptor>;

    /// Measures. On an error, a timeout or a panic everything that was pushed to `out` is dropped.
    ///
    /// Runs in a task of its own, which is cancelled at the deadline: hold nothing across an `await` that would leak when
    /// the future is dropped there, and block no thread. Write it as `async fn`.
    fn collect(&self, out: &mut Samples) -> impl Future<Output = Result<(), CollectError>> + Send;

    /// How long one run may take at most, inside what the scrape allows: as long as that, if nothing is said.
    ///
    /// Asked once, when it is registered. The settings may say otherwise.
    fn timeout(&self) -> Duration {
        Duration::MAX
    }
}

/// Why a run failed: any error, for the log.
///
/// It deliberately is no [`std::error::Error`] itself, so that `?` turns every error into one.
pub struct CollectError(Box<dyn Error + Send + Sync>);

impl CollectError {
    /// An error that is only a message: a lower-case fragment that names the thing and the place.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into().into())
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for CollectError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for CollectError {
    /// The error and, separated by colons, those that caused it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut said = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !said.contains(&text) {
                write!(f, ": {text}")?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for CollectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Any collector, with its type erased; itself a collector, so that `Vec<BoxCollector>` goes wherever one goes.
pub struct BoxCollector(Box<dyn Erased>);

impl BoxCollector {
    /// Erases the type of `collector`.
    pub fn new(collector: impl Collector) -> Self {
        Self(Box::new(collector))
    }
}

impl Collector for BoxCollector {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn describe(&self) -> Vec<Descriptor> {
        self.0.describe()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        self.0.collect(out).await
    }

    fn timeout(&self) -> Duration {
        self.0.timeout()
    }
}

impl fmt::Debug for BoxCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BoxCollector").field(&self.0.name()).finish()
    }
}

/// [`Collector`] with its future boxed: a trait with an `async fn` cannot be a `dyn` yet.
trait Erased: Send + Sync {
    fn name(&self) -> &str;
    fn describe(&self) -> Vec<Descriptor>;
    fn collect<'a>(&'a self, out: &'a mut Samples) -> Boxed<'a>;
    fn timeout(&self) -> Duration;
}

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<(), CollectError>> + Send + 'a>>;

impl<C: Collector> Erased for C {
    fn name(&self) -> &str {
        Collector::name(self)
    }

    fn describe(&self) -> Vec<Descriptor> {
        Collector::describe(self)
    }

    fn collect<'a>(&'a self, out: &'a mut Samples) -> Boxed<'a> {
        Box::pin(Collector::collect(self, out))
    }

    fn timeout(&self) -> Duration {
        Collector::timeout(self)
    }
}
