//! Families as data: what the registry compares, the page prints and the documentation lists.

use std::sync::Arc;

use crate::names::{ends_with, has_stem, is_label_name, is_metric_name};

/// What kind of samples a family has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only grows; the name ends in `_total`.
    Counter,
    /// Cumulative buckets, a sum and a count.
    Histogram,
    /// Quantiles, a sum and a count.
    Summary,
    /// Facts in labels, the value is 1; the name ends in `_info`.
    Info,
    /// A number of which nobody told the kind, as old instrumentation has it.
    Unknown,
}

impl Kind {
    /// The kind in lower case, as OpenMetrics spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a family's name and labels are settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stability {
    /// Renaming it is a breaking change.
    #[default]
    Stable,
    /// May change in a minor version.
    Experimental,
}

/// A family as data. Cloning is cheap.
///
/// [`Family`](crate::Family) makes one that the compiler has checked; [`Descriptor::new`] is for families whose
/// names are known at run time only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor(Arc<Described>);

#[derive(Debug, PartialEq, Eq)]
struct Described {
    kind: Kind,
    name: Box<str>,
    help: Box<str>,
    labels: Box<[Box<str>]>,
    stability: Stability,
}

impl Descriptor {
    /// A family known at run time: read from a file, or from another library's registry.
    ///
    /// # Errors
    /// A name or label that Prometheus would refuse, or a name that does not fit the kind.
    pub fn new<L: AsRef<str>>(
        kind: Kind,
        name: &str,
        help: &str,
        labels: impl IntoIterator<Item = L>,
    ) -> Result<Self, DescriptorError> {
        let labels: Vec<L> = labels.into_iter().collect();
        let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        validate(kind, name, &labels)?;
        Ok(Self::of_family(kind, name, help, &labels, Stability::Stable))
    }

    pub(crate) fn of_family(
        kind: Kind,
        name: &str,
        help: &str,
        labels: &[&str],
        stability: Stability,
    ) -> Self {
        let labels = labels.iter().map(|&label| label.into()).collect();
        Self(Arc::new(Described { kind, name: name.into(), help: help.into(), labels, stability }))
    }

    /// The kind of its samples.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The name, with `_total` or `_info` where the kind asks for it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// One sentence for people.
    pub fn help(&self) -> &str {
        &self.0.help
    }

    /// The label names, in the order in which samples give their values.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.labels.iter().map(AsRef::as_ref)
    }

    /// Whether name and labels are settled.
    pub fn stability(&self) -> Stability {
        self.0.stability
    }

    /// Whether some format of the page would print both under one name, as a histogram `x` and a gauge `x_count`.
    pub fn clashes_with(&self, other: &Self) -> bool {
        let others = other.names_on_pages();
        self.names_on_pages().iter().any(|name| others.contains(name))
    }

    /// Whether both are of one family: name, kind and labels are the same.
    pub(crate) fn has_shape_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.name() == other.name()
                && self.kind() == other.kind()
                && self.labels().eq(other.labels()))
    }

    /// Every name under which a page in some format may print this family: two families that share one clash.
    pub(crate) fn names_on_pages(&self) -> Vec<String> {
        let name = self.name();
        let with = |suffixes: &[&str]| suffixes.iter().map(|suffix| format!("{name}{suffix}")).collect();
        match self.kind() {
            Kind::Gauge | Kind::Unknown => with(&[""]),
            Kind::Histogram => with(&["", "_bucket", "_sum", "_count", "_created"]),
            Kind::Summary => with(&["", "_sum", "_count", "_created"]),
            Kind::Counter => self.names_with_stem("_total", &["", "_total", "_created"]),
            Kind::Info => self.names_with_stem("_info", &["", "_info"]),
        }
    }

    fn names_with_stem(&self, suffix: &str, suffixes: &[&str]) -> Vec<String> {
        let stem = self.name().strip_suffix(suffix).unwrap_or(self.name());
        suffixes.iter().map(|suffix| format!("{stem}{suffix}")).collect()
    }
}

/// Why a family that was made at run time is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorError {
    /// The name is not `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    #[error("`{0}` is not a metric name: letters, digits, `_` and `:`, not starting with a digit")]
    Name(String),
    /// The name does not fit the kind: a counter ends in `_total`, an info in `_info`, a gauge not in `_total`.
    #[error("`{name}` does not fit a {}: {rule}", kind.as_str())]
    Suffix {
        /// The name.
        name: String,
        /// The kind that was asked for.
        kind: Kind,
        /// What the name would have to be.
        rule: &'static str,
    },
    /// A label is not `[a-zA-Z_][a-zA-Z0-9_]*`, starts with `__`, or is the kind's own (`le`, `quantile`).
    #[error(
        "`{label}` of `{name}` is not a label name here: letters, digits and `_`, not starting with a digit or `__`"
    )]
    Label {
        /// The family.
        name: String,
        /// The label.
        label: String,
    },
    /// One label is named twice.
    #[error("`{name}` names the label `{label}` twice")]
    DuplicateLabel {
        /// The family.
        name: String,
        /// The label.
        label: String,
    },
}

fn validate(kind: Kind, name: &str, labels: &[&str]) -> Result<(), DescriptorError> {
    if !is_metric_name(name) {
        return Err(DescriptorError::Name(name.into()));
    }
    let suffix = |rule| Err(DescriptorError::Suffix { name: name.into(), kind, rule });
    match kind {
        Kind::Counter if !has_stem(name, "_total") => {
            return suffix("it must be a name with `_total` behind it");
        }
        Kind::Info if !has_stem(name, "_info") => return suffix("it must be a name with `_info` behind it"),
        Kind::Gauge if ends_with(name, "_total") => return suffix("it must not end in `_total`"),
        _ => {}
    }
    for (i, &label) in labels.iter().enumerate() {
        let own = matches!((kind, label), (Kind::Histogram, "le") | (Kind::Summary, "quantile"));
        if own || !is_label_name(label) {
            return Err(DescriptorError::Label { name: name.into(), label: label.into() });
        }
        if labels.iter().take(i).any(|&earlier| earlier == label) {
            return Err(DescriptorError::DuplicateLabel { name: name.into(), label: label.into() });
        }
    }
    Ok(())
}
