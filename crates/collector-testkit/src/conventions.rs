//! What `promtool check metrics` says of a family, in its words, and one rule more.

use metrics_core::{Descriptor, Kind};

/// Labels of a family: Grafana Mimir takes series of 30 by default (`max_label_names_per_series`), and each has
/// `__name__`, `job` and `instance` besides.
const MOST_LABELS: usize = 27;

const BASE_UNITS: [&str; 10] =
    ["amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "seconds", "volts"];

/// Other units, and the base unit to use instead.
const OTHER_UNITS: [(&str, &str); 14] = [
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
];

const PREFIXES: [&str; 18] = [
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi",
    "giga", "gibi", "tera", "tebi", "peta", "pebi",
];

const ABBREVIATIONS: [&str; 14] =
    ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];

/// What is to be said of `family`, a line each.
pub(crate) fn conventions(family: &Descriptor) -> Vec<String> {
    let rules = [help, unit, abbreviation, suffix, own_label, kind_in_name, colon, case, labels];
    let advice = rules.iter().filter_map(|rule| rule(family));
    advice.map(|advice| format!("{} {advice}", family.name())).collect()
}

fn help(family: &Descriptor) -> Option<String> {
    family.help().is_empty().then(|| "no help text".to_owned())
}

fn unit(family: &Descriptor) -> Option<String> {
    let base = |unit: &str| {
        let other = OTHER_UNITS.iter().find(|(other, _)| *other == unit).map(|(_, base)| *base);
        other.or_else(|| BASE_UNITS.into_iter().find(|base| *base == unit))
    };
    let prefixed = |word: &str| PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix).and_then(base));
    let mut words = family.name().split('_');
    let (word, base) = words.find_map(|word| Some((word, base(word).or_else(|| prefixed(word))?)))?;
    (word != base).then(|| format!("use base unit \"{base}\" instead of \"{word}\""))
}

fn abbreviation(family: &Descriptor) -> Option<String> {
    let has_one = has_word(family.name(), &ABBREVIATIONS).is_some();
    has_one.then(|| "metric names should not contain abbreviated units".to_owned())
}

/// Suffixes that a family of another kind prints. `metrics-core` sees to `_total`, but not for every kind.
fn suffix(family: &Descriptor) -> Option<String> {
    let (whose, suffix) = match family.kind() {
        Kind::Unknown => return None,
        kind if kind != Kind::Counter && family.name().ends_with("_total") => ("non-counter", "_total"),
        Kind::Histogram => return None,
        _ if family.name().ends_with("_bucket") => ("non-histogram", "_bucket"),
        Kind::Summary => return None,
        _ if family.name().ends_with("_count") => ("non-histogram and non-summary", "_count"),
        _ if family.name().ends_with("_sum") => ("non-histogram and non-summary", "_sum"),
        _ => return None,
    };
    Some(format!("{whose} metrics should not have \"{suffix}\" suffix"))
}

/// The label of another kind.
fn own_label(family: &Descriptor) -> Option<String> {
    let others = [(Kind::Histogram, "le"), (Kind::Summary, "quantile")];
    let is_taken = |(kind, label): &(Kind, &str)| {
        ![*kind, Kind::Unknown].contains(&family.kind()) && family.labels().any(|own| own == *label)
    };
    let (kind, label) = others.into_iter().find(is_taken)?;
    Some(format!("non-{} metrics should not have \"{label}\" label", kind.as_str()))
}

fn kind_in_name(family: &Descriptor) -> Option<String> {
    let kind = has_word(family.name(), &["counter", "gauge", "histogram", "summary"])?;
    Some(format!("metric name should not include type '{kind}'"))
}

fn colon(family: &Descriptor) -> Option<String> {
    family.name().contains(':').then(|| "metric names should not contain ':'".to_owned())
}

fn case(family: &Descriptor) -> Option<String> {
    let is_camel = |name: &str| {
        name.as_bytes().windows(2).any(
            |pair| matches!(pair, [one, other] if one.is_ascii_lowercase() && other.is_ascii_uppercase()),
        )
    };
    let names =
        std::iter::once(("metric", family.name())).chain(family.labels().map(|label| ("label", label)));
    let (what, _) = names.into_iter().find(|(_, name)| is_camel(name))?;
    Some(format!("{what} names should be written in 'snake_case' not 'camelCase'"))
}

fn labels(family: &Descriptor) -> Option<String> {
    let labels = family.labels().len();
    (labels > MOST_LABELS).then(|| format!("has {labels} labels, more than {MOST_LABELS}"))
}

/// The word of `words` that stands in `name` behind an underscore and before another one or the end.
fn has_word<'a>(name: &str, words: &[&'a str]) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    let mut parts = name.split('_').skip(1);
    parts.find_map(|part| words.iter().copied().find(|word| *word == part))
}
