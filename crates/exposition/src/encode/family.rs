//! One family: its head, and a line for each series.

use metrics_core::{Buckets, Descriptor, FamilySamples, Kind, Quantiles, Sample, Value};

use super::{Format, escape, number};

/// Appends `family` to `page`.
pub(super) fn push(page: &mut String, format: Format, family: &FamilySamples) {
    let descriptor = family.descriptor();
    push_head(page, format, descriptor);
    let labels: Vec<&str> = descriptor.labels().collect();
    for sample in family.samples() {
        let series = Series { name: descriptor.name(), labels: &labels, sample };
        match sample.value() {
            Value::Number(value) => series.push_number(page, "", *value),
            Value::Buckets(buckets) => push_histogram(page, format, &series, buckets),
            Value::Quantiles(quantiles) => push_summary(page, &series, quantiles),
            Value::Info => series.push_count(page, "", 1),
            // A value of a later metrics-core has no spelling here yet.
            _ => {}
        }
    }
}

fn push_head(page: &mut String, format: Format, family: &Descriptor) {
    let (name, kind) = match format {
        Format::Text => (family.name(), text_kind(family.kind())),
        Format::OpenMetrics => (open_metrics_name(family), family.kind().as_str()),
    };
    if !family.help().is_empty() {
        push_all(page, &["# HELP ", name, " "]);
        match format {
            Format::Text => escape::push_text_help(page, family.help()),
            Format::OpenMetrics => escape::push_quoted(page, family.help()),
        }
        page.push('\n');
    }
    push_all(page, &["# TYPE ", name, " ", kind, "\n"]);
}

fn text_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Info => "gauge",
        Kind::Unknown => "untyped",
        other => other.as_str(),
    }
}

/// OpenMetrics names the family of a counter or an info without the suffix that its series carry.
fn open_metrics_name(family: &Descriptor) -> &str {
    let suffix = match family.kind() {
        Kind::Counter => "_total",
        Kind::Info => "_info",
        _ => "",
    };
    family.name().strip_suffix(suffix).unwrap_or(family.name())
}

fn push_histogram(page: &mut String, format: Format, series: &Series<'_>, buckets: &Buckets) {
    for (bound, count) in buckets.cumulative() {
        series.push_bucket(page, bound, count);
    }
    series.push_bucket(page, f64::INFINITY, buckets.count());
    let has_negative_bound = buckets.cumulative().any(|(bound, _)| bound < 0.0);
    if format == Format::Text || !has_negative_bound {
        series.push_number(page, "_sum", buckets.sum());
        series.push_count(page, "_count", buckets.count());
    }
}

fn push_summary(page: &mut String, series: &Series<'_>, quantiles: &Quantiles) {
    for (quantile, value) in quantiles.quantiles() {
        series.push_start(page, "", Some(("quantile", quantile)));
        number::push(page, value);
        page.push('\n');
    }
    series.push_number(page, "_sum", quantiles.sum());
    series.push_count(page, "_count", quantiles.count());
}

/// What the lines of one sample share.
struct Series<'a> {
    name: &'a str,
    labels: &'a [&'a str],
    sample: Sample<'a>,
}

impl Series<'_> {
    fn push_number(&self, page: &mut String, suffix: &str, value: f64) {
        self.push_start(page, suffix, None);
        number::push(page, value);
        page.push('\n');
    }

    fn push_count(&self, page: &mut String, suffix: &str, count: u64) {
        self.push_start(page, suffix, None);
        number::push_count(page, count);
        page.push('\n');
    }

    fn push_bucket(&self, page: &mut String, bound: f64, count: u64) {
        self.push_start(page, "_bucket", Some(("le", bound)));
        number::push_count(page, count);
        page.push('\n');
    }

    /// Everything before the value; `own` is the label that a histogram or a summary adds.
    fn push_start(&self, page: &mut String, suffix: &str, own: Option<(&str, f64)>) {
        push_all(page, &[self.name, suffix]);
        let mut separator = "{";
        for (label, value) in self.labels.iter().zip(self.sample.labels()) {
            push_all(page, &[separator, label, "=\""]);
            escape::push_quoted(page, value);
            page.push('"');
            separator = ",";
        }
        if let Some((label, value)) = own {
            push_all(page, &[separator, label, "=\""]);
            number::push_canonical(page, value);
            page.push('"');
            separator = ",";
        }
        page.push_str(if separator == "," { "} " } else { " " });
    }
}

fn push_all(page: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| page.push_str(part));
}
