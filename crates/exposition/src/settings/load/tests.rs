//! Every rule of the loader, on settings shaped like those of the real exporters.

mod collectors;
mod errors;
mod secrets;
mod sources;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};
use tempfile::TempDir;

use super::*;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Own {
    database: Database,
    app_metrics: AppMetrics,
    lenient: Lenient,
    collectors: Collectors,
    /// A list of sections.
    spares: Vec<Database>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Database {
    #[serde(serialize_with = "masked")]
    url: Option<SecretString>,
    host: Option<String>,
    port: Option<u16>,
    #[serde(serialize_with = "masked")]
    password: Option<SecretString>,
    tls: Option<bool>,
    tls_ca_file: Option<PathBuf>,
    max_connections: usize,
    #[serde(with = "humantime_serde")]
    connect_timeout: Duration,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            host: None,
            port: None,
            password: None,
            tls: None,
            tls_ca_file: None,
            max_connections: 2,
            connect_timeout: Duration::from_secs(5),
        }
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct AppMetrics {
    jobs: bool,
    models: BTreeMap<String, BTreeMap<String, bool>>,
    queues: Vec<String>,
}

impl Default for AppMetrics {
    fn default() -> Self {
        let dcim = BTreeMap::from([("Site".to_owned(), true)]);
        Self { jobs: false, models: BTreeMap::from([("dcim".to_owned(), dcim)]), queues: Vec::new() }
    }
}

/// As an author writes who forgot `deny_unknown_fields`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Lenient {
    depth: u8,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Collectors {
    models: Models,
    jobs: Option<Jobs>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Models {
    count: Count,
    estimate_above: u64,
    tables: BTreeMap<String, String>,
    #[serde(serialize_with = "masked")]
    token: Option<SecretString>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Count {
    #[default]
    Exact,
    Estimate,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Jobs {
    limit: Option<u8>,
}

fn masked<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| "<secret>").serialize(serializer)
}

fn known() -> Known {
    let environment = [("X_DB_HOST", "database.host"), ("X_DB_PORT", "database.port")];
    let more = [
        ("X_DB_PASSWORD", "database.password"),
        ("X_DB_SSL", "database.tls"),
        ("X_REDIS", "redis.url"),
        ("X_TOKEN", "collectors.models.token"),
    ];
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Known {
        prefix: "NAUTOBOT_EXPORTER_".to_owned(),
        environment: environment
            .iter()
            .chain(&more)
            .map(|&(name, key)| (name.to_owned(), key.to_owned()))
            .collect(),
        urls: vec![("database".to_owned(), owned(&["host", "port", "password", "tls"]))],
        siblings: owned(&["redis", "rq_metrics", "collectors.queues", "app_metrics.versions"]),
        collectors: owned(&["models", "jobs", "plain"]),
        default_listen: ":18187".to_owned(),
    }
}

/// A directory with settings files, and what the process would be given.
struct Given {
    known: Known,
    directory: TempDir,
    files: Vec<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    flags: Vec<(String, Value)>,
}

fn given() -> Given {
    let directory = tempfile::tempdir().unwrap();
    Given { known: known(), directory, files: Vec::new(), environment: Vec::new(), flags: Vec::new() }
}

impl Given {
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn written(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn file(mut self, name: &str, text: &str) -> Self {
        let path = self.written(name, text);
        self.files.push(path);
        self
    }

    fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn flag(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.flags.push((key.to_owned(), value.into()));
        self
    }

    fn load(&self) -> Result<Loaded<Own>, SettingsError> {
        super::load(&self.known, &self.files, self.environment.clone(), &self.flags)
    }

    fn loaded(&self) -> Loaded<Own> {
        self.load().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The message, without the directory.
    fn refused(&self) -> String {
        let message = self.load().err().expect("refused").to_string();
        assert_eq!(message.lines().count(), 1, "{message}");
        message.replace(&format!("{}/", self.directory.path().display()), "")
    }

    fn printed(&self) -> String {
        self.loaded().print().replace(&format!("{}/", self.directory.path().display()), "")
    }
}
