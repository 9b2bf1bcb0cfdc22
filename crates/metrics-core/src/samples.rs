//! The sink that a run pushes into.

use std::time::Duration;

use tokio::time::Instant;

use crate::deadline::after;
use crate::descriptor::Descriptor;
use crate::family::{Counter, Family, Gauge, Histogram, Info, Summary};
use crate::family_samples::FamilySamples;
use crate::value::{Buckets, Number, Quantiles, Value};

/// What one run of a collector has measured so far.
///
/// Pushing never fails. What a collector may not emit (a family it did not describe, a series twice) fails its run
/// afterwards; what is beyond its limit of series is dropped and counted.
#[derive(Debug)]
pub struct Samples {
    families: Vec<FamilySamples>,
    asked: Instant,
    deadline: Instant,
    max_series: usize,
    series: usize,
    dropped: usize,
}

impl Samples {
    /// An empty sink for a run that has to end within `time_left`; what is beyond `max_series` is dropped.
    ///
    /// The registry makes one for each run; make one yourself to try a collector in a test.
    pub fn new(time_left: Duration, max_series: usize) -> Self {
        let asked = Instant::now();
        Self::until(asked, after(asked, time_left), max_series)
    }

    pub(crate) fn until(asked: Instant, deadline: Instant, max_series: usize) -> Self {
        Self { families: Vec::new(), asked, deadline, max_series, series: 0, dropped: 0 }
    }

    /// How long ago this run was asked for. A scrape asks for all its runs at the same instant, so what one of them has
    /// read from a backend since then is as new as any other needs it.
    pub fn elapsed(&self) -> Duration {
        self.asked.elapsed()
    }

    /// How long this run may still take: a limit to hand on to a backend, which then can stop what it does for us.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Pushes a sample of a gauge.
    pub fn gauge<const N: usize>(
        &mut self,
        family: &Family<Gauge, N>,
        labels: [&str; N],
        value: impl Into<Number>,
    ) {
        self.add(
            |known| family.describes(known),
            || family.descriptor(),
            &labels,
            Value::Number(value.into().0),
        );
    }

    /// Pushes a sample of a counter.
    pub fn counter<const N: usize>(
        &mut self,
        family: &Family<Counter, N>,
        labels: [&str; N],
        value: impl Into<Number>,
    ) {
        self.add(
            |known| family.describes(known),
            || family.descriptor(),
            &labels,
            Value::Number(value.into().0),
        );
    }

    /// Pushes a sample of a histogram.
    pub fn histogram<const N: usize>(
        &mut self,
        family: &Family<Histogram, N>,
        labels: [&str; N],
        buckets: Buckets,
    ) {
        self.add(|known| family.describes(known), || family.descriptor(), &labels, Value::Buckets(buckets));
    }

    /// Pushes a sample of a summary.
    pub fn summary<const N: usize>(
        &mut self,
        family: &Family<Summary, N>,
        labels: [&str; N],
        quantiles: Quantiles,
    ) {
        self.add(
            |known| family.describes(known),
            || family.descriptor(),
            &labels,
            Value::Quantiles(quantiles),
        );
    }

    /// Pushes a sample of an info.
    pub fn info<const N: usize>(&mut self, family: &Family<Info, N>, labels: [&str; N]) {
        self.add(|known| family.describes(known), || family.descriptor(), &labels, Value::Info);
    }

    /// Pushes a sample of a family that is known at run time only.
    ///
    /// A number of labels or a value that does not fit the descriptor fails the run.
    pub fn push(&mut self, family: &Descriptor, labels: &[&str], value: Value) {
        self.add(|known| family.has_shape_of(known), || family.clone(), labels, value);
    }

    /// The families that have samples, in the order in which they first came.
    pub fn families(&self) -> impl ExactSizeIterator<Item = &FamilySamples> {
        self.families.iter()
    }

    /// How many series were kept.
    pub fn series(&self) -> usize {
        self.series
    }

    /// How many series were dropped because the limit was reached.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    fn add(
        &mut self,
        is_it: impl Fn(&Descriptor) -> bool,
        descriptor: impl FnOnce() -> Descriptor,
        labels: &[&str],
        value: Value,
    ) {
        let series = value.series();
        if self.series.saturating_add(series) > self.max_series {
            self.dropped += series;
            return;
        }
        self.series += series;
        match self.families.iter_mut().rev().find(|family| is_it(family.descriptor())) {
            Some(family) => family.push(labels, value),
            None => {
                let mut family = FamilySamples::new(descriptor());
                family.push(labels, value);
                self.families.push(family);
            }
        }
    }
}

impl Default for Samples {
    /// A sink without limits, for whoever is no collector in a registry.
    fn default() -> Self {
        Self::new(Duration::MAX, usize::MAX)
    }
}
