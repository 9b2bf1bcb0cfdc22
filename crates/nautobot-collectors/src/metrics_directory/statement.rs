//! A file's statement in the database: what it returns, what it would cost, and its rows.
//!
//! It goes out inside a statement of ours, as a table in parentheses and by the extended protocol. So it is one statement, and
//! one that reads: `SELECT`, `VALUES`, `TABLE` or `WITH` of those. Anything else is a syntax error there.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::Duration;

use metrics_core::{Kind, Samples, Value};
use nautobot_db::{Error, Nautobot, Reading, Row};

use super::file::{File, Metric};

/// The longest value of a label, in characters.
const MAX_LABEL: usize = 512;

/// Types of PostgreSQL that a value may have.
const NUMBERS: [&str; 8] =
    ["smallint", "integer", "bigint", "real", "double precision", "numeric", "oid", "boolean"];

/// Why a statement gave no samples.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The database said so.
    #[error("{0}{hint}", hint = hint(.0))]
    Database(#[from] Error),
    /// Of a column that is no number.
    #[error("column `{column}` is of type {kind}, and a value has to be a number{}", way_out(kind))]
    Type { column: String, kind: String },
    /// Two rows of one series.
    #[error("two rows have the same labels: `{family}{{{labels}}}`; group by the labels, or add one")]
    Duplicate { family: String, labels: String },
    /// A label that is too long.
    #[error("a value of label `{label}` has more than {MAX_LABEL} characters")]
    Label { label: String },
    /// A counter that never was one.
    #[error("counter `{family}` has the value {value}: a counter is not negative")]
    Counter { family: String, value: f64 },
}

impl Refusal {
    /// Whether asking again soon is in vain: the statement does not fit the database.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::Type { .. } => true,
            Self::Database(Error::Query { sqlstate, .. }) => {
                sqlstate.starts_with("42") || sqlstate.starts_with("0A")
            }
            _ => false,
        }
    }
}

/// How each value column becomes a number.
#[derive(Clone, Debug)]
pub(super) struct Columns(Vec<String>);

/// The rows of a statement.
#[derive(Debug)]
pub(super) struct Rows {
    rows: Vec<Read>,
    /// Whether there were more than `max_rows`.
    pub(super) truncated: bool,
}

#[derive(Debug)]
struct Read {
    labels: Vec<String>,
    values: Vec<Option<f64>>,
}

impl Rows {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Pushes a sample for each row and family, but where its value is NULL.
    pub(super) fn push(&self, file: &File, out: &mut Samples) {
        for (i, metric) in file.metrics.iter().enumerate() {
            for (labels, value) in self.of_metric(file, metric, i) {
                out.push(&metric.family, &labels, Value::Number(value));
            }
        }
    }

    /// The label values, in the order of the family's, and the value of each sample of the family with this index.
    fn of_metric<'a>(
        &'a self,
        file: &'a File,
        metric: &'a Metric,
        index: usize,
    ) -> impl Iterator<Item = (Vec<&'a str>, f64)> {
        let columns = file.labels();
        let at: Vec<usize> = metric
            .family
            .labels()
            .filter_map(|label| columns.iter().position(|&column| column == label))
            .collect();
        self.rows.iter().filter_map(move |row| {
            let value = row.values.get(index).copied().flatten()?;
            Some((at.iter().filter_map(|&i| row.labels.get(i)).map(String::as_str).collect(), value))
        })
    }

    fn check(self, file: &File) -> Result<Self, Refusal> {
        for (i, metric) in file.metrics.iter().enumerate() {
            let family = || metric.family.name().to_owned();
            let mut seen = HashSet::with_capacity(self.rows.len());
            for (labels, value) in self.of_metric(file, metric, i) {
                if metric.family.kind() == Kind::Counter && (value < 0.0 || value.is_nan()) {
                    return Err(Refusal::Counter { family: family(), value });
                }
                if let Some((label, _)) = metric
                    .family
                    .labels()
                    .zip(&labels)
                    .find(|(_, value)| value.chars().nth(MAX_LABEL).is_some())
                {
                    return Err(Refusal::Label { label: label.to_owned() });
                }
                if let Some(twice) = seen.replace(labels) {
                    let pairs =
                        metric.family.labels().zip(twice).map(|(label, value)| format!("{label}={value:?}"));
                    return Err(Refusal::Duplicate {
                        family: family(),
                        labels: pairs.collect::<Vec<_>>().join(","),
                    });
                }
            }
        }
        Ok(self)
    }
}

