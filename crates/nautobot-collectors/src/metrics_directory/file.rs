//! What one file of a metrics directory says.

use std::collections::BTreeSet;
use std::time::Duration;

use metrics_core::{Descriptor, Kind};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of a file, and those of each `[[metric]]` in it.
const FILE_KEYS: &[&str] = &["sql", "timeout", "interval", "max_rows", "requires", "metric"];
const METRIC_KEYS: &[&str] = &["name", "help", "kind", "labels", "value"];

const MAX_ROWS: usize = 100_000;
const MAX_METRICS: usize = 50;
const MAX_LABELS: usize = 30;

/// The families that an exporter has about itself start like this.
const RESERVED: [&str; 3] = ["nautobot_app_", "nautobot_metrics_directory_", "process_"];

/// One statement, and the families that are made of its rows.
#[derive(Debug)]
pub(super) struct File {
    /// Without the semicolon at its end.
    pub(super) sql: String,
    pub(super) timeout: Duration,
    pub(super) interval: Duration,
    pub(super) max_rows: usize,
    /// Tables without which it is not meant for this database.
    pub(super) requires: Vec<String>,
    pub(super) metrics: Vec<Metric>,
}

/// A family, and where in a row its samples are.
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) family: Descriptor,
    pub(super) value: String,
}

#[derive(Deserialize)]
struct Given {
    sql: Option<String>,
    #[serde(default = "five_seconds", with = "humantime_serde")]
    timeout: Duration,
    #[serde(default, with = "humantime_serde")]
    interval: Duration,
    #[serde(default = "ten_thousand")]
    max_rows: usize,
    #[serde(default)]
    requires: Vec<String>,
    #[serde(default)]
    metric: Vec<GivenMetric>,
}

#[derive(Deserialize)]
struct GivenMetric {
    name: Spanned<String>,
    help: String,
    kind: GivenKind,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default = "value")]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum GivenKind {
    Gauge,
    Counter,
    Unknown,
}

fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

fn ten_thousand() -> usize {
    10_000
}

fn value() -> String {
    "value".to_owned()
}

/// What is wrong with a file, and in which line, if in one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Defect {
    pub(super) line: Option<usize>,
    pub(super) reason: String,
}

impl Defect {
    pub(super) fn of_file(reason: impl Into<String>) -> Self {
        Self { line: None, reason: reason.into() }
    }

    fn at(text: &str, offset: usize, reason: impl Into<String>) -> Self {
        let before = text.as_bytes().get(..offset).unwrap_or_default();
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        Self { line: Some(line), reason: reason.into() }
    }
}

impl File {
    /// Reads the text of a file; `beside` is that of the `.sql` file of the same name, if there is one.
    pub(super) fn parse(text: &str, beside: Option<String>) -> Result<Self, Defect> {
        let of_toml = |error: toml::de::Error| {
            let reason = error.message().lines().collect::<Vec<_>>().join("; ");
            Defect::at(text, error.span().map_or(0, |span| span.start), reason)
        };
        let tree = DeTable::parse(text).map_err(of_toml)?;
        if let Some((offset, reason)) = unknown_key(tree.get_ref()) {
            return Err(Defect::at(text, offset, reason));
        }
        Self::of_given(toml::from_str(text).map_err(of_toml)?, beside, text)
    }

