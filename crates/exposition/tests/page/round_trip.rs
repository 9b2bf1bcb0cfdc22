//! Encode, parse, equal.

use exposition::Format;
use metrics_core::{Buckets, Kind, Quantiles, Value};
use proptest::prelude::*;

use crate::{Family, page, parse::parse};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_encoded_reads_back_equal(families in families()) {
        for format in [Format::Text, Format::OpenMetrics] {
            let page = page(format, &families);
            let read = parse(format, &page).map_err(|error| TestCaseError::fail(format!("{error} in\n{page}")))?;
            let expected: Vec<Family> = families.iter().cloned().map(|family| as_shown(format, family)).collect();
            // As text, because NaN equals nothing and -0 equals 0.
            prop_assert_eq!(format!("{read:#?}"), format!("{expected:#?}"), "{}", page);
        }
    }
}

/// What a format can show of a family.
fn as_shown(format: Format, mut family: Family) -> Family {
    match format {
        Format::Text if family.kind == Kind::Info => {
            family.kind = Kind::Gauge;
            family.samples.iter_mut().for_each(|(_, value)| *value = Value::Number(1.0));
        }
        Format::Text => {}
        Format::OpenMetrics => {
            family.samples.iter_mut().for_each(|(_, value)| *value = without_sum_of_negatives(value));
        }
    }
    family
}

fn without_sum_of_negatives(value: &Value) -> Value {
    match value {
        Value::Buckets(buckets) if buckets.cumulative().any(|(bound, _)| bound < 0.0) => {
            Value::Buckets(Buckets::from_cumulative(buckets.cumulative(), 0.0, buckets.count()))
        }
        other => other.clone(),
    }
}

fn families() -> impl Strategy<Value = Vec<Family>> {
    prop::collection::vec(family(), 0..6).prop_map(|mut families| {
        // Each name once: a sink would merge them.
        for (i, family) in families.iter_mut().enumerate() {
            family.name.insert_str(0, &format!("f{i}_"));
        }
        families
    })
}

fn family() -> impl Strategy<Value = Family> {
    let kinds =
        [Kind::Gauge, Kind::Counter, Kind::Histogram, Kind::Summary, Kind::Info, Kind::Unknown].as_slice();
    let labels = prop::collection::btree_set("[a-zA-Z][a-zA-Z0-9_]{0,6}", 0..4)
        .prop_map(|labels| labels.into_iter().filter(|label| label != "le" && label != "quantile").collect());
    (prop::sample::select(kinds), "[a-zA-Z0-9_:]{0,8}x", text(), labels).prop_flat_map(
        |(kind, name, help, labels): (_, String, _, Vec<String>)| {
            let suffix = match kind {
                Kind::Counter => "_total",
                Kind::Info => "_info",
                _ => "",
            };
            let name = name + suffix;
            let sample = (prop::collection::vec(text(), labels.len()), value(kind));
            prop::collection::vec(sample, 1..4).prop_map(move |samples| Family {
                kind,
                name: name.clone(),
                help: help.clone(),
                labels: labels.clone(),
                samples,
            })
        },
    )
}

/// Any text, with what is special somewhere more often than chance would have it.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(
        [
            '\\', '"', '\n', '\r', '\t', '\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{2028}', '\u{feff}', 'n',
            '{', '}', ',',
        ]
        .as_slice(),
    );
    let chars = prop_oneof![special, any::<char>()];
    prop::collection::vec(chars, 0..10).prop_map(String::from_iter)
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Histogram => (prop::collection::vec((number(), any::<u64>()), 0..5), number(), any::<u64>())
            .prop_map(|(buckets, sum, count)| Value::Buckets(Buckets::from_cumulative(buckets, sum, count)))
            .boxed(),
        Kind::Summary => (prop::collection::vec((number(), number()), 0..5), number(), any::<u64>())
            .prop_map(|(quantiles, sum, count)| Value::Quantiles(Quantiles::new(quantiles, sum, count)))
            .boxed(),
        Kind::Info => Just(Value::Info).boxed(),
        _ => number().prop_map(Value::Number).boxed(),
    }
}

/// Any number, subnormal ones and integers too large for an `f64` included.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        any::<i64>().prop_map(|integer| integer as f64),
        (-1000..1000).prop_map(f64::from),
        (0u64..1 << 52).prop_map(f64::from_bits),
        prop::sample::select(
            [
                0.0,
                -0.0,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::NAN,
                f64::MAX,
                f64::MIN_POSITIVE,
                0.1,
                1e6,
                1e-5
            ]
            .as_slice()
        ),
    ]
}
