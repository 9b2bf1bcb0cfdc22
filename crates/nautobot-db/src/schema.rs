//! Which Nautobot lies in the database: its line, its features, its tables.

mod line;
mod mapping;
mod table;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

pub use self::{line::Line, table::Table};
use crate::{error::Error, text_row::TextRow};

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
    tables: BTreeMap<String, Relation>,
    /// Columns of the tables whose names start with `extras_`.
    columns: BTreeMap<String, BTreeSet<String>>,
}

/// A table or view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Relation {
    oid: u32,
    /// Whether the role may `SELECT` something in it.
    is_readable: bool,
    /// Whether its rows change only with the table itself: not those of a view, of a table elsewhere, with children, or
    /// with row security.
    is_plain: bool,
}

impl Schema {
    /// The statement that reads the catalogue.
    pub(crate) const FEATURES: &str = include_str!("schema/features.sql");

    /// What the rows of [`FEATURES`](Self::FEATURES) say.
    pub(crate) fn of_rows(rows: &[TextRow], target: &str) -> Result<Self, Error> {
        let mut facts = Facts::default();
        for row in rows {
            facts.add(row)?;
        }
        Self::of(facts).map_err(|missing| Error::NotNautobot { target: target.into(), missing })
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
            .find(|table| self.has_table(table))
            .map(|table| self.model(table))
    }

    /// The table of a model by the label of its Django app, of Nautobot, of Django, or of any other app:
    /// `("auth", "Group")`, `("nautobot_golden_config", "ConfigCompliance")`. An app that Nautobot does not bring
    /// has its models where Django puts them unless told otherwise, in `<label>_<model in lower case>`.
    pub fn app_table(&self, app_label: &str, model: &str) -> Option<Table> {
        if mapping::is_labelled(app_label) {
            return mapping::labelled(self.line, app_label, model)
                .find(|table| self.has_table(table))
                .map(|table| self.model(table));
        }
        let is_class = model.starts_with(|first: char| first.is_ascii_uppercase());
        let table = format!("{app_label}_{}", model.to_lowercase());
        (is_class && self.has_table(&table)).then(|| self.model(table))
    }

    /// Every model of Nautobot and of the apps that it brings whose table is there: the label of its app, its name, its
    /// table.
    pub fn models(&self) -> impl Iterator<Item = (&'static str, &'static str, Table)> {
        let models = mapping::models(self.line);
        let there = models.filter(|(_, _, table)| self.has_table(table));
        there.map(|(app, model, table)| (app, model, self.model(table)))
    }

    /// Whether there is a table or view of this name.
    pub fn has_table(&self, table: &str) -> bool {
        self.facts.tables.contains_key(table)
    }

    /// Whether the table has the column; known of tables of Nautobot's app `extras` only, whose names start with
    /// `extras_`.
    pub fn has_column(&self, table: &str, column: &str) -> bool {
        self.facts.columns.get(table).is_some_and(|columns| columns.contains(column))
    }

    /// The oids of those of these tables that exist, or `None` if the rows of one change with more than itself.
    pub(crate) fn plain(&self, tables: &[&str]) -> Option<Vec<u32>> {
        let known = tables.iter().filter_map(|&table| self.facts.tables.get(table));
        known.map(|relation| relation.is_plain.then_some(relation.oid)).collect()
    }

    fn model(&self, table: impl Into<Cow<'static, str>>) -> Table {
        Table::of_model(table, |name| self.facts.tables.get(name).is_some_and(|table| table.is_readable))
    }
}

impl Facts {
    fn add(&mut self, row: &TextRow) -> Result<(), Error> {
        let name = row.text("name")?.unwrap_or_default().to_owned();
        if let Some(columns) = row.text("columns")? {
            self.columns.insert(name, columns.split(' ').map(str::to_owned).collect());
        } else {
            let oid = row.number("oid")?.unwrap_or_default();
            let (is_readable, is_plain) = (row.is("is_readable")?, row.is("is_plain")?);
            self.tables.insert(name, Relation { oid, is_readable, is_plain });
        }
        Ok(())
    }

    fn has_result_column(&self, column: &str) -> bool {
        self.columns.get("extras_jobresult").is_some_and(|columns| columns.contains(column))
    }

    fn has(&self, feature: Feature) -> bool {
        let table = |name| self.tables.contains_key(name);
        let column = |name| self.has_result_column(name);
        match feature {
            Feature::CompletedResults => column("completed"),
            Feature::TaskResults => column("date_done"),
            Feature::JobModel => table("extras_job"),
            Feature::JobLogEntry => table("extras_joblogentry"),
            Feature::JobQueue => table("extras_jobqueue"),
        }
    }
}

#[cfg(test)]
mod tests;
