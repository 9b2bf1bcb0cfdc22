use std::fs;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};

use crate::error::OrPanic;
use crate::{Error, samples};

/// How a gzipped file begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

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

macro_rules! rows {
    ($file:literal) => {
        &[
            include_str!("../data/rows/begin.sql"),
            include_str!(concat!("../data/", $file)),
            include_str!("../data/rows/end.sql"),
        ]
    };
}

const SCHEMA_1_0: &[u8] = data!("schema/nautobot-1.0.3.sql.gz");
const SCHEMA_2_4: &[u8] = data!("schema/nautobot-2.4.44.sql.gz");

/// Databases by the name of their data set: a dump, and SQL to follow it.
const DATABASES: [(&str, &[u8], &[&str]); 8] = [
    ("nautobot-1.0.3", SCHEMA_1_0, rows!("nautobot-1.0.3/rows.sql")),
    ("nautobot-1.2.11", data!("schema/nautobot-1.2.11.sql.gz"), rows!("nautobot-1.0.3/rows.sql")),
    ("nautobot-1.3.10", data!("schema/nautobot-1.3.10.sql.gz"), rows!("nautobot-1.0.3/rows.sql")),
    ("nautobot-1.6.32", data!("nautobot-1.6.32/database.sql.gz"), &[]),
    ("nautobot-2.4.44", SCHEMA_2_4, rows!("nautobot-2.4.44/rows.sql")),
    ("nautobot-3.2.7", data!("nautobot-3.2.7/database.sql.gz"), &[]),
    ("schema-1.0.3", SCHEMA_1_0, &[]),
    ("schema-2.4.44", SCHEMA_2_4, &[]),
];

const PAGES: [(&str, &str); 3] = [
    text!("nautobot-1.6.32/app-metrics.txt"),
    text!("nautobot-1.6.32/rq-metrics.txt"),
    text!("nautobot-3.2.7/app-metrics.txt"),
];

/// The Redis keys of Nautobot 1.6 with RQ, one JSON object a line.
pub(crate) const RQ_DUMP: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/nautobot-1.6.32/redis-rq.jsonl"));

/// The Redis keys of Nautobot 3.2 with Celery, one JSON object by name.
pub(crate) const CELERY_DUMP: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/nautobot-3.2.7/redis-celery.json"));

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
pub(crate) struct DataSet {
    pub(crate) name: &'static str,
    gzipped: &'static [u8],
    rows: &'static [&'static str],
}

impl DataSet {
    pub(crate) fn of(name: &str) -> Result<Self, Error> {
        let found = DATABASES.iter().find(|(known, ..)| *known == name);
        let &(name, gzipped, rows) = found.ok_or_else(|| Error::UnknownData(name.into()))?;
        Ok(Self { name, gzipped, rows })
    }

    pub(crate) fn sql(&self) -> Result<String, Error> {
        let dump =
            portable(self.gzipped).map_err(|cause| Error::Damaged { name: self.name.into(), cause })?;
        Ok(dump + &self.rows.concat())
    }
}

/// What `pg_dump` wrote into this file, gzipped or not.
pub(crate) fn dump(file: &Path) -> Result<String, Error> {
    fs::read(file)
        .and_then(|bytes| portable(&bytes))
        .map_err(|cause| Error::Damaged { name: file.display().to_string(), cause })
}

/// A dump as SQL that every supported PostgreSQL can load, whatever roles it has.
fn portable(dump: &[u8]) -> io::Result<String> {
    let mut sql = String::new();
    if dump.starts_with(&GZIP) {
        GzDecoder::new(dump).read_to_string(&mut sql)?;
    } else {
        (&*dump).read_to_string(&mut sql)?;
    }
    Ok(sql.split_inclusive('\n').filter(|line| is_portable(line)).collect())
}

/// Neither the extension, which lies in a package of its own on some systems, nor what psql learnt in August 2025, nor
/// who owns what.
fn is_portable(line: &str) -> bool {
    let foreign =
        ["\\restrict ", "\\unrestrict ", "CREATE EXTENSION ", "COMMENT ON EXTENSION ", "GRANT ", "REVOKE "];
    let gives_away = line.starts_with("ALTER ") && line.contains(" OWNER TO ");
    !gives_away && !foreign.iter().any(|start| line.starts_with(start))
}
