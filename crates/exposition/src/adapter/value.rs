//! Values of the `prometheus` crate as ours.

use metrics_core::{Buckets, Quantiles, Value};
use prometheus::proto::{Counter, Gauge, Histogram, Metric, MetricType, Summary};

/// The value of a series of that type.
pub(super) fn value(kind: MetricType, metric: &Metric) -> Value {
    match kind {
        MetricType::HISTOGRAM => Value::Buckets(buckets(metric.get_histogram())),
        MetricType::SUMMARY => Value::Quantiles(quantiles(metric.get_summary())),
        MetricType::GAUGE => Value::Number(gauge(metric.get_gauge())),
        _ => Value::Number(counter(metric.get_counter())),
    }
}

fn counter(counter: &Counter) -> f64 {
    counter.get_value()
}

fn gauge(gauge: &Gauge) -> f64 {
    gauge.get_value()
}

fn buckets(histogram: &Histogram) -> Buckets {
    let buckets =
        histogram.get_bucket().iter().map(|bucket| (bucket.upper_bound(), bucket.cumulative_count()));
    Buckets::from_cumulative(buckets, histogram.get_sample_sum(), histogram.get_sample_count())
}

fn quantiles(summary: &Summary) -> Quantiles {
    let quantiles = summary.get_quantile().iter().map(|quantile| (quantile.quantile(), quantile.value()));
    Quantiles::new(quantiles, summary.sample_sum(), summary.sample_count())
}

/// The number of a counter or a gauge.
///
/// With its feature `protobuf`, which a third party's build may turn on for ours too, the `prometheus` crate names it
/// `value`, otherwise `get_value`. A method of the type itself goes before one of a trait, so each of these calls the
/// other one where that is the type's own.
#[allow(dead_code, reason = "which one is called depends on a feature of another crate")]
trait Number {
    fn value(&self) -> f64;
    fn get_value(&self) -> f64;
}

macro_rules! number {
    ($($kind:ty)*) => {$(
        impl Number for $kind {
            fn value(&self) -> f64 {
                self.get_value()
            }

            fn get_value(&self) -> f64 {
                self.value()
            }
        }
    )*};
}

number!(Counter Gauge);
