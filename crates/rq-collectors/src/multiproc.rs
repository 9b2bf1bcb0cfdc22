mod families;
mod settings;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use prometheus_multiproc::{Directory, Merged, Options};
use tokio::task::spawn_blocking;

use self::families::Families;

pub use self::settings::{DeadFiles, MultiprocSettings};

static FILES: Family<Gauge, 0> =
    Family::gauge("nautobot_rq_multiproc_files", "Files in the multiprocess directory.", []).experimental();
static BYTES: Family<Gauge, 0> =
    Family::gauge("nautobot_rq_multiproc_size_bytes", "Size of the files in the multiprocess directory.", [])
        .experimental();
static DEAD: Family<Gauge, 0> = Family::gauge(
    "nautobot_rq_multiproc_dead_files",
    "Files in the multiprocess directory whose process is gone.",
    [],
)
.experimental();
static SKIPPED: Family<Gauge, 0> = Family::gauge(
    "nautobot_rq_multiproc_skipped_files",
    "Files in the multiprocess directory that do not count because something is wrong with them.",
    [],
)
.experimental();

/// How many names a line of the log has.
const NAMED: usize = 10;

/// What the processes of a Python program count with `prometheus_client` in multiprocess mode: the families in their
/// directory, under the program's names, with its kinds, labels and help, and four about the directory itself.
///
/// A character that a name may not have is `_`, as the client prints it. Where the series of a family differ in their
/// labels, each has all of them, the missing ones empty, which to Prometheus is the same. A gauge whose name ends
/// in `_total` is shown as unknown (untyped), because OpenMetrics could not say it. Left out, and named in the log once: a file
/// that is damaged, a family with a name or a label that Prometheus would refuse, one that shares a name on a page with the
/// exporter's own or with one seen before, and one that has become another kind.
///
/// A run reads every file of the directory, some milliseconds for a thousand of them, in a thread for such work; one at a
/// time. Series are bounded by what the program counts, and by `max_series`.
#[derive(Debug)]
pub struct Multiproc {
    path: PathBuf,
    options: Options,
    families: Mutex<Families>,
    odd: Mutex<Odd>,
    /// Held by the thread that reads, which goes on when nobody waits for it.
    reading: Arc<tokio::sync::Mutex<()>>,
}

/// What the log is told of.
#[derive(Debug, Default)]
struct Odd {
    last: BTreeSet<String>,
    told: BTreeSet<String>,
}

impl Multiproc {
    /// Reads this directory, which is opened by each run. What clashes with a family of `others` is left out.
    pub fn new(directory: &Path, settings: &MultiprocSettings, others: &[Descriptor]) -> Self {
        let own = [&FILES, &BYTES, &DEAD, &SKIPPED].map(Family::<Gauge, 0>::descriptor);
        Self {
            path: directory.to_owned(),
            options: settings.options(),
            families: Mutex::new(Families::beside(others.iter().cloned().chain(own).collect())),
            odd: Mutex::default(),
            reading: Arc::default(),
        }
    }

    async fn read(&self) -> Result<Merged, CollectError> {
        let (path, options) = (self.path.clone(), self.options.clone());
        let place = Arc::clone(&self.reading).lock_owned().await;
        let read = spawn_blocking(move || {
            let _place = place;
            Directory::open(path, options)?.read()
        });
        Ok(read.await??)
    }

    /// Tells the log what is odd in two runs, once: a file is empty for a moment when its process makes it.
    fn log(&self, now: BTreeSet<String>) {
        let mut odd = self.odd.lock().unwrap_or_else(PoisonError::into_inner);
        let lasting: BTreeSet<String> = now.intersection(&odd.last).cloned().collect();
        let new: Vec<&str> = lasting.difference(&odd.told).map(String::as_str).collect();
        if !new.is_empty() {
            let named = new.iter().take(NAMED).copied().collect::<Vec<_>>().join("; ");
            let more = new.len().saturating_sub(NAMED);
            tracing::warn!(directory = %self.path.display(), left_out = named, more, "some of it is not on the page");
        }
        *odd = Odd { last: now, told: lasting };
    }
}

impl Collector for Multiproc {
    fn name(&self) -> &str {
        "multiproc"
    }

    fn describe(&self) -> Vec<Descriptor> {
        let families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        let own = [&FILES, &BYTES, &DEAD, &SKIPPED].map(Family::<Gauge, 0>::descriptor);
        own.into_iter().chain(families.known().cloned()).collect()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let merged = self.read().await?;
        // First what is few: a limit of series does not cost these.
        out.gauge(&FILES, [], merged.stats.files);
        out.gauge(&BYTES, [], merged.stats.bytes);
        out.gauge(&DEAD, [], merged.stats.dead_files);
        out.gauge(&SKIPPED, [], merged.stats.skipped_files);
        let mut odd: BTreeSet<String> =
            merged.skipped.iter().map(|skipped| format!("{}: {}", skipped.file, skipped.reason)).collect();
        {
            let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
            for family in &merged.families {
                if let Err(reason) = families.push(family, out) {
                    odd.insert(format!("{}: {reason}", family.name));
                }
            }
        }
        self.log(odd);
        Ok(())
    }
}
