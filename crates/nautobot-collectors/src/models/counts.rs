//! Counting the rows of tables: those that changed, all of them with one statement.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nautobot_db::{Error, Glance, Kept, Nautobot, Table};

use super::{Count, ModelsSettings};

/// What is known of the rows of tables.
#[derive(Debug)]
pub(super) struct Counts {
    nautobot: Nautobot,
    settings: ModelsSettings,
    kept: Mutex<HashMap<String, Kept<Rows>>>,
}

/// How many rows a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) number: i64,
    pub(super) is_estimated: bool,
}

/// The rows of tables by name, and how many of the tables were read for it.
pub(super) struct Counted {
    pub(super) rows: HashMap<String, Rows>,
    pub(super) read: usize,
}

impl Counts {
    pub(super) fn new(nautobot: Nautobot, settings: ModelsSettings) -> Self {
        Self { nautobot, settings, kept: Mutex::default() }
    }

    /// The rows of these tables: what still stands by this glance, and the rest read with one statement.
    pub(super) async fn of(
        &self,
        tables: impl Iterator<Item = Table>,
        glance: &Glance,
        within: Duration,
    ) -> Result<Counted, Error> {
        let (mut rows, mut changed) = (HashMap::new(), BTreeMap::new());
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            for table in tables {
                match kept.get(table.name()).filter(|kept| kept.stands(glance)) {
                    Some(kept) => drop(rows.insert(table.name().to_owned(), *kept.value())),
                    None => drop(changed.insert(table.name().to_owned(), table)),
                }
            }
        }
        let changed: Vec<Table> = changed.into_values().collect();
        let read = self.read(&changed, within).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|table, _| rows.contains_key(table));
        for (table, counted) in changed.iter().zip(read) {
            let tables: Vec<&str> = table.reads().collect();
            // Of an estimate nothing tells when it changes, and it costs next to nothing.
            let known = glance.keep(counted, &tables).filter(|_| !counted.is_estimated);
            kept.extend(known.map(|known| (table.name().to_owned(), known)));
            rows.insert(table.name().to_owned(), counted);
        }
        Ok(Counted { rows, read: changed.len() })
    }

    /// In the order of the tables.
    async fn read(&self, tables: &[Table], within: Duration) -> Result<Vec<Rows>, Error> {
        if tables.is_empty() {
            return Ok(Vec::new());
        }
        let parts: Vec<String> =
            tables.iter().enumerate().map(|(place, table)| self.settings.part(place, table)).collect();
        // Parts that run in parallel would answer in any order.
        let sql = parts.join("\nUNION ALL\n") + "\nORDER BY place";
        let rows = self.nautobot.query(&sql, within).await?;
        let rows = rows.iter().map(|row| {
            let number = row.number("rows")?.unwrap_or_default();
            Ok(Rows { number, is_estimated: row.is("is_estimated")? })
        });
        rows.collect()
    }
}

impl ModelsSettings {
    /// A statement of one row: place, rows, is_estimated.
    fn part(&self, place: usize, table: &Table) -> String {
        let exact = format!(
            "SELECT {place} AS place, count(*) AS rows, false AS is_estimated FROM {}",
            table.from_clause()
        );
        let is_whole = table.reads().count() == 1;
        let beyond = match self.count {
            Count::Estimate if is_whole => -1,
            Count::Auto if is_whole => i64::try_from(self.estimate_above).unwrap_or(i64::MAX),
            _ => return exact,
        };
        let name = table.from_clause().replace('\'', "''");
        let estimate = include_str!("estimate.sql").replace("{table}", &format!("'{name}'"));
        format!(
            "SELECT {place} AS place, \
             CASE WHEN known.rows > {beyond} THEN known.rows ELSE (SELECT count(*) FROM {}) END AS rows, \
             coalesce(known.rows > {beyond}, false) AS is_estimated \
             FROM (SELECT 1) AS one LEFT JOIN (\n{estimate}) AS known ON true",
            table.from_clause()
        )
    }
}