    fn of_given(given: Given, beside: Option<String>, text: &str) -> Result<Self, Defect> {
        let sql = match (given.sql, beside) {
            (Some(_), Some(_)) => {
                return Err(Defect::of_file("has `sql` and a .sql file beside it: remove one"));
            }
            (None, None) => {
                return Err(Defect::of_file("has no `sql`, and there is no .sql file of its name beside it"));
            }
            (Some(sql), None) | (None, Some(sql)) => sql,
        };
        let sql = sql.trim().trim_end_matches(';').trim_end().to_owned();
        if sql.is_empty() {
            return Err(Defect::of_file("its statement is empty"));
        }
        if sql.contains('\0') {
            return Err(Defect::of_file("its statement holds a zero byte"));
        }
        if given.timeout.is_zero() {
            return Err(Defect::of_file("timeout: expected more than zero"));
        }
        if !(1..=MAX_ROWS).contains(&given.max_rows) {
            return Err(Defect::of_file(format!("max_rows: expected 1 to {MAX_ROWS}")));
        }
        if !(1..=MAX_METRICS).contains(&given.metric.len()) {
            return Err(Defect::of_file(format!("expected 1 to {MAX_METRICS} [[metric]]")));
        }
        let metrics = given.metric.into_iter().map(|metric| Metric::of_given(metric, text));
        let metrics = metrics.collect::<Result<Vec<_>, _>>()?;
        for (i, metric) in metrics.iter().enumerate() {
            let earlier = metrics.iter().take(i);
            if let Some(earlier) =
                earlier.map(|earlier| &earlier.family).find(|one| one.clashes_with(&metric.family))
            {
                return Err(Defect::of_file(format!(
                    "family `{}` clashes with family `{}` of this file",
                    metric.family.name(),
                    earlier.name()
                )));
            }
        }
        let Given { timeout, interval, max_rows, requires, .. } = given;
        Ok(Self { sql, timeout, interval, max_rows, requires, metrics })
    }

    /// The columns that are labels of any family, each once.
    pub(super) fn labels(&self) -> Vec<&str> {
        let labels: BTreeSet<&str> = self.metrics.iter().flat_map(|metric| metric.family.labels()).collect();
        labels.into_iter().collect()
    }

    /// The families.
    pub(super) fn families(&self) -> impl Iterator<Item = &Descriptor> {
        self.metrics.iter().map(|metric| &metric.family)
    }
}

impl Metric {
    fn of_given(given: GivenMetric, text: &str) -> Result<Self, Defect> {
        let defect = |reason: String| Defect::at(text, given.name.span().start, reason);
        let name = given.name.get_ref();
        if let Some(prefix) = RESERVED.into_iter().find(|prefix| name.starts_with(prefix)) {
            return Err(defect(format!("`{name}`: names that start with `{prefix}` are the exporter's own")));
        }
        if given.help.trim().is_empty() {
            return Err(defect(format!("`{name}`: help is empty")));
        }
        if given.labels.len() > MAX_LABELS {
            return Err(defect(format!("`{name}` has more than {MAX_LABELS} labels")));
        }
        let kind = match given.kind {
            GivenKind::Gauge => Kind::Gauge,
            GivenKind::Counter => Kind::Counter,
            GivenKind::Unknown => Kind::Unknown,
        };
        let family = Descriptor::new(kind, name, &given.help, &given.labels);
        Ok(Self { family: family.map_err(|error| defect(error.to_string()))?, value: given.value })
    }
}

/// Where an unknown key is, and what to say of it.
fn unknown_key(file: &DeTable<'_>) -> Option<(usize, String)> {
    let metrics =
        file.iter().filter(|(key, _)| key.get_ref() == "metric").filter_map(|(_, value)| {
            match value.get_ref() {
                DeValue::Array(metrics) => Some(metrics.iter()),
                _ => None,
            }
        });
    let tables = metrics.flatten().filter_map(|metric| match metric.get_ref() {
        DeValue::Table(metric) => Some((metric, METRIC_KEYS)),
        _ => None,
    });
    let mut unknown = [(file, FILE_KEYS)].into_iter().chain(tables).filter_map(|(table, known)| {
        let (key, _) = table.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref()))?;
        Some((key.span().start, format!("unknown key `{}`{}", key.get_ref(), hint(key.get_ref(), known))))
    });
    unknown.next()
}

/// The known key that was probably meant, or all of them.
fn hint(key: &str, known: &[&str]) -> String {
    let slips = known.iter().map(|known| (strsim::damerau_levenshtein(key, known), known));
    match slips.min().filter(|(slips, _)| *slips <= 1 + key.chars().count() / 4) {
        Some((_, nearest)) => format!("; did you mean `{nearest}`?"),
        None => format!("; known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests;
