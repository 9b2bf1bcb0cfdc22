//! Telling the Nautobot lines apart: no table stores the version.

use std::fmt;

use self::Sign::{ResultColumn, Table};
use super::{Facts, Feature};

/// What every release of a line has, and of the lines after it, but none before: the newest line first. The newest
/// migration tells less, as migrations reach the patches of an older line late.
const SIGNS: [(Line, Sign); 14] = [
    (Line::new(3, 2), ResultColumn("date_canceled")),
    (Line::new(3, 1), Table("extras_jobconsoleentry")),
    (Line::new(3, 0), ResultColumn("debug_log_count")),
    (Line::new(2, 4), Table("extras_jobqueue")),
    (Line::new(2, 3), Table("extras_savedview")),
    (Line::new(2, 2), Table("dcim_controller")),
    (Line::new(2, 1), Table("extras_externalintegration")),
    (Line::new(2, 0), ResultColumn("date_done")),
    (Line::new(1, 6), Table("dcim_interfaceredundancygroup")),
    (Line::new(1, 5), Table("dcim_deviceredundancygroup")),
    (Line::new(1, 4), Table("dcim_location")),
    (Line::new(1, 3), Table("extras_job")),
    (Line::new(1, 2), Table("extras_joblogentry")),
    (Line::new(1, 1), Table("extras_computedfield")),
];

enum Sign {
    Table(&'static str),
    /// Of `extras_jobresult`.
    ResultColumn(&'static str),
}

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
        if !facts.has(Feature::TaskResults) && !facts.has(Feature::CompletedResults) {
            return Err("column date_done of table extras_jobresult");
        }
        let sign_is_there = |sign: &Sign| match *sign {
            Table(name) => facts.tables.contains_key(name),
            ResultColumn(name) => facts.has_result_column(name),
        };
        let newest = SIGNS.iter().find(|(_, sign)| sign_is_there(sign));
        Ok(newest.map_or(Self::new(1, 0), |&(line, _)| line))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
