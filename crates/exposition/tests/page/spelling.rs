//! The bytes of a page.

use exposition::{Format, encode};
use metrics_core::{Buckets, Kind, Quantiles, Value};

use crate::{Family, page};

fn family(kind: Kind, name: &str, help: &str, samples: &[(&[(&str, &str)], Value)]) -> Family {
    let labels = samples
        .first()
        .map_or(Vec::new(), |(labels, _)| labels.iter().map(|(name, _)| name.to_string()).collect());
    let values = |labels: &[(&str, &str)]| labels.iter().map(|(_, value)| value.to_string()).collect();
    let samples = samples.iter().map(|(labels, value)| (values(labels), value.clone())).collect();
    Family { kind, name: name.into(), help: help.into(), labels, samples }
}

fn one_of_each_kind() -> Vec<Family> {
    let buckets = Buckets::from_cumulative([(0.1, 1), (1.0, 3), (1e6, 4)], 7.5, 5);
    let below_zero = Buckets::from_cumulative([(-1.0, 1), (0.0, 2)], -3.0, 2);
    let quantiles = Quantiles::new([(0.5, 0.25), (0.99, f64::NAN)], 12.0, 9);
    vec![
        family(
            Kind::Gauge,
            "gauge",
            "A \\ and a \" and\na line.",
            &[
                (&[("z", "last"), ("a", "C:\\dir \"x\"\n\t\u{2028}é")], Value::Number(-0.5)),
                (&[("z", ""), ("a", "")], Value::Number(f64::NEG_INFINITY)),
            ],
        ),
        family(Kind::Counter, "counter_total", "Counts.", &[(&[], Value::Number(1e6))]),
        family(Kind::Histogram, "histogram", "Distributes.", &[(&[("h", "1")], Value::Buckets(buckets))]),
        family(Kind::Histogram, "below_zero", "", &[(&[], Value::Buckets(below_zero))]),
        family(Kind::Summary, "summary", "Sums up.", &[(&[("s", "1")], Value::Quantiles(quantiles))]),
        family(Kind::Info, "build_info", "Tells.", &[(&[("version", "1.0")], Value::Info)]),
        family(Kind::Unknown, "unknown", "Who knows.", &[(&[], Value::Number(f64::NAN))]),
    ]
}

#[test]
fn text() {
    assert_eq!(page(Format::Text, &one_of_each_kind()), include_str!("text.txt"));
}

#[test]
fn open_metrics() {
    assert_eq!(page(Format::OpenMetrics, &one_of_each_kind()), include_str!("openmetrics.txt"));
}

#[test]
fn nothing_is_a_page_too() {
    assert_eq!(encode(Format::Text, []), "");
    assert_eq!(encode(Format::OpenMetrics, []), "# EOF\n");
}

#[test]
fn content_types_are_complete() {
    assert_eq!(Format::Text.content_type(), "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(
        Format::OpenMetrics.content_type(),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
}
