//! Samples in, page out.

mod escape;
mod family;
mod number;

use metrics_core::FamilySamples;

/// Room for an ordinary page, so that it grows a few times only.
const ROOM: usize = 32 * 1024;

/// A format that Prometheus reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus' text format, version 0.0.4: what everything reads.
    #[default]
    Text,
    /// OpenMetrics, version 1.0.
    OpenMetrics,
}

impl Format {
    /// The `Content-Type` of a page, complete.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Writes `families` as a page, in their order.
///
/// A value is printed in the shortest form that reads back equal; the bounds of a histogram and the quantiles of a
/// summary are labels, and are spelt the same in both formats (`le="1.0"`), so that a series keeps its identity when
/// another format is negotiated. The text format has no infos and no unknowns: they are gauges and untyped there.
/// OpenMetrics has no sum for a histogram with negative bounds, and then no count either.
///
/// Nothing is checked here: a [`Registry`](metrics_core::Registry) already has. Takes about a millisecond for 8,000 series.
///
/// ```
/// use std::time::Duration;
///
/// use exposition::{Format, encode};
/// use metrics_core::{Family, Gauge, Samples};
///
/// static FILES: Family<Gauge, 1> = Family::gauge("acme_spool_files", "Files that wait in a spool.", ["spool"]);
///
/// let mut samples = Samples::new(Duration::ZERO, 100);
/// samples.gauge(&FILES, ["mail"], 3);
/// assert_eq!(
///     encode(Format::Text, samples.families()),
///     concat!(
///         "# HELP acme_spool_files Files that wait in a spool.\n",
///         "# TYPE acme_spool_files gauge\n",
///         "acme_spool_files{spool=\"mail\"} 3\n",
///     )
/// );
/// ```
pub fn encode<'a>(format: Format, families: impl IntoIterator<Item = &'a FamilySamples>) -> String {
    let mut page = String::with_capacity(ROOM);
    for family in families {
        family::push(&mut page, format, family);
    }
    if format == Format::OpenMetrics {
        page.push_str("# EOF\n");
    }
    page
}
