//! Telling the Nautobot lines apart: no table stores the version.

use std::fmt;

use super::{Facts, Feature};

/// A Nautobot release line, such as `1.6` or `3.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Line {
    /// The first number of the version.
    pub major: u8,
    /// The second number of the version.
    pub minor: u8,
}

impl Line {
    /// The line `major.minor`.
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }

    /// The line that these facts belong to, or what a Nautobot of any line has and this database lacks.
    pub(super) fn of(facts: &Facts) -> Result<Self, &'static str> {
        if !facts.tables.contains_key("extras_jobresult") {
            return Err("table extras_jobresult");
        }
        let minor = match (facts.has(Feature::CompletedResults), facts.has(Feature::TaskResults)) {
            (_, true) => return Ok(since_2(facts)),
            (true, false) if facts.has(Feature::JobModel) => between_1_3_and_1_6(facts),
            (true, false) if facts.has(Feature::JobLogEntry) => 2,
            (true, false) => u8::from(facts.extras_migration > 5),
            (false, false) => return Err("column date_done of table extras_jobresult"),
        };
        Ok(Self::new(1, minor))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// By the newest migration of app `extras` in the last patch of 1.3 (0036) and of 1.4 (0048); 1.5 and 1.6 share
/// theirs (0058) and differ in app `dcim` (0019 against 0023).
fn between_1_3_and_1_6(facts: &Facts) -> u8 {
    match facts.extras_migration {
        ..=36 => 3,
        37..=48 => 4,
        _ if facts.dcim_migration <= 19 => 5,
        _ => 6,
    }
}

/// By columns and tables where the lines differ in them: migrations reach the patches of an older line late. 2.0 to
/// 2.3 are told apart by the newest migration of app `extras` in their last patches (0099, 0103, 0108, 0116).
fn since_2(facts: &Facts) -> Line {
    if facts.has_result_column("date_canceled") {
        Line::new(3, 2)
    } else if facts.tables.contains_key("extras_jobconsoleentry") {
        Line::new(3, 1)
    } else if facts.has(Feature::ResultLogCounts) {
        Line::new(3, 0)
    } else if facts.has(Feature::JobQueue) {
        Line::new(2, 4)
    } else {
        match facts.extras_migration {
            ..=99 => Line::new(2, 0),
            100..=103 => Line::new(2, 1),
            104..=108 => Line::new(2, 2),
            _ => Line::new(2, 3),
        }
    }
}
