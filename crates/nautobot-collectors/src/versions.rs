//! The versions of Nautobot and what runs with it, which are in no database.

mod api;
mod client;
mod error;
mod labels;
mod settings;
mod site_packages;
mod source;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Kind, Samples, Value};

use self::source::{Answer, Source};
use crate::news::News;
use crate::settings::Versions;

pub use self::error::Error;
pub use self::settings::NautobotSettings;

const NAME: &str = "nautobot_app_versions";
const HELP: &str = "Nautobot app versions.";

static AGE: Family<Gauge, 1> = Family::gauge(
    "nautobot_app_versions_age_seconds",
    "How long ago this source of nautobot_app_versions was read.",
    ["source"],
)
.experimental();

/// What is not a Nautobot app: what the plugin calls the basic versions.
const BASIC: [&str; 3] = ["django", "nautobot", "python"];

/// Versions by the name of the software: `django`, `nautobot`, `python`, and the import name of each app.
type Found = BTreeMap<String, String>;

/// The versions of Python, Django, Nautobot and its apps, as the labels of one series:
/// `nautobot_app_versions{django="5.2.19",nautobot="3.2.7",nautobot_capacity_metrics="4.1.1",python="3.12.1"} 1`.
///
/// Three sources know them, and the first in this order that names a software decides: the settings, Nautobot's web
/// server, a directory of Python packages. The last two are read in a run, at most once per `interval` of
/// [`NautobotSettings`], and what they said stands until they say something else:
/// `nautobot_app_versions_age_seconds{source="api"}` or `{source="site-packages"}` tells how long ago they were asked for
/// it. A source that fails is asked again after half a minute, a minute, two, and so on up to `interval`, and is a line
/// in the log. The run fails when no source ever said anything.
///
/// A run costs no statement. The first one waits for its sources, together, as long as `timeout`, and for half of the
/// time that it has left at most. A later one that asks waits half a second at most, and a tenth of the time that it has
/// left; the others wait for nothing. Nautobot takes about a second, because it asks its workers for their number: the
/// request stays open, and the next run finds the answer. The first run after `timeout` that finds none lets go of it. So
/// a silent server costs two pages half a second each if they are further apart than `timeout`, and the next ones
/// nothing. A directory that hangs holds one thread until it answers, and is not read a second time before.
///
/// One series with a label for each software, and one for each source that is read. A character that no label may have
/// is `_` there, as it is on the page of prometheus_client. Of two names that become one, the one that was so from the
/// start is shown, or else the first in the alphabet, and the log tells the other.
#[derive(Debug)]
pub struct AppVersions {
    wanted: Versions,
    given: Found,
    /// What a later one says replaces what an earlier one said.
    sources: Vec<Source>,
    /// The family with the labels that it had last.
    family: Mutex<Descriptor>,
    failing: News,
    colliding: News,
}

impl AppVersions {
    /// Tells these versions; all of them when none are asked for, because somebody asked for the collector.
    ///
    /// Reads the files with certificates. Asks nobody.
    ///
    /// # Errors
    /// [`Error::Settings`], naming the key.
    pub fn new(settings: &NautobotSettings, wanted: Versions) -> Result<Self, Error> {
        let wanted = match wanted {
            Versions { basic: false, plugins: false } => Versions { basic: true, plugins: true },
            some => some,
        };
        let mut given = settings.versions.clone();
        given.retain(|name, _| wants(&wanted, name));
        let family = Mutex::new(family_before(&wanted, &given)?);
        let (failing, colliding) = (News::default(), News::default());
        Ok(Self { wanted, given, sources: Source::all(settings)?, family, failing, colliding })
    }

    /// What each source says, and what went wrong.
    async fn ask(&self, out: &Samples) -> (Vec<(&'static str, Answer)>, Vec<Arc<Error>>) {
        let (mut answers, mut failures) = (Vec::new(), Vec::new());
        let asked = self.sources.iter().map(|source| source.ask(out.time_left()));
        for (source, answer) in self.sources.iter().zip(join_all(asked).await) {
            match answer {
                Ok(answer) => {
                    failures.extend(answer.failure.clone());
                    answers.push((source.name(), answer));
                }
                Err(failure) => failures.push(failure),
            }
        }
        (answers, failures)
    }

    fn merge(&self, answers: &[(&'static str, Answer)]) -> Found {
        let mut found = Found::new();
        for (_, answer) in answers {
            let wanted = answer.versions.iter().filter(|(name, _)| wants(&self.wanted, name));
            found.extend(wanted.map(|(name, version)| (name.clone(), version.clone())));
        }
        found.extend(self.given.clone());
        found
    }

    fn log(&self, failures: &[Arc<Error>], colliding: BTreeSet<String>) {
        if let Some(reason) = self.failing.note(failures.iter().map(ToString::to_string).collect()) {
            tracing::warn!(reason, "a source of versions fails; what is known without it is shown");
        }
        if let Some(software) = self.colliding.note(colliding) {
            tracing::warn!(software, "versions whose label is another one's already are not shown");
        }
    }
}

impl Collector for AppVersions {
    fn name(&self) -> &str {
        "versions"
    }

    fn describe(&self) -> Vec<Descriptor> {
        let family = self.family.lock().unwrap_or_else(PoisonError::into_inner);
        vec![family.clone(), AGE.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let (answers, mut failures) = self.ask(out).await;
        if answers.is_empty() && self.given.is_empty() {
            return Err(failures.pop().map_or_else(|| Error::NoSource.into(), CollectError::from));
        }
        let found = self.merge(&answers);
        let (labels, colliding) = labels::of(&found);
        self.log(&failures, colliding);
        let family = Descriptor::new(Kind::Gauge, NAME, HELP, labels.keys())?;
        let values: Vec<&str> = labels.into_values().collect();
        out.push(&family, &values, Value::Number(1.0));
        *self.family.lock().unwrap_or_else(PoisonError::into_inner) = family;
        for (source, answer) in answers {
            out.gauge(&AGE, [source], answer.age.as_secs_f64());
        }
        Ok(())
    }
}

fn wants(wanted: &Versions, name: &str) -> bool {
    if BASIC.contains(&name) { wanted.basic } else { wanted.plugins }
}

/// The family with the labels that are known before anybody was asked.
fn family_before(wanted: &Versions, given: &Found) -> Result<Descriptor, Error> {
    let mut known = given.clone();
    let basic = BASIC.into_iter().filter(|name| wants(wanted, name));
    known.extend(basic.map(|name| (name.to_owned(), "unknown yet".to_owned())));
    Descriptor::new(Kind::Gauge, NAME, HELP, labels::of(&known).0.keys())
        .map_err(|error| Error::Settings { key: "versions", reason: error.to_string() })
}
