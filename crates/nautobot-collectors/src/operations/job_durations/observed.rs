//! The results that have been counted, and up to where.

use std::collections::{BTreeMap, HashMap};

use metrics_core::Buckets;
use nautobot_db::{Error, TextRow};

/// `LIMIT` of the statement.
const MAX_ROWS: usize = 10_000;

/// How many pairs of name and status have buckets of their own.
const MAX_DURATIONS: usize = 1_000;

/// How long after the time it finished a result may be committed and still be seen, in microseconds.
const OVERLAP: i64 = 5 * 60 * 1_000_000;

/// In seconds: from what is done at once to what takes hours.
const BOUNDS: [f64; 8] = [1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0];

/// What stands for names and statuses beyond [`MAX_DURATIONS`].
const OTHER: &str = "other";

/// How long runs took, by name and status of the result.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    durations: BTreeMap<(String, String), Buckets>,
    /// Results that were counted and may be read again, with when they finished.
    counted: HashMap<u128, i64>,
    /// What finished before has been read for good.
    horizon: i64,
    cursor: Option<Cursor>,
}

/// A place in the order in which results finish: microseconds since 1970, then the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    pub(crate) done: i64,
    pub(crate) id: u128,
}

/// What one reading found behind a cursor.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The server's time, in microseconds since 1970.
    now: i64,
    /// The last row, when there may be more behind it.
    last: Option<Cursor>,
    /// Whether there are results that say they finish later than those that are read.
    has_future: bool,
    /// The rows of which it can be told how long the run took.
    runs: Vec<Run>,
}

#[derive(Clone, Debug)]
struct Run {
    at: Cursor,
    name: String,
    status: String,
    seconds: f64,
}

impl Observed {
    /// Where to read on; `None` before anything was read, when nothing is to be counted yet.
    pub(crate) fn cursor(&self) -> Option<Cursor> {
        self.cursor
    }

    /// Counts what was not counted before, and returns whether that is all there is until the table changes.
    pub(crate) fn add(&mut self, finished: Finished) -> bool {
        match (self.cursor, finished.last) {
            (None, _) => self.horizon = finished.now,
            (Some(_), None) => self.horizon = self.horizon.max(finished.now - OVERLAP),
            (Some(_), Some(_)) => {}
        }
        for run in finished.runs {
            self.count(run);
        }
        let horizon = self.horizon;
        self.counted.retain(|_, done| *done >= horizon);
        self.cursor = finished.last.or(Some(Cursor { done: horizon, id: 0 }));
        finished.last.is_none() && !finished.has_future
    }

    /// Name and status, with how long their runs took.
    pub(crate) fn durations(&self) -> impl Iterator<Item = ((&str, &str), &Buckets)> {
        self.durations.iter().map(|((name, status), buckets)| ((name.as_str(), status.as_str()), buckets))
    }

    fn count(&mut self, run: Run) {
        if self.counted.insert(run.at.id, run.at.done).is_some() {
            return;
        }
        let mut key = (run.name, run.status);
        if self.durations.len() >= MAX_DURATIONS && !self.durations.contains_key(&key) {
            key = (OTHER.to_owned(), OTHER.to_owned());
        }
        self.durations.entry(key).or_insert_with(|| Buckets::new(&BOUNDS)).observe(run.seconds);
    }
}

impl Finished {
    /// The rows of `finished.sql`.
    pub(crate) fn of_rows(rows: &[TextRow]) -> Result<Self, Error> {
        let first = rows.first();
        let now = first.map(|row| row.number("now")).transpose()?.flatten().unwrap_or_default();
        let has_future = first.map(|row| row.is("has_future")).transpose()?.unwrap_or_default();
        let last = rows.get(MAX_ROWS - 1..).and_then(<[_]>::last).map(Cursor::of_row).transpose()?;
        let runs = rows.iter().filter_map(|row| Run::of_row(row).transpose()).collect::<Result<_, _>>()?;
        Ok(Self { now, last: last.flatten(), has_future, runs })
    }
}

impl Cursor {
    /// `None`: the row is no result.
    fn of_row(row: &TextRow) -> Result<Option<Self>, Error> {
        let id = row.text("id")?.and_then(|id| u128::from_str_radix(&id.replace('-', ""), 16).ok());
        Ok(id.zip(row.number("done")?).map(|(id, done)| Self { done, id }))
    }
}

impl Run {
    fn of_row(row: &TextRow) -> Result<Option<Self>, Error> {
        let Some((at, seconds)) = Cursor::of_row(row)?.zip(row.number::<f64>("seconds")?) else {
            return Ok(None);
        };
        Ok(Some(Self {
            at,
            name: row.text("name")?.unwrap_or_default().to_owned(),
            status: row.text("status")?.unwrap_or_default().to_owned(),
            seconds: seconds.max(0.0),
        }))
    }
}

#[cfg(test)]
mod tests;
