//! The `[app_metrics]` section of an exporter's settings, which are the plugin's own keys, and what `[collectors.NAME]`
//! has beside the keys of every collector.

use std::collections::BTreeMap;
use std::fmt;

use crate::metrics_directory::MetricsDirectorySettings;
use crate::models::ModelsSettings;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// What the plugin calls `app_metrics` in its `PLUGINS_CONFIG` entry, key for key. Each key has a default of its own.
///
/// `extras`, a list of Python functions, cannot be served and is refused as unknown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// The models to count, by app: all of them, a table that is given replaces the default.
    ///
    /// Default: devices, racks, IP addresses, prefixes and locations, or sites where Nautobot (1.x) has them.
    pub models: Option<BTreeMap<String, AppModels>>,
    /// Whether to read the results of jobs. Default: yes.
    pub jobs: bool,
    /// Whether to read the results of syncs of Git repositories. Default: no.
    pub gitrepositories: bool,
    /// Whether to read RQ's queues, which is not done here but by the exporter of RQ. Default: yes.
    pub queues: bool,
    /// The versions to show.
    pub versions: Versions,
}

/// What single collectors have in `[collectors.NAME]` beside the keys of every collector.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CollectorSettings {
    /// `[collectors.models]`.
    pub models: ModelsSettings,
    /// `[collectors.metrics_directory]`.
    pub metrics_directory: MetricsDirectorySettings,
}

/// Which versions to show. Default: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Versions {
    /// Those of Python, Django and Nautobot.
    pub basic: bool,
    /// Those of Nautobot's apps.
    pub plugins: bool,
}

/// The models of one app: `{"Device": true, "Rack": false}`, with the package of the app's Python module as `_module`
/// where that is not `nautobot`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppModels {
    /// The package, such as `django.contrib` for the app `auth`.
    pub module: Option<String>,
    /// Whether to count a model, by its name in Python.
    pub models: BTreeMap<String, bool>,
}

const MODULE: &str = "_module";

impl Settings {
    /// Whether versions are asked for.
    pub fn asks_for_versions(&self) -> bool {
        self.versions.basic || self.versions.plugins
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { models: None, jobs: true, gitrepositories: false, queues: true, versions: Versions::default() }
    }
}

impl AppModels {
    /// The models to count.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = &str> {
        self.models.iter().filter(|(_, wanted)| **wanted).map(|(model, _)| model.as_str())
    }
}

/// Counts all of these.
impl<const N: usize> From<[&str; N]> for AppModels {
    fn from(models: [&str; N]) -> Self {
        Self { module: None, models: models.into_iter().map(|model| (model.to_owned(), true)).collect() }
    }
}

impl Serialize for AppModels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(module) = &self.module {
            map.serialize_entry(MODULE, module)?;
        }
        for (model, wanted) in &self.models {
            map.serialize_entry(model, wanted)?;
        }
        map.end()
    }
}

/// By hand, because what serde derives for such a map loses the key that an error is about.
impl<'de> Deserialize<'de> for AppModels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AppModelsVisitor)
    }
}

struct AppModelsVisitor;

impl<'de> Visitor<'de> for AppModelsVisitor {
    type Value = AppModels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of an app's models, such as { Device = true }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AppModels, A::Error> {
        let mut app = AppModels::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == MODULE {
                app.module = Some(map.next_value()?);
            } else {
                app.models.insert(key, map.next_value()?);
            }
        }
        Ok(app)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> Result<Settings, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn each_key_has_a_default_of_its_own() {
        assert_eq!(settings("{}").unwrap(), Settings::default());
        let given = settings(r#"{"queues": false, "versions": {"basic": true}}"#).unwrap();
        assert!(given.jobs && given.models.is_none() && !given.queues);
        assert!(given.asks_for_versions() && !given.versions.plugins);
    }

    #[test]
    fn models_are_taken_as_given() {
        let given = settings(
            r#"{"models": {"auth": {"_module": "django.contrib", "Group": true}, "dcim": {"Rack": false}}}"#,
        );
        let models = given.unwrap().models.unwrap();
        assert_eq!(models["auth"].module.as_deref(), Some("django.contrib"));
        assert_eq!(models["auth"].wanted().collect::<Vec<_>>(), ["Group"]);
        assert_eq!(models["dcim"].wanted().count(), 0);
        assert_eq!(settings(r#"{"models": {}}"#).unwrap().models, Some(BTreeMap::new()));
    }

    #[test]
    fn what_is_printed_reads_back_and_shows_every_key() {
        let given =
            settings(r#"{"models": {"auth": {"_module": "django.contrib", "Group": true}}}"#).unwrap();
        let printed = serde_json::to_string(&given).unwrap();
        assert_eq!(settings(&printed).unwrap(), given);
        for key in ["models", "jobs", "gitrepositories", "queues", "versions", "basic", "plugins"] {
            assert!(printed.contains(&format!("\"{key}\"")), "{key} in {printed}");
        }
    }

    #[test]
    fn wrong_types_and_unknown_keys_are_refused() {
        for json in [
            r#"{"extras": []}"#,
            r#"{"jobs": "no"}"#,
            r#"{"versions": true}"#,
            r#"{"models": {"dcim": true}}"#,
            r#"{"models": {"dcim": {"Device": 1}}}"#,
            r#"{"models": {"dcim": {"_module": true}}}"#,
        ] {
            assert!(settings(json).is_err(), "{json}");
        }
    }
}
