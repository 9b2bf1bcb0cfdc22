//! A source of versions that is asked at a slow interval, and what it said.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::api::Api;
use super::{Error, Found, NautobotSettings, site_packages};

/// How long a run waits for a source at most, once it was asked before: the page waits for all its collectors.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a source that failed is left alone. Doubles with each failure in a row; the interval is the longest.
const PAUSE: Duration = Duration::from_secs(30);

/// A source, with what it said last.
#[derive(Debug)]
pub(super) struct Source {
    place: Place,
    timeout: Duration,
    interval: Duration,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
enum Place {
    SitePackages(PathBuf),
    Web(Arc<Api>),
}

#[derive(Debug, Default)]
struct Memory {
    known: Option<(Instant, Arc<Found>)>,
    /// The last answer's, if that was one.
    failure: Option<Failure>,
    /// What was asked and not answered yet. Goes on in the next run.
    question: Option<Question>,
}

#[derive(Debug)]
struct Failure {
    since: Instant,
    error: Arc<Error>,
    in_a_row: u32,
}

struct Question {
    since: Instant,
    answer: BoxFuture<'static, Result<Found, Error>>,
    /// It counts as a failure already.
    is_late: bool,
}

/// What a source said, and how long ago.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) versions: Arc<Found>,
    /// Since it was asked: when it answered is not known if no run was there to hear it.
    pub(super) age: Duration,
    /// Why it says nothing newer, although it should.
    pub(super) failure: Option<Arc<Error>>,
}

impl Source {
    /// Those of the settings, the one that knows best last.
    pub(super) fn all(settings: &NautobotSettings) -> Result<Vec<Self>, Error> {
        let NautobotSettings { timeout, interval, .. } = *settings;
        if timeout.is_zero() {
            return Err(Error::Settings { key: "timeout", reason: "expected more than zero".to_owned() });
        }
        let directory = settings.site_packages.clone().map(Place::SitePackages);
        let web = Api::new(settings)?.map(|api| Place::Web(Arc::new(api)));
        let places = directory.into_iter().chain(web);
        Ok(places.map(|place| Self { place, timeout, interval, memory: Mutex::default() }).collect())
    }

    /// The value of the label `source`.
    pub(super) fn name(&self) -> &'static str {
        match self.place {
            Place::SitePackages(_) => "site-packages",
            Place::Web(_) => "api",
        }
    }

    /// What it says: now if it is time to ask it and it answers at once, or else what it said last.
    ///
    /// The first run waits for half of the time that it has left, later ones for a tenth and half a second at most. What
    /// is not answered by then goes on in the next run.
    ///
    /// # Errors
    /// It never said anything, and this is why.
    pub(super) async fn ask(&self, time_left: Duration) -> Result<Answer, Arc<Error>> {
        let mut memory = self.memory.lock().await;
        let patience = match memory.is_blank() {
            true => time_left / 2,
            false => PATIENCE.min(time_left / 10),
        };
        if memory.question.is_none() && self.is_due(&memory) {
            memory.question = Some(self.place.ask());
        }
        self.listen(&mut memory, patience.min(self.timeout)).await;
        let failure = memory.failure.as_ref().map(|failure| Arc::clone(&failure.error));
        match (&memory.known, failure) {
            (Some((since, versions)), failure) => {
                Ok(Answer { versions: Arc::clone(versions), age: since.elapsed(), failure })
            }
            (None, Some(failure)) => Err(failure),
            (None, None) => Err(Arc::new(self.too_slow())),
        }
    }

    fn is_due(&self, memory: &Memory) -> bool {
        match (&memory.failure, &memory.known) {
            (Some(failure), _) => failure.since.elapsed() >= pause(failure.in_a_row).min(self.interval),
            (None, Some((since, _))) => since.elapsed() >= self.interval,
            (None, None) => true,
        }
    }

    /// Takes the answer if it comes. The question stays where it is meanwhile, because the run may be given up.
    async fn listen(&self, memory: &mut Memory, patience: Duration) {
        let Some(question) = &mut memory.question else { return };
        let patience = if question.is_late { Duration::ZERO } else { patience };
        let answer = timeout(patience, &mut question.answer).await;
        let since = question.since;
        match answer {
            Ok(Ok(found)) => *memory = Memory { known: Some((since, Arc::new(found))), ..Memory::default() },
            Ok(Err(error)) => {
                memory.question = None;
                memory.fail(error);
            }
            // Looked at after the answer: what came between two runs came in time as far as anybody knows.
            Err(_) if !question.is_late && since.elapsed() >= self.timeout => {
                question.is_late = true;
                memory.fail(self.too_slow());
                // A thread that hangs in a file system cannot be given up: a second question would be a second thread.
                if matches!(self.place, Place::Web(_)) {
                    memory.question = None;
                }
            }
            Err(_) => {}
        }
    }

    fn too_slow(&self) -> Error {
        let place = match &self.place {
            Place::SitePackages(directory) => directory.display().to_string(),
            Place::Web(api) => api.url().to_owned(),
        };
        Error::Deadline { place }
    }
}

impl Place {
    fn ask(&self) -> Question {
        let answer = match self {
            Place::SitePackages(directory) => site_packages::read(directory.clone()).boxed(),
            Place::Web(api) => {
                let api = Arc::clone(api);
                async move { api.read().await }.boxed()
            }
        };
        Question { since: Instant::now(), answer, is_late: false }
    }
}

impl Memory {
    /// Whether the source was never asked.
    fn is_blank(&self) -> bool {
        self.known.is_none() && self.failure.is_none() && self.question.is_none()
    }

    fn fail(&mut self, error: Error) {
        let before = self.failure.as_ref().map_or(0, |failure| failure.in_a_row);
        let in_a_row = before.saturating_add(1);
        self.failure = Some(Failure { since: Instant::now(), error: Arc::new(error), in_a_row });
    }
}

/// After so many failures in a row.
fn pause(in_a_row: u32) -> Duration {
    PAUSE.saturating_mul(2_u32.saturating_pow(in_a_row.saturating_sub(1)))
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("since", &self.since).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles() {
        let seconds = [1, 2, 3, 4, 5].map(|in_a_row| pause(in_a_row).as_secs());
        assert_eq!(seconds, [30, 60, 120, 240, 480]);
        assert!(pause(u32::MAX) > pause(30));
    }
}
