//! The table on the terminal, a line as soon as it is known.

use std::fmt;
use std::time::Duration;

/// What was printed, and whether all of it holds.
pub(crate) struct Report {
    all_hold: bool,
}

/// What a figure is held against, with its unit.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    AtMost(f64, &'static str),
    AtLeast(f64, &'static str),
    Below(f64, &'static str),
}

impl Report {
    pub(crate) fn new() -> Self {
        print_columns("", "exporter", "beside it", "figure", "target");
        Self { all_hold: true }
    }

    pub(crate) fn all_hold(&self) -> bool {
        self.all_hold
    }

    /// One figure: of what, what the exporter took, what the other took, and what is held against the target.
    pub(crate) fn line(&mut self, what: &str, exporter: &str, beside: &str, figure: f64, target: Target) {
        let holds = target.holds(figure);
        self.all_hold &= holds;
        let verdict = if holds { "holds" } else { "MISSED" };
        let figure = format!("{figure:.2}{}", target.unit());
        print_columns(what, exporter, beside, &figure, &format!("{:<10} {verdict}", target.to_string()));
    }

    /// What could not be measured, and why: its target does not hold.
    pub(crate) fn not_measured(&mut self, what: &str, exporter: &str, why: &str) {
        self.all_hold = false;
        print_columns(what, exporter, "", "", &format!("not measured: {why}"));
    }
}

impl Target {
    fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtMost(limit, _) => figure <= limit,
            Self::AtLeast(limit, _) => figure >= limit,
            Self::Below(limit, _) => figure < limit,
        }
    }

    fn unit(self) -> &'static str {
        let (Self::AtMost(_, unit) | Self::AtLeast(_, unit) | Self::Below(_, unit)) = self;
        unit
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit, unit) => write!(f, "≤ {limit}{unit}"),
            Self::AtLeast(limit, unit) => write!(f, "≥ {limit}{unit}"),
            Self::Below(limit, unit) => write!(f, "< {limit}{unit}"),
        }
    }
}

/// As a figure of the table.
pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

fn print_columns(what: &str, exporter: &str, beside: &str, figure: &str, target: &str) {
    println!("{what:<48} {exporter:>10}   {beside:<44} {figure:>10}   {target}");
}
