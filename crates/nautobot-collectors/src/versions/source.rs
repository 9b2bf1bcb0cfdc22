//! A source of versions that is asked at a slow interval, and what it said.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::api::Api;
use super::{Error, Found, NautobotSettings, site_packages};

/// How long a source that failed is left alone, unless the interval is shorter.
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
    Web(Api),
}

#[derive(Debug, Default)]
struct Memory {
    known: Option<(Instant, Arc<Found>)>,
    /// The last question's, if that was one.
    failure: Option<(Instant, Arc<Error>)>,
}

/// What a source said, and how long ago.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) versions: Arc<Found>,
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
        let web = Api::new(settings)?.map(Place::Web);
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

    /// What it says: now if it is time to ask it, or else what it said last.
    ///
    /// # Errors
    /// It never said anything, and this is why.
    pub(super) async fn ask(&self, within: Duration) -> Result<Answer, Arc<Error>> {
        let mut memory = self.memory.lock().await;
        if self.is_due(&memory) {
            match self.read(within.min(self.timeout)).await {
                Ok(found) => {
                    *memory = Memory { known: Some((Instant::now(), Arc::new(found))), failure: None }
                }
                Err(error) => memory.failure = Some((Instant::now(), Arc::new(error))),
            }
        }
        let failure = memory.failure.as_ref().map(|(_, error)| Arc::clone(error));
        match (&memory.known, failure) {
            (Some((at, versions)), failure) => {
                Ok(Answer { versions: Arc::clone(versions), age: at.elapsed(), failure })
            }
            (None, Some(failure)) => Err(failure),
            (None, None) => Err(Arc::new(self.too_slow())),
        }
    }

    fn is_due(&self, memory: &Memory) -> bool {
        match (&memory.failure, &memory.known) {
            (Some((at, _)), _) => at.elapsed() >= PAUSE.min(self.interval),
            (None, Some((at, _))) => at.elapsed() >= self.interval,
            (None, None) => true,
        }
    }

    async fn read(&self, within: Duration) -> Result<Found, Error> {
        let read = async {
            match &self.place {
                Place::SitePackages(directory) => site_packages::read(directory).await,
                Place::Web(api) => api.read(within).await,
            }
        };
        timeout(within, read).await.unwrap_or_else(|_| Err(self.too_slow()))
    }

    fn too_slow(&self) -> Error {
        let place = match &self.place {
            Place::SitePackages(directory) => directory.display().to_string(),
            Place::Web(api) => api.url().to_owned(),
        };
        Error::Deadline { place }
    }
}
