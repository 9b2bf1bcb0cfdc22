use std::io::{self, Read};

use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};

use crate::error::OrPanic;
use crate::{Error, samples};

macro_rules! data {
    ($file:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/", $file)).as_slice()
    };
}

macro_rules! text {
    ($file:literal) => {
        ($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/", $file)))
    };
}

/// Databases by the name of their data set.
const DATABASES: [(&str, &[u8]); 4] = [
    ("nautobot-1.6.32", data!("nautobot-1.6.32/database.sql.gz")),
    ("nautobot-3.2.7", data!("nautobot-3.2.7/database.sql.gz")),
    ("schema-1.0.3", data!("schema/nautobot-1.0.3.sql.gz")),
    ("schema-2.4.44", data!("schema/nautobot-2.4.44.sql.gz")),
];

const PAGES: [(&str, &str); 3] = [
    text!("nautobot-1.6.32/app-metrics.txt"),
    text!("nautobot-1.6.32/rq-metrics.txt"),
    text!("nautobot-3.2.7/app-metrics.txt"),
];

/// The Redis keys of Nautobot 1.6 with RQ, one JSON object a line.
pub(crate) const RQ_DUMP: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/nautobot-1.6.32/redis-rq.jsonl"));

/// A page that the real plugin printed: `nautobot-1.6.32/app-metrics.txt`, `nautobot-1.6.32/rq-metrics.txt` or
/// `nautobot-3.2.7/app-metrics.txt`.
///
/// # Panics
/// If there is no such page.
pub fn page(name: &str) -> &'static str {
    let found = PAGES.iter().find(|(known, _)| *known == name);
    found.map(|(_, page)| *page).ok_or_else(|| Error::UnknownData(name.into())).or_panic()
}

/// The models that the plugin's page of a data set counts, as its settings have them: `{"dcim": {"Rack": true}}`.
///
/// # Panics
/// If there is no such page.
pub fn models(dataset: &str) -> Value {
    let page = samples(page(&format!("{dataset}/app-metrics.txt")));
    let mut models = Map::new();
    for labels in page.get("nautobot_model_count").into_iter().flat_map(|counts| counts.keys()) {
        if let [(_, app), (_, model)] = labels.as_slice() {
            models.entry(app).or_insert_with(|| json!({}))[model] = json!(true);
        }
    }
    models.into()
}

/// A data set's database.
pub(crate) struct Dump {
    pub(crate) dataset: &'static str,
    gzipped: &'static [u8],
}

impl Dump {
    pub(crate) fn of(dataset: &str) -> Result<Self, Error> {
        let found = DATABASES.iter().find(|(known, _)| *known == dataset);
        let &(dataset, gzipped) = found.ok_or_else(|| Error::UnknownData(dataset.into()))?;
        Ok(Self { dataset, gzipped })
    }

    /// The dump as SQL that every supported PostgreSQL can load.
    pub(crate) fn sql(&self) -> Result<String, Error> {
        let mut dump = String::new();
        GzDecoder::new(self.gzipped).read_to_string(&mut dump).map_err(|cause| self.damaged(cause))?;
        Ok(dump.split_inclusive('\n').filter(|line| is_portable(line)).collect())
    }

    fn damaged(&self, cause: io::Error) -> Error {
        Error::Damaged { name: self.dataset, cause }
    }
}

/// Neither the extension, which lies in a package of its own on some systems, nor what psql learnt in August 2025.
fn is_portable(line: &str) -> bool {
    let foreign = ["\\restrict ", "\\unrestrict ", "CREATE EXTENSION ", "COMMENT ON EXTENSION "];
    !foreign.iter().any(|start| line.starts_with(start))
}
