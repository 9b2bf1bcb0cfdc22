//! The `[nautobot]` section of an exporter's settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::client;

/// What is known of Nautobot beside its database: where its versions can be read.
///
/// Serialising masks secrets, so that effective settings can be shown.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct NautobotSettings {
    /// The address of Nautobot's start page, such as `https://nautobot.example.com`: `http` or `https`, without user,
    /// password and query. Its `api/status/` is asked, without a proxy; redirects are not followed. Needs `token`.
    #[serde(serialize_with = "masked_url", deserialize_with = "text")]
    pub url: Option<SecretString>,
    /// An API token of any Nautobot user. One without any permission will do.
    #[serde(serialize_with = "masked", deserialize_with = "text")]
    pub token: Option<SecretString>,
    /// Certificates (PEM) of the authorities to trust instead of the system's. Refused with a `http` URL.
    pub tls_ca_file: Option<PathBuf>,
    /// Longest time that a source has for its answer. No page but the first waits so long: see [`AppVersions`].
    ///
    /// [`AppVersions`]: crate::AppVersions
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// How long an answer is served before the source is asked again, and the longest pause after a failure.
    #[serde(with = "humantime_serde")]
    pub interval: Duration,
    /// The directory into which Nautobot's Python packages are installed, such as
    /// `/opt/nautobot/lib/python3.12/site-packages`. What their `*.dist-info` say is shown: Django, Nautobot, and as apps
    /// all packages that need Nautobot or whose name starts with `nautobot-`, switched on in Nautobot or not. Python's
    /// version is shown if it is that of a virtual environment, which has it in its `pyvenv.cfg`.
    pub site_packages: Option<PathBuf>,
    /// Versions to show as given, by name: `python`, `django`, `nautobot`, or the import name of an app.
    pub versions: BTreeMap<String, String>,
}

impl NautobotSettings {
    /// Whether they say where versions can be read, or the versions themselves.
    pub fn tell_versions(&self) -> bool {
        let url = self.url.as_ref().is_some_and(|url| !url.expose_secret().is_empty());
        url || self.site_packages.is_some() || !self.versions.is_empty()
    }
}

impl Default for NautobotSettings {
    fn default() -> Self {
        Self {
            url: None,
            token: None,
            tls_ca_file: None,
            timeout: Duration::from_secs(5),
            interval: Duration::from_secs(600),
            site_packages: None,
            versions: BTreeMap::new(),
        }
    }
}

const MASK: &str = "<secret>";

fn masked<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| MASK).serialize(serializer)
}

/// Only an address that can be used is known to hold no secret.
fn masked_url<S: Serializer>(url: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = url.as_ref().map(|url| match client::parse(url.expose_secret()) {
        Ok(_) => url.expose_secret(),
        Err(_) => MASK,
    });
    shown.serialize(serializer)
}

/// A secret, whose value serde would quote when it is not text.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Option::deserialize(deserializer).map_err(|_| de::Error::custom("expected text, in quotes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> Result<NautobotSettings, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn each_key_has_a_default_and_unknown_ones_are_refused() {
        let default = settings("{}").unwrap();
        assert_eq!((default.timeout.as_secs(), default.interval.as_secs()), (5, 600));
        assert!(!default.tell_versions());
        let given = settings(r#"{"interval": "1h", "versions": {"python": "3.12.1"}}"#).unwrap();
        assert_eq!(given.interval.as_secs(), 3600);
        assert!(given.tell_versions());
        for json in [r#"{"uri": "x"}"#, r#"{"timeout": "soon"}"#, r#"{"versions": ["3.12.1"]}"#] {
            assert!(settings(json).is_err(), "{json}");
        }
    }

    #[test]
    fn secrets_are_shown_nowhere() {
        for url in ["https://me:canary@nautobot.example", "https://nautobot.example?key=canary", "canary"] {
            let given = settings(&format!(r#"{{"url": "{url}", "token": "canary"}}"#)).unwrap();
            for shown in [format!("{given:?}"), serde_json::to_string(&given).unwrap()] {
                assert!(!shown.contains("canary"), "{shown}");
            }
        }
        let refusal = settings(r#"{"token": 7331}"#).unwrap_err().to_string();
        assert!(!refusal.contains("7331"), "{refusal}");
        let usable = settings(r#"{"url": "https://nautobot.example/nb"}"#).unwrap();
        assert!(serde_json::to_string(&usable).unwrap().contains("https://nautobot.example/nb"));
    }
}