/// Runs the statement in a read-only transaction that is rolled back: 3 round trips, or 4 when the `columns` are not known yet.
pub(super) async fn read(
    nautobot: &Nautobot,
    file: &File,
    columns: &mut Option<Columns>,
    within: Duration,
) -> Result<Rows, Refusal> {
    let reading = nautobot.read(within).await?;
    let read = rows(&reading, file, columns).await;
    let discarded = reading.discard().await;
    let rows = read?;
    discarded?;
    Ok(rows)
}

/// What the database's planner says that running it costs, without running it: the first line of `EXPLAIN`.
pub(super) async fn explain(nautobot: &Nautobot, file: &File, within: Duration) -> Result<String, Refusal> {
    let reading = nautobot.read(within).await?;
    let explained = plan(&reading, file).await;
    let discarded = reading.discard().await;
    let plan = explained?;
    discarded?;
    Ok(plan)
}

async fn rows(reading: &Reading, file: &File, known: &mut Option<Columns>) -> Result<Rows, Refusal> {
    let columns = match known {
        Some(columns) => columns,
        None => known.insert(describe(reading, file).await?),
    };
    let (labels, limit) = (file.labels().len(), file.max_rows);
    let answer = reading.query(&select(file, columns), &[]).await?;
    let truncated = answer.len() > limit;
    let rows = answer.iter().take(limit).map(|row| Read::of(row, labels)).collect::<Result<_, _>>()?;
    Rows { rows, truncated }.check(file)
}

async fn plan(reading: &Reading, file: &File) -> Result<String, Refusal> {
    let columns = describe(reading, file).await?;
    let lines = reading.query(&format!("EXPLAIN {}", select(file, &columns)), &[]).await?;
    let first = lines.first().map(|line| line.try_get::<_, String>(0).map_err(Error::from)).transpose()?;
    Ok(first.unwrap_or_default())
}

impl Read {
    fn of(row: &Row, labels: usize) -> Result<Self, Error> {
        Ok(Self {
            labels: (0..labels).map(|i| row.try_get(i)).collect::<Result<_, _>>()?,
            values: (labels..row.len()).map(|i| row.try_get(i)).collect::<Result<_, _>>()?,
        })
    }
}

/// Asks for the types of the columns. The statement is parsed and planned and not run, since nothing can be joined to it.
async fn describe(reading: &Reading, file: &File) -> Result<Columns, Refusal> {
    let values = file.metrics.iter().map(|metric| metric.value.as_str());
    let types: Vec<String> = values
        .clone()
        .chain(file.labels())
        .map(|column| format!("pg_typeof(f.{})::text", quoted(column)))
        .collect();
    let sql = format!(
        "SELECT {} FROM (VALUES (1)) AS one LEFT JOIN (\n{}\n) AS f ON false",
        types.join(", "),
        file.sql
    );
    let answer = reading.query(&sql, &[]).await?;
    let mut columns = Vec::new();
    for (i, column) in values.enumerate() {
        let kind = answer.first().map(|row| row.try_get::<_, String>(i).map_err(Error::from)).transpose()?;
        let kind = kind.unwrap_or_default();
        if !NUMBERS.contains(&kind.as_str()) {
            return Err(Refusal::Type { column: column.to_owned(), kind });
        }
        let number = if kind == "boolean" { "::integer::float8" } else { "::float8" };
        columns.push(format!("f.{}{number}", quoted(column)));
    }
    Ok(Columns(columns))
}

/// Labels first. One row more than wanted, to know whether there are more.
fn select(file: &File, columns: &Columns) -> String {
    let mut sql = String::from("SELECT ");
    for label in file.labels() {
        // Writing to a String does not fail.
        let _ = write!(sql, "left(coalesce(f.{}::text, ''), {}), ", quoted(label), MAX_LABEL + 1);
    }
    let _ = write!(sql, "{} FROM (\n{}\n) AS f LIMIT {}", columns.0.join(", "), file.sql, file.max_rows + 1);
    sql
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn hint(error: &Error) -> &'static str {
    match error {
        Error::Query { sqlstate, .. } => match sqlstate.as_str() {
            "42601" => "; a file holds one statement that reads: SELECT, VALUES, TABLE or WITH",
            "42P01" => "; if only some databases have it, list it in `requires`",
            "42703" => "; labels and values are columns of the statement, spelt as it returns them",
            _ => "",
        },
        Error::Deadline { .. } => "; or `timeout` of the file",
        _ => "",
    }
}

fn way_out(kind: &str) -> &'static str {
    match kind {
        "interval" | "date" | "time" => ": use extract(epoch FROM …)",
        kind if kind.starts_with("timestamp") => ": use extract(epoch FROM …)",
        "text" | "character varying" => ": cast it, as in …::numeric",
        _ => "",
    }
}
