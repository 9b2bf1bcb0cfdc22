mod explain;
mod file;
mod folder;
mod service;
mod statement;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Nautobot, Schema};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use self::folder::{Entry, Folder};
use self::service::{Outcome, Service};
use crate::Error;
use crate::news::News;

static READABLE: Family<Gauge, 0> = Family::gauge(
    "nautobot_metrics_directory_readable",
    "Whether the metrics directory itself could be read; if not, its files are served as they were.",
    [],
)
.experimental();

static LOADED: Family<Gauge, 1> = Family::gauge(
    "nautobot_metrics_directory_file_loaded",
    "Whether the file's newest version is good; if not, the last good one is served, if there is one.",
    ["file"],
)
.experimental();

static SUCCESS: Family<Gauge, 1> = Family::gauge(
    "nautobot_metrics_directory_file_success",
    "Whether the file's samples are on this page; absent for a file that is skipped.",
    ["file"],
)
.experimental();

static SKIPPED: Family<Gauge, 1> = Family::gauge(
    "nautobot_metrics_directory_file_skipped",
    "Whether the file is skipped because the database lacks a table that it requires.",
    ["file"],
)
.experimental();

static DURATION: Family<Gauge, 1> = Family::gauge(
    "nautobot_metrics_directory_file_duration_seconds",
    "How long the file's statement took, or took to fail, the wait for a connection included.",
    ["file"],
)
.experimental();

static AGE: Family<Gauge, 1> = Family::gauge(
    "nautobot_metrics_directory_file_age_seconds",
    "Age of the file's samples: 0 when fresh, more when its interval let them be served again.",
    ["file"],
)
.experimental();

static ROWS: Family<Gauge, 1> = Family::gauge(
    "nautobot_metrics_directory_file_rows",
    "Rows that the file's samples are made of.",
    ["file"],
)
.experimental();

static TRUNCATED: Family<Gauge, 1> = Family::gauge(
    "nautobot_metrics_directory_file_truncated",
    "Whether the file's statement has more rows than its max_rows, of which only as many are read.",
    ["file"],
)
.experimental();

/// What a run keeps for itself of the time it has, to bring home what the files gave: a twentieth, and no more than this.
const HOMEWARD: Duration = Duration::from_millis(200);

/// `[collectors.metrics_directory]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MetricsDirectorySettings {
    /// The directory whose `*.toml` are served.
    pub path: Option<PathBuf>,
}

/// Families that are written in files: `*.toml` in a directory, each with one SQL statement and what is made of its rows.
///
/// The directory is looked at in each run: a few `stat` for each file. What has changed is read again; of a file that is bad
/// the last good version is served. A file that fails, in whatever way, costs its own samples only, and
/// `nautobot_metrics_directory_file_success{file}` tells it.
///
/// A run of a file is a read-only transaction that is rolled back, 3 round trips (4 when its columns are not known yet), within its own `timeout`
/// and the run's; within its `interval`, none. The files use one connection less than the handle has, but one at least, so that
/// slow files do not keep other collectors from theirs; those that failed last come last. Files that require tables share the
/// scrape's [`Glance`](nautobot_db::Glance).
///
/// Series: 7 for each file, and of each file as many as its `max_rows` allows for each of its families; 200 files at most.
pub struct MetricsDirectory {
    nautobot: Nautobot,
    folder: Option<Arc<Mutex<Folder>>>,
    served: Mutex<Arc<BTreeMap<String, Entry>>>,
    news: News,
}

impl MetricsDirectory {
    /// Reads the directory that the settings name, if they name one. What is wrong with it is told by
    /// [`complaints`](Self::complaints), and in the log when it is first served. A file that has a family of `taken`, of
    /// which the exporter has a collector already, is bad.
    pub fn new(nautobot: Nautobot, settings: &MetricsDirectorySettings, taken: Vec<Descriptor>) -> Self {
        let taken = own_families().into_iter().chain(taken).collect();
        let mut folder = settings.path.clone().map(|path| Folder::new(path, taken));
        let mut served = Arc::default();
        if let Some(folder) = &mut folder {
            folder.look();
            served = Arc::new(folder.entries().clone());
        }
        let folder = folder.map(|folder| Arc::new(Mutex::new(folder)));
        Self { nautobot, folder, served: Mutex::new(served), news: News::default() }
    }

    /// What is wrong with the directory and its files, as far as that can be seen without a database: a line each, with
    /// path and line.
    pub fn complaints(&self) -> Vec<String> {
        let folder = self.folder.as_ref().map(|folder| folder.lock().unwrap_or_else(PoisonError::into_inner));
        folder.iter().flat_map(|folder| folder.complaints()).map(str::to_owned).collect()
    }

    /// Explains each file to people: whether it is accepted or why not, its families, and what the planner says that its
    /// statement costs. Plans the statements and runs none.
    ///
    /// # Errors
    ///
    /// [`Error::MetricsDirectory`]: there is none, or it cannot be read.
    pub async fn explain(&self, within: Duration) -> Result<String, Error> {
        explain::explain(&self.nautobot, self.folder()?, within).await
    }

    fn folder(&self) -> Result<&Arc<Mutex<Folder>>, Error> {
        let unset = || Error::MetricsDirectory { reason: "path is not set".to_owned() };
        self.folder.as_ref().ok_or_else(unset)
    }

