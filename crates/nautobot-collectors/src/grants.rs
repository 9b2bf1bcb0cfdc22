//! The SQL that makes a role which may do no more than these collectors need.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::time::Duration;

use nautobot_db::{Error, Nautobot, Schema, TextRow};

use crate::settings::Settings;
use crate::{models, operations, results};

/// Tables with the columns that a collector reads; those that a line lacks do no harm.
pub(crate) type Needs = &'static [(&'static str, &'static [&'static str])];

/// What every look at the schema reads beside the catalogue.
const SCHEMA: Needs = &[("django_migrations", &["id"]), ("django_content_type", &["app_label", "model"])];

/// Where tables are found unless a role has it otherwise.
const DEFAULT_PATH: &str = "public";

/// The SQL that makes a role of this name, or one that is there, fit for all collectors of this crate with these
/// settings: a login, few connections, and `SELECT` on the columns that they read in this database, nothing else. It
/// is for a superuser, and may be run again after an upgrade of Nautobot, then also by the tables' owner.
///
/// The role may have twice as many connections as this handle, so that a second exporter can take over from a first one.
/// One statement beside the look at the schema, which only reads the catalogue.
///
/// # Errors
///
/// As [`Nautobot::query`].
pub async fn grants(
    nautobot: &Nautobot,
    settings: &Settings,
    role: &str,
    within: Duration,
) -> Result<String, Error> {
    let schema = nautobot.schema(within).await?;
    let rows = nautobot.query(include_str!("grants.sql"), within).await?;
    let places = rows.iter().map(Place::of_row).collect::<Result<HashMap<_, _>, _>>()?;
    let limit = 2 * nautobot.max_connections();
    let of_database = |column| rows.first().map_or(Ok(None), |row| row.text(column));
    let (database, path) =
        (of_database("database")?.unwrap_or_default(), of_database("path")?.unwrap_or_default());

    let mut sql = format!(
        "-- Nautobot {} at {}: a role that may do no more than the collectors of app-exporter need,\n\
         -- switched on or not, for the models of these settings.\n\
         -- For a superuser. Run it again after an upgrade, then the tables' owner will do. It sets no password.\n",
        schema.line(),
        nautobot.target()
    );
    let role = quoted(role);
    let schemas: BTreeSet<&str> = places.values().map(|place| place.schema.as_str()).collect();
    // Writing to a String does not fail.
    let _ = write!(
        sql,
        "DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n\
         ALTER ROLE {role} LOGIN CONNECTION LIMIT {limit};\n\
         GRANT CONNECT ON DATABASE {} TO {role};\n",
        quoted(database)
    );
    for schema in schemas {
        let _ = writeln!(sql, "GRANT USAGE ON SCHEMA {} TO {role};", quoted(schema));
    }
    if path != DEFAULT_PATH {
        let _ = writeln!(sql, "ALTER ROLE {role} IN DATABASE {} SET search_path = {path};", quoted(database));
    }
    for (table, columns) in columns(&schema, settings, &places) {
        let Some(place) = places.get(&table).filter(|_| !columns.is_empty()) else { continue };
        let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let _ = writeln!(
            sql,
            "GRANT SELECT ({}) ON {}.{} TO {role};",
            columns.join(", "),
            quoted(&place.schema),
            quoted(&table)
        );
    }
    Ok(sql)
}

/// Where a table lies.
struct Place {
    schema: String,
    /// A column that is enough to count its rows.
    key: Option<String>,
}

impl Place {
    fn of_row(row: &TextRow) -> Result<(String, Self), Error> {
        let text = |column| Ok::<_, Error>(row.text(column)?.map(str::to_owned));
        let place = Self { schema: text("schema")?.unwrap_or_default(), key: text("key")? };
        Ok((text("name")?.unwrap_or_default(), place))
    }
}

/// The columns to read, by table.
fn columns(
    schema: &Schema,
    settings: &Settings,
    places: &HashMap<String, Place>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let needs = [SCHEMA, results::needs(schema)].into_iter().chain(operations::NEEDS);
    for (table, needed) in needs.flatten() {
        // Of tables of other apps no column is known to be missing.
        let is_there = |column: &&&str| !table.starts_with("extras_") || schema.has_column(table, column);
        let there: Vec<String> = needed.iter().filter(is_there).map(|&column| column.to_owned()).collect();
        if !there.is_empty() {
            columns.entry((*table).to_owned()).or_default().extend(there);
        }
    }
    for table in models::tables(settings.models.as_ref(), schema) {
        for (name, needed) in table.condition_columns() {
            columns.entry((*name).to_owned()).or_default().extend(needed.iter().map(ToString::to_string));
        }
        let key = places.get(table.name()).and_then(|place| place.key.clone());
        let known = columns.entry(table.name().to_owned()).or_default();
        if known.is_empty() {
            known.extend(key);
        }
    }
    columns
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
