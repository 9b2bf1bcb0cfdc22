//! Which Nautobot lies in the database: its line, its features, its tables.

mod line;
mod mapping;
mod table;

use std::{borrow::Cow, collections::BTreeSet};

pub use self::{line::Line, table::Table};
use crate::{error::Error, reading::Reading};

/// What the catalogue of one database says about the Nautobot in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    line: Line,
    facts: Facts,
}

/// A part of Nautobot's schema that some lines have and others lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// `extras_jobresult` has `created`, `completed`, `data` and `obj_type_id`: Nautobot 1.x.
    CompletedResults,
    /// `extras_jobresult` has `date_created`, `date_done` and `task_name`: Nautobot 2.0 and later.
    TaskResults,
    /// `extras_jobresult.debug_log_count` and its siblings: Nautobot 3.0, migration extras.0129.
    ResultLogCounts,
    /// Table `extras_job`: Nautobot 1.3. Before, a job had no row.
    JobModel,
    /// Table `extras_joblogentry`: Nautobot 1.2. Before, log entries lay in `extras_jobresult.data`.
    JobLogEntry,
    /// Table `extras_jobqueue`: Nautobot 2.4.
    JobQueue,
}

/// What one statement reads from the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    /// Tables and views visible on the search path.
    tables: BTreeSet<String>,
    /// Those of them in which the role may not `SELECT` anything.
    unreadable: BTreeSet<String>,
    /// Columns of `extras_jobresult`.
    result_columns: BTreeSet<String>,
    /// Number of the newest migration of the app.
    extras_migration: i32,
    dcim_migration: i32,
}

impl Schema {
    /// Reads the catalogue with one statement.
    pub(crate) async fn detect(reading: &Reading, target: &str) -> Result<Self, Error> {
        let not_nautobot = |missing| Error::NotNautobot { target: target.into(), missing };
        let rows = match reading.query(include_str!("schema/features.sql"), &[]).await {
            Err(Error::Query { sqlstate, .. }) if sqlstate == "42P01" => {
                return Err(not_nautobot("table django_migrations"));
            }
            answered => answered?,
        };
        let row = rows.first().ok_or_else(|| not_nautobot("table django_migrations"))?;
        let names = |column| Ok::<_, Error>(row.try_get::<_, Vec<String>>(column)?.into_iter().collect());
        let facts = Facts {
            tables: names("tables")?,
            unreadable: names("unreadable")?,
            result_columns: names("result_columns")?,
            extras_migration: row.try_get("extras_migration")?,
            dcim_migration: row.try_get("dcim_migration")?,
        };
        Self::of(facts).map_err(not_nautobot)
    }

    fn of(facts: Facts) -> Result<Self, &'static str> {
        Ok(Self { line: Line::of(&facts)?, facts })
    }

    /// The Nautobot line. A Nautobot that is newer than this library is taken for the newest line that the library
    /// knows.
    pub fn line(&self) -> Line {
        self.line
    }

    /// Whether this database has the feature, whatever its line.
    pub fn has(&self, feature: Feature) -> bool {
        self.facts.has(feature)
    }

    /// The table of the model that `nautobot.<app>.models.<model>` names, as Python resolves it: names which that
    /// module merely imports count too, so that `("ipam", "Device")` is `dcim_device`. `None` when this line has no
    /// such model, or this database no such table. Whether the role may read it, [`Table::is_readable`] says.
    pub fn table(&self, app: &str, model: &str) -> Option<Table> {
        mapping::resolvable(self.line, app, model)
            .find(|table| self.exists(table))
            .map(|table| self.model(table))
    }

    /// The table of a model by the label of its Django app, of Nautobot, of Django, or of any other app:
    /// `("auth", "Group")`, `("nautobot_golden_config", "ConfigCompliance")`. An app that Nautobot does not bring
    /// has its models where Django puts them unless told otherwise, in `<label>_<model in lower case>`.
    pub fn app_table(&self, app_label: &str, model: &str) -> Option<Table> {
        if mapping::is_labelled(app_label) {
            return mapping::labelled(self.line, app_label, model)
                .find(|table| self.exists(table))
                .map(|table| self.model(table));
        }
        let is_class = model.starts_with(|first: char| first.is_ascii_uppercase());
        let table = format!("{app_label}_{}", model.to_lowercase());
        (is_class && self.exists(&table)).then(|| self.model(table))
    }

    fn model(&self, table: impl Into<Cow<'static, str>>) -> Table {
        Table::of_model(table, |name| !self.facts.unreadable.contains(name))
    }

    fn exists(&self, table: &str) -> bool {
        self.facts.tables.contains(table)
    }
}

impl Facts {
    fn has(&self, feature: Feature) -> bool {
        let table = |name| self.tables.contains(name);
        let column = |name| self.result_columns.contains(name);
        match feature {
            Feature::CompletedResults => column("completed"),
            Feature::TaskResults => column("date_done"),
            Feature::ResultLogCounts => column("debug_log_count"),
            Feature::JobModel => table("extras_job"),
            Feature::JobLogEntry => table("extras_joblogentry"),
            Feature::JobQueue => table("extras_jobqueue"),
        }
    }
}

#[cfg(test)]
mod tests;
