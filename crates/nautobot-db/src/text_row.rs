//! A row of a statement that went out without being prepared.

use std::str::FromStr;

use tokio_postgres::SimpleQueryRow;

use crate::error::Error;

/// A row whose values are PostgreSQL's text for them, as [`Nautobot::query`](crate::Nautobot::query) returns it.
#[derive(Debug)]
pub struct TextRow(SimpleQueryRow);

impl TextRow {
    pub(crate) fn new(row: SimpleQueryRow) -> Self {
        Self(row)
    }

    /// The value of a column; `None` is NULL.
    ///
    /// # Errors
    ///
    /// [`Error::Row`]: the statement has no such column.
    pub fn text(&self, column: &str) -> Result<Option<&str>, Error> {
        Ok(self.0.try_get(column)?)
    }

    /// The number in a column; `None` is NULL.
    ///
    /// # Errors
    ///
    /// [`Error::Row`] and [`Error::Number`]: no such column, or no such number in it.
    pub fn number<T: FromStr>(&self, column: &str) -> Result<Option<T>, Error> {
        let number = |text: &str| text.parse().map_err(|_| Error::Number { column: column.to_owned() });
        self.text(column)?.map(number).transpose()
    }

    /// Whether a column is true; NULL is not.
    ///
    /// # Errors
    ///
    /// As [`text`](Self::text).
    pub fn is(&self, column: &str) -> Result<bool, Error> {
        Ok(self.text(column)? == Some("t"))
    }
}
