//! The values that samples carry.

/// A plain number. Integers convert into it; beyond 2^53 they lose units, as they would in Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Number(pub f64);

macro_rules! exact {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Number {
            fn from(value: $integer) -> Self {
                Self(f64::from(value))
            }
        }
    )*};
}

macro_rules! rounded {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Number {
            fn from(value: $integer) -> Self {
                Self(value as f64)
            }
        }
    )*};
}

exact!(f64 f32 u8 u16 u32 i8 i16 i32 bool);
rounded!(u64 usize i64 isize);

/// The value of one sample.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Of a gauge, a counter, or a number of unknown kind.
    Number(f64),
    /// Of a histogram.
    Buckets(Buckets),
    /// Of a summary.
    Quantiles(Quantiles),
    /// Of an info: its labels say it all.
    Info,
}

impl Value {
    /// How many series a page prints for it.
    pub(crate) fn series(&self) -> usize {
        match self {
            Self::Number(_) | Self::Info => 1,
            Self::Buckets(buckets) => buckets.cumulative.len() + 3,
            Self::Quantiles(quantiles) => quantiles.quantiles.len() + 2,
        }
    }
}

/// A distribution in buckets.
///
/// ```
/// use metrics_core::Buckets;
///
/// let mut durations = Buckets::new(&[0.1, 1.0]);
/// durations.observe(0.05);
/// durations.observe(3.0);
/// assert_eq!(durations.cumulative().collect::<Vec<_>>(), [(0.1, 1), (1.0, 1)]);
/// assert_eq!(durations.count(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Buckets {
    cumulative: Vec<(f64, u64)>,
    sum: f64,
    count: u64,
}

impl Buckets {
    /// Empty buckets with these inclusive upper bounds, sorted; the one up to infinity is implied.
    pub fn new(bounds: &[f64]) -> Self {
        Self::from_cumulative(bounds.iter().map(|&bound| (bound, 0)), 0.0, 0)
    }

    /// Buckets that were counted elsewhere: upper bound and number of observations up to it, then sum and count of all.
    pub fn from_cumulative(buckets: impl IntoIterator<Item = (f64, u64)>, sum: f64, count: u64) -> Self {
        let mut cumulative: Vec<_> =
            buckets.into_iter().filter(|(bound, _)| *bound < f64::INFINITY).collect();
        cumulative.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        cumulative.dedup_by_key(|(bound, _)| *bound);
        Self { cumulative, sum, count }
    }

    /// Counts one observation.
    pub fn observe(&mut self, value: f64) {
        self.cumulative.iter_mut().filter(|(bound, _)| value <= *bound).for_each(|(_, count)| *count += 1);
        self.sum += value;
        self.count += 1;
    }

    /// Finite upper bounds with the number of observations up to each.
    pub fn cumulative(&self) -> impl ExactSizeIterator<Item = (f64, u64)> {
        self.cumulative.iter().copied()
    }

    /// The sum of all observations.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The number of all observations.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// A distribution in quantiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantiles {
    quantiles: Vec<(f64, f64)>,
    sum: f64,
    count: u64,
}

impl Quantiles {
    /// Quantiles with their values, then sum and count of all observations. What is not between 0 and 1 is no quantile
    /// and left out; of two values of one quantile the first counts.
    pub fn new(quantiles: impl IntoIterator<Item = (f64, f64)>, sum: f64, count: u64) -> Self {
        let in_range = |(quantile, _): &(f64, f64)| (0.0..=1.0).contains(quantile);
        let mut quantiles: Vec<_> = quantiles.into_iter().filter(in_range).collect();
        quantiles.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        quantiles.dedup_by_key(|(quantile, _)| *quantile);
        Self { quantiles, sum, count }
    }

    /// Quantiles with their values.
    pub fn quantiles(&self) -> impl ExactSizeIterator<Item = (f64, f64)> {
        self.quantiles.iter().copied()
    }

    /// The sum of all observations.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The number of all observations.
    pub fn count(&self) -> u64 {
        self.count
    }
}
