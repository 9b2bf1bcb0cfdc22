//! Families as typed constants: kind and number of labels are part of the type, names are checked in `const`.

use std::marker::PhantomData;

use crate::descriptor::{Descriptor, Kind, Stability};
use crate::names::{ends_with, equal, has_stem, is_label_name, is_metric_name};

/// A family of metrics: a name, a help text, label names, and in the type its kind and how many labels it has.
///
/// Make it a `static` (or a `const`): a name that Prometheus would refuse is then an error of the compiler.
///
/// ```
/// use metrics_core::{Counter, Family};
///
/// static REQUESTS: Family<Counter, 1> =
///     Family::counter("acme_requests_total", "Requests answered.", ["code"]);
/// ```
///
/// A counter has to end in `_total`, an info in `_info`, and a gauge must not look like a counter:
///
/// ```compile_fail
/// use metrics_core::{Counter, Family};
///
/// static REQUESTS: Family<Counter, 0> = Family::counter("acme_requests", "Requests answered.", []);
/// ```
#[derive(Debug)]
pub struct Family<K, const N: usize> {
    name: &'static str,
    help: &'static str,
    labels: [&'static str; N],
    stability: Stability,
    kind: PhantomData<fn() -> K>,
}

/// Marks a family whose value goes up and down.
#[derive(Debug)]
pub enum Gauge {}

/// Marks a family whose value only grows, from the start of what it counts.
#[derive(Debug)]
pub enum Counter {}

/// Marks a family of distributions in buckets.
#[derive(Debug)]
pub enum Histogram {}

/// Marks a family of distributions in quantiles.
#[derive(Debug)]
pub enum Summary {}

/// Marks a family that tells facts in its labels; its value is always 1.
#[derive(Debug)]
pub enum Info {}

impl<const N: usize> Family<Gauge, N> {
    /// A gauge. `name` ends in its base unit (`_seconds`, `_bytes`) where it has one.
    ///
    /// # Panics
    /// At compile time in a `static` or `const`: on a name, help or label that Prometheus would refuse.
    pub const fn gauge(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        assert!(!ends_with(name, "_total"), "a gauge's name must not end in `_total`");
        Self::checked(name, help, labels)
    }
}

impl<const N: usize> Family<Counter, N> {
    /// A counter. `name` ends in `_total`.
    ///
    /// # Panics
    /// As [`Family::gauge`].
    pub const fn counter(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        assert!(has_stem(name, "_total"), "a counter's name must end in `_total`");
        Self::checked(name, help, labels)
    }
}

impl<const N: usize> Family<Histogram, N> {
    /// A histogram. The label `le` is its own.
    ///
    /// # Panics
    /// As [`Family::gauge`].
    pub const fn histogram(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        assert!(!contains(&labels, "le"), "the label `le` is the histogram's own");
        Self::checked(name, help, labels)
    }
}

impl<const N: usize> Family<Summary, N> {
    /// A summary. The label `quantile` is its own.
    ///
    /// # Panics
    /// As [`Family::gauge`].
    pub const fn summary(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        assert!(!contains(&labels, "quantile"), "the label `quantile` is the summary's own");
        Self::checked(name, help, labels)
    }
}

impl<const N: usize> Family<Info, N> {
    /// An info. `name` ends in `_info`.
    ///
    /// # Panics
    /// As [`Family::gauge`].
    pub const fn info(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        assert!(has_stem(name, "_info"), "an info's name must end in `_info`");
        Self::checked(name, help, labels)
    }
}

impl<K, const N: usize> Family<K, N> {
    /// The same family, marked as one that may still change its name or labels in a minor version.
    #[must_use]
    pub const fn experimental(mut self) -> Self {
        self.stability = Stability::Experimental;
        self
    }

    /// The name, as it stands before `{` on the page.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    const fn checked(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        assert!(is_metric_name(name), "invalid metric name");
        assert!(!help.is_empty(), "a family needs a help text");
        let mut i = 0;
        while i < N {
            let label = pick(&labels, i);
            assert!(is_label_name(label), "invalid label name");
            let mut j = 0;
            while j < i {
                assert!(!equal(pick(&labels, j), label), "a label is named twice");
                j += 1;
            }
            i += 1;
        }
        Self { name, help, labels, stability: Stability::Stable, kind: PhantomData }
    }

    fn described(&self, kind: Kind) -> Descriptor {
        Descriptor::of_family(kind, self.name, self.help, &self.labels, self.stability)
    }
}

macro_rules! descriptor {
    ($($kind:ident)*) => {$(
        impl<const N: usize> Family<$kind, N> {
            /// What [`Collector::describe`](crate::Collector::describe) returns for this family.
            pub fn descriptor(&self) -> Descriptor {
                self.described(Kind::$kind)
            }

            /// Whether `descriptor` is of this family.
            pub(crate) fn describes(&self, descriptor: &Descriptor) -> bool {
                descriptor.name() == self.name
                    && descriptor.kind() == Kind::$kind
                    && descriptor.labels().eq(self.labels.iter().copied())
            }
        }
    )*};
}

descriptor!(Gauge Counter Histogram Summary Info);

#[expect(
    clippy::indexing_slicing,
    reason = "`get` is not const; evaluated by the compiler, inside the bounds"
)]
const fn pick<const N: usize>(labels: &[&'static str; N], i: usize) -> &'static str {
    labels[i]
}

const fn contains<const N: usize>(labels: &[&'static str; N], wanted: &str) -> bool {
    let mut i = 0;
    while i < N {
        if equal(pick(labels, i), wanted) {
            return true;
        }
        i += 1;
    }
    false
}
