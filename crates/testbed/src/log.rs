use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;

/// What was logged by this thread since the recording began.
///
/// ```
/// let (log, _recording) = testbed::Log::record();
/// tracing::info!("hello");
/// assert_eq!(log.lines(&["INFO", "hello"]), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Records until the guard is dropped.
    pub fn record() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// How many lines hold all these texts.
    pub fn lines(&self, texts: &[&str]) -> usize {
        String::from_utf8_lossy(&self.bytes())
            .lines()
            .filter(|line| texts.iter().all(|text| line.contains(text)))
            .count()
    }

    /// How often Redis was asked.
    pub fn round_trips(&self) -> usize {
        self.lines(&["TRACE", "round trip"])
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
