//! Reading what a collector shows, unless it has not changed since it was read.

use std::fmt;
use std::sync::Arc;

use metrics_core::Samples;
use nautobot_db::{Error, Nautobot, Schema, TextRow};

use crate::grants::Needs;
use crate::last_read::LastRead;

/// One statement, and what was made of its rows when it was last run.
pub(crate) struct Source<T> {
    nautobot: Nautobot,
    statement: Statement<T>,
    last: LastRead<T>,
}

/// What a [`Source`] reads, and reads again only when the schema or these tables have changed. So the answer depends on
/// nothing else: not on settings or the role, and not on the time. Where a collector tells how long ago something was, the
/// answer has the time itself and a [`Clock`](super::clock::Clock). Time zones are those of this program, not of its host.
pub(crate) struct Statement<T> {
    pub(crate) needs: Needs,
    /// `None` is for a Nautobot that keeps no such thing.
    pub(crate) sql: fn(&Schema) -> Option<String>,
    pub(crate) of_rows: fn(&[TextRow]) -> Result<T, Error>,
}

impl<T: Send + Sync> Source<T> {
    pub(crate) fn new(nautobot: Nautobot, statement: Statement<T>) -> Self {
        Self { nautobot, statement, last: LastRead::default() }
    }

    /// Reads in the time that the run has left, if what was read earlier does not stand any more. `None` when this
    /// Nautobot keeps no such thing.
    pub(crate) async fn read(&self, out: &Samples) -> Result<Option<Arc<T>>, Error> {
        let glance = self.nautobot.glance(out.elapsed(), out.time_left()).await?;
        if let Some(standing) = self.last.standing(&glance) {
            return Ok(Some(standing));
        }
        let Some(sql) = (self.statement.sql)(glance.schema()) else { return Ok(None) };
        let rows = self.nautobot.query(&sql, out.time_left()).await?;
        let value = (self.statement.of_rows)(&rows)?;
        Ok(Some(self.last.replace(&glance, value, self.statement.needs)))
    }
}

impl<T> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("nautobot", &self.nautobot).finish_non_exhaustive()
    }
}