    /// What is to be served now, and whether the directory could be read.
    async fn look(&self) -> Result<(Arc<BTreeMap<String, Entry>>, bool), CollectError> {
        let folder = self.folder()?.clone();
        let looked = spawn_blocking(move || {
            let mut folder = match folder.try_lock() {
                Ok(folder) => folder,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // An earlier look, which nobody waits for any more, still waits for the file system.
                Err(TryLockError::WouldBlock) => return None,
            };
            folder.look();
            Some((folder.entries().clone(), folder.news(), folder.unreadable.clone()))
        });
        let hangs = || "the file system does not answer".to_owned();
        let (news, unreadable) = match looked.await? {
            Some((entries, news, unreadable)) => {
                *self.served() = Arc::new(entries);
                (news, unreadable)
            }
            None => (Vec::new(), Some(hangs())),
        };
        news.iter().for_each(|complaint| tracing::warn!("metrics directory: {complaint}"));
        let is_readable = unreadable.is_none();
        if let Some(reason) = self.news.note(unreadable.into_iter().collect()) {
            tracing::warn!("metrics directory: {reason}");
        }
        Ok((self.served().clone(), is_readable))
    }

    /// Runs what is due.
    async fn run(&self, entries: &BTreeMap<String, Entry>, out: &Samples) -> BTreeMap<String, Outcome> {
        let left = out.time_left();
        let left = left - (left / 20).min(HOMEWARD);
        let deadline = Instant::now() + left;
        let mut services: Vec<(String, Arc<Service>)> =
            entries.iter().filter_map(|(name, entry)| Some((name.clone(), entry.service.clone()?))).collect();
        services.sort_by_key(|(_, service)| service.has_failed());
        let asks = services.iter().any(|(_, service)| !service.file().requires.is_empty());
        let schema = match asks {
            true => {
                self.nautobot.glance(out.elapsed(), left).await.map(|glance| Some(glance.schema().clone()))
            }
            false => Ok(None),
        };
        let schema = schema.map_err(|error| error.to_string());
        let side_by_side = self.nautobot.max_connections().saturating_sub(1).max(1);
        let runs = services
            .into_iter()
            .map(|(name, service)| self.run_file(name, service, schema.clone(), deadline));
        stream::iter(runs).buffer_unordered(side_by_side).collect().await
    }

    async fn run_file(
        &self,
        name: String,
        service: Arc<Service>,
        schema: Result<Option<Arc<Schema>>, String>,
        deadline: Instant,
    ) -> (String, Outcome) {
        let outcome = service.run(&self.nautobot, schema, deadline).await;
        if let Some(reason) = service.news(&outcome) {
            tracing::warn!("metrics directory: {name}: {reason}");
        }
        (name, outcome)
    }

    fn served(&self) -> MutexGuard<'_, Arc<BTreeMap<String, Entry>>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for MetricsDirectory {
    fn name(&self) -> &str {
        "metrics_directory"
    }

    fn describe(&self) -> Vec<Descriptor> {
        let served = self.served().clone();
        let services = served.values().filter_map(|entry| entry.service.as_ref());
        own_families()
            .into_iter()
            .chain(services.flat_map(|service| service.file().families().cloned()))
            .collect()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let (entries, is_readable) = self.look().await?;
        let outcomes = self.run(&entries, out).await;
        // How it went comes first, because what is beyond the limit of series is dropped.
        out.gauge(&READABLE, [], is_readable);
        for (name, entry) in entries.iter() {
            out.gauge(&LOADED, [name], entry.complaint.is_none());
            push_outcome(name, outcomes.get(name), out);
        }
        for (name, entry) in entries.iter() {
            if let (Some(Outcome::Success { answer, .. }), Some(service)) =
                (outcomes.get(name), &entry.service)
            {
                answer.rows.push(service.file(), out);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for MetricsDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsDirectory").field("nautobot", &self.nautobot).finish_non_exhaustive()
    }
}

fn own_families() -> Vec<Descriptor> {
    let of_files = [&LOADED, &SUCCESS, &SKIPPED, &DURATION, &AGE, &ROWS, &TRUNCATED];
    [READABLE.descriptor()].into_iter().chain(of_files.map(|family| family.descriptor())).collect()
}

/// A file without an outcome has no good version.
fn push_outcome(name: &str, outcome: Option<&Outcome>, out: &mut Samples) {
    out.gauge(&SKIPPED, [name], matches!(outcome, Some(Outcome::Skipped(_))));
    match outcome {
        Some(Outcome::Skipped(_)) => {}
        Some(Outcome::Success { answer, age }) => {
            out.gauge(&SUCCESS, [name], true);
            out.gauge(&DURATION, [name], answer.duration.as_secs_f64());
            out.gauge(&AGE, [name], age.as_secs_f64());
            out.gauge(&ROWS, [name], answer.rows.len());
            out.gauge(&TRUNCATED, [name], answer.rows.truncated);
        }
        Some(Outcome::Failed { duration, .. }) => {
            out.gauge(&SUCCESS, [name], false);
            out.gauge(&DURATION, [name], duration.as_secs_f64());
        }
        None => out.gauge(&SUCCESS, [name], false),
    }
}
