//! The standard collectors over Nautobot's database: what the plugin nautobot-capacity-metrics prints, name for name,
//! without a web worker.
//!
//! | collector | families | statements per run |
//! | --- | --- | --- |
//! | [`GitRepositories`] | `nautobot_gitrepository_*`, `nautobot_git_repository_execution_status` | 1 |
//! | [`Jobs`] | `nautobot_job_*` | 1 |
//! | [`Models`] | `nautobot_model_*` | 1 |
//! | [`AppVersions`] | `nautobot_app_versions` | none |
//! | [`Info`] | `nautobot_info` | none |
//! | [`Approvals`] | `nautobot_approvals_pending` | 1 |
//! | [`JobDurations`] | `nautobot_job_run_duration_seconds` | 1 |
//! | [`JobLogEntries`] | `nautobot_job_log_entries` | 1 |
//! | [`JobResults`] | `nautobot_job_results` | 1 |
//! | [`ObjectChanges`] | `nautobot_object_changes_last_hour` | 1 |
//! | [`Schedules`] | `nautobot_schedules_*`, `nautobot_schedule_overdue_seconds` | 1 |
//! | [`UnfinishedResults`] | `nautobot_job_results_oldest_unfinished_age_seconds` | 1 |
//! | [`MetricsDirectory`] | those that files in a directory say | 1 a file |
//! | [`Up`] | `nautobot_app_up` | an empty one |
//!
//! All runs of a scrape share one statement more, a [`Glance`](nautobot_db::Glance): it decides what they read, since the
//! Nautobot line is never configured, and whether what they read before still stands, so that they read nothing. Each
//! statement is a read-only transaction with the deadline of its scrape.

mod gitrepositories;
mod grants;
mod info;
mod jobs;
mod last_read;
mod metrics_directory;
mod models;
mod news;
mod operations;
mod results;
mod settings;
mod up;
mod versions;

use metrics_core::{BoxCollector, Collector, Family, Gauge};
use nautobot_db::Nautobot;

pub use gitrepositories::GitRepositories;
pub use grants::grants;
pub use info::Info;
pub use jobs::Jobs;
pub use metrics_directory::{MetricsDirectory, MetricsDirectorySettings};
pub use models::{Count, Models, ModelsSettings, list as list_models};
pub use operations::{
    Approvals, JobDurations, JobLogEntries, JobResults, ObjectChanges, Schedules, UnfinishedResults,
};
pub use settings::{AppModels, CollectorSettings, Settings, Versions};
pub use up::Up;
pub use versions::{AppVersions, Error, NautobotSettings};

/// How long it took to gather a page, in milliseconds. No collector emits it: whoever makes the page knows.
pub static PROCESSING_MS: Family<Gauge, 0> = Family::gauge(
    "nautobot_app_metrics_processing_ms",
    "Time in ms to generate the app metrics endpoint.",
    [],
);

/// The collectors that can be switched, in the order of the plugin's page, each with whether the settings want it,
/// then those of our own, which nobody gets without asking.
///
/// [`Up`] is not among them: it belongs on every page.
///
/// # Errors
///
/// [`Error::Settings`]: one of `[nautobot]` cannot be used.
pub fn all(
    nautobot: &Nautobot,
    app_metrics: &Settings,
    web: &NautobotSettings,
    collectors: &CollectorSettings,
) -> Result<Vec<(BoxCollector, bool)>, Error> {
    let shows_versions = app_metrics.asks_for_versions() && web.tell_versions();
    if app_metrics.asks_for_versions() && !shows_versions {
        tracing::warn!(
            "app_metrics.versions: nothing in [nautobot] says where versions are found, so none are shown; set url, \
             site_packages or versions there"
        );
    }
    let gitrepositories = GitRepositories::new(nautobot.clone());
    let jobs = Jobs::new(nautobot.clone());
    let models = Models::new(nautobot.clone(), app_metrics.models.clone(), collectors.models);
    let versions = AppVersions::new(web, app_metrics.versions.clone())?;
    let info = Info::new(nautobot.clone());
    let mut offered = vec![
        (BoxCollector::new(gitrepositories), app_metrics.gitrepositories),
        (BoxCollector::new(jobs), app_metrics.jobs),
        (BoxCollector::new(models), true),
        (BoxCollector::new(versions), shows_versions),
        (BoxCollector::new(info), true),
    ];
    offered.extend(operations::all(nautobot).map(|collector| (collector, false)));
    let taken = offered.iter().flat_map(|(collector, _)| collector.describe()).collect();
    let directory = MetricsDirectory::new(nautobot.clone(), &collectors.metrics_directory, taken);
    offered.push((BoxCollector::new(directory), collectors.metrics_directory.path.is_some()));
    Ok(offered)
}

/// The metrics directory of these settings, beside the other collectors of this crate: for what is to be done with it
/// besides serving it.
///
/// # Errors
///
/// None with the settings of [`all`].
pub fn metrics_directory(
    nautobot: &Nautobot,
    settings: &MetricsDirectorySettings,
) -> Result<MetricsDirectory, Error> {
    let others =
        all(nautobot, &Settings::default(), &NautobotSettings::default(), &CollectorSettings::default())?;
    let taken = others.iter().filter(|(collector, _)| collector.name() != "metrics_directory");
    let taken = taken.flat_map(|(collector, _)| collector.describe()).collect();
    Ok(MetricsDirectory::new(nautobot.clone(), settings, taken))
}
