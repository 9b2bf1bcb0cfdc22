//! The standard collectors over Nautobot's database: what the plugin nautobot-capacity-metrics prints, name for name,
//! without a web worker.
//!
//! | collector | families | statements per run |
//! | --- | --- | --- |
//! | [`GitRepositories`] | `nautobot_gitrepository_*`, `nautobot_git_repository_execution_status` | 1 |
//! | [`Jobs`] | `nautobot_job_*` | 1 |
//! | [`Models`] | `nautobot_model_count`, `nautobot_model_missing` | 1 |
//! | [`Up`] | `nautobot_app_up` | none |
//!
//! A run is one read-only transaction with the deadline of its scrape. Once a minute one of them looks at the schema
//! first (see [`Nautobot::schema`]), which decides what they read: the Nautobot line is never configured.

mod gitrepositories;
mod grants;
mod info;
mod jobs;
mod models;
mod news;
mod results;
mod settings;
mod up;
mod versions;

use metrics_core::{BoxCollector, Family, Gauge};
use nautobot_db::Nautobot;

pub use gitrepositories::GitRepositories;
pub use grants::grants;
pub use info::Info;
pub use jobs::Jobs;
pub use models::{Count, Models, ModelsSettings, list as list_models};
pub use settings::{AppModels, CollectorSettings, Settings, Versions};
pub use up::Up;
pub use versions::{AppVersions, Error, NautobotSettings};

/// How long it took to gather a page, in milliseconds. No collector emits it: whoever makes the page knows.
pub static PROCESSING_MS: Family<Gauge, 0> = Family::gauge(
    "nautobot_app_metrics_processing_ms",
    "Time in ms to generate the app metrics endpoint.",
    [],
);

/// The collectors that can be switched, in the order of the plugin's page, each with whether the settings want it.
///
/// [`Up`] is not among them: it belongs on every page.
pub fn all(
    nautobot: &Nautobot,
    settings: &Settings,
    collectors: &CollectorSettings,
) -> Vec<(BoxCollector, bool)> {
    if settings.asks_for_versions() {
        tracing::warn!(
            "app_metrics.versions: versions are in no database, and no collector here shows them yet"
        );
    }
    let gitrepositories = GitRepositories::new(nautobot.clone());
    let jobs = Jobs::new(nautobot.clone());
    let models = Models::new(nautobot.clone(), settings.models.clone(), collectors.models);
    vec![
        (BoxCollector::new(gitrepositories), settings.gitrepositories),
        (BoxCollector::new(jobs), settings.jobs),
        (BoxCollector::new(models), true),
    ]
}
