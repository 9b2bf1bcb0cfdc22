use std::sync::Arc;

/// All samples of one name, of all processes.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// The name without a sample's ending: a counter `jobs` has the sample `jobs_total`. As the program wrote it:
    /// clients from 0.22 on allow any UTF-8, and replace what the text format lacks only when they print.
    pub name: Arc<str>,
    /// What the program says about it: the help in the first file that has the family. Clients before 0.16 did not
    /// store it; then it is the `Multiprocess metric` that they printed.
    pub help: Arc<str>,
    /// Given by the first file that has the family.
    pub kind: Kind,
    /// In the order in which clients from 0.24 on print them: all of one set of labels together; of a histogram the
    /// sum, the buckets cumulated in ascending order, then the count. A gauge that keeps the most recent value
    /// has none before it was set.
    pub samples: Vec<Sample>,
}

/// What a family is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Only grows. Summed over processes.
    Counter,
    /// Goes up and down. Merged as its mode in the program says.
    Gauge,
    /// Buckets with their sum and count. Summed over processes.
    Histogram,
    /// Sum and count. Summed over processes.
    Summary,
}

/// One series and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The family's name, with an ending for all but gauges.
    pub name: Arc<str>,
    /// Names and values, ascending by name, no name twice. Gauges of the modes `all` and `liveall` have the process in
    /// `pid`; buckets have their bound in `le`, in the spelling of the client that wrote it.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// Any double, also infinite or not a number.
    pub value: f64,
}
