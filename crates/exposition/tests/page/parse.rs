//! A strict parser of what the encoder may write: each format's grammar, with the families' lines in the usual order.

use exposition::Format;
use metrics_core::{Buckets, Kind, Quantiles, Value};

use crate::Family;

type Parsed<T> = Result<T, String>;
type Labels = Vec<(String, String)>;

/// The families of a page.
pub(crate) fn parse(format: Format, page: &str) -> Parsed<Vec<Family>> {
    let body = match format {
        Format::Text => page,
        Format::OpenMetrics => page.strip_suffix("# EOF\n").ok_or("no `# EOF` at the end")?,
    };
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let lines: Vec<&str> = body.strip_suffix('\n').ok_or("the last line does not end")?.split('\n').collect();
    let mut lines = lines.as_slice();
    let mut families = Vec::new();
    while !lines.is_empty() {
        families.push(family(format, &mut lines)?);
    }
    Ok(families)
}

fn family(format: Format, lines: &mut &[&str]) -> Parsed<Family> {
    let first = lines[0];
    let mut help = String::new();
    let mut described = None;
    if let Some(rest) = first.strip_prefix("# HELP ") {
        let (name, text) = rest.split_once(' ').ok_or("a HELP without text")?;
        help = unescape(text, format == Format::OpenMetrics)?;
        described = Some(name);
        *lines = &lines[1..];
    }
    let line = take(lines)?.strip_prefix("# TYPE ").ok_or_else(|| format!("no TYPE, but {first:?}"))?;
    let (name, kind) = line.split_once(' ').ok_or("a TYPE without a kind")?;
    if !is_name(name, true) || described.is_some_and(|described| described != name) {
        return Err(format!("TYPE of {name:?}"));
    }
    let (kind, suffix) = kind_and_suffix(format, kind)?;
    let name = format!("{name}{suffix}");
    let mut family = Family { kind, name, help, labels: Vec::new(), samples: Vec::new() };
    while lines.first().is_some_and(|line| !line.starts_with("# ")) {
        sample(&mut family, lines)?;
    }
    Ok(family)
}

fn kind_and_suffix(format: Format, kind: &str) -> Parsed<(Kind, &'static str)> {
    Ok(match (format, kind) {
        (_, "gauge") => (Kind::Gauge, ""),
        (_, "histogram") => (Kind::Histogram, ""),
        (_, "summary") => (Kind::Summary, ""),
        (Format::Text, "counter") => (Kind::Counter, ""),
        (Format::Text, "untyped") | (Format::OpenMetrics, "unknown") => (Kind::Unknown, ""),
        (Format::OpenMetrics, "counter") => (Kind::Counter, "_total"),
        (Format::OpenMetrics, "info") => (Kind::Info, "_info"),
        _ => return Err(format!("kind {kind:?}")),
    })
}

fn sample(family: &mut Family, lines: &mut &[&str]) -> Parsed<()> {
    let name = family.name.clone();
    let (mut labels, value) = match family.kind {
        Kind::Histogram => histogram(&name, lines)?,
        Kind::Summary => summary(&name, lines)?,
        kind => {
            let (labels, value) = line(&name, take(lines)?)?;
            let value = number(&value)?;
            match kind {
                Kind::Info if value == 1.0 => (labels, Value::Info),
                Kind::Info => return Err(format!("an info of {value}")),
                _ => (labels, Value::Number(value)),
            }
        }
    };
    let names: Vec<String> = labels.iter_mut().map(|(name, _)| std::mem::take(name)).collect();
    if !family.samples.is_empty() && family.labels != names {
        return Err(format!("labels {names:?}"));
    }
    family.labels = names;
    family.samples.push((labels.into_iter().map(|(_, value)| value).collect(), value));
    Ok(())
}

fn histogram(name: &str, lines: &mut &[&str]) -> Parsed<(Labels, Value)> {
    let mut buckets = Vec::new();
    let (shared, count) = loop {
        let (mut labels, value) = line(&format!("{name}_bucket"), take(lines)?)?;
        let bound = own_label(&mut labels, "le")?;
        if buckets.first().is_some_and(|(first, _, _)| *first != labels) {
            return Err(format!("a bucket among those of {labels:?}"));
        }
        let value: u64 = value.parse().map_err(|error| format!("{value:?}: {error}"))?;
        if bound == f64::INFINITY {
            break (labels, value);
        }
        buckets.push((labels, bound, value));
    };
    let sum = optional(&format!("{name}_sum"), &shared, lines)?.map(|sum| number(&sum)).transpose()?;
    let counted = optional(&format!("{name}_count"), &shared, lines)?;
    if sum.is_some() != counted.is_some() || counted.is_some_and(|counted| counted != count.to_string()) {
        return Err(format!("sum and count of {name}"));
    }
    let buckets = buckets.into_iter().map(|(_, bound, count)| (bound, count));
    Ok((shared, Value::Buckets(Buckets::from_cumulative(buckets, sum.unwrap_or(0.0), count))))
}

fn summary(name: &str, lines: &mut &[&str]) -> Parsed<(Labels, Value)> {
    let mut quantiles = Vec::new();
    while lines.first().is_some_and(|line| !line.starts_with(&format!("{name}_sum"))) {
        let (mut labels, value) = line(name, take(lines)?)?;
        let quantile = own_label(&mut labels, "quantile")?;
        quantiles.push((labels, quantile, number(&value)?));
    }
    let (shared, sum) = line(&format!("{name}_sum"), take(lines)?)?;
    let (counted, count) = line(&format!("{name}_count"), take(lines)?)?;
    if counted != shared || quantiles.iter().any(|(labels, _, _)| *labels != shared) {
        return Err(format!("labels within {shared:?}"));
    }
    let count = count.parse().map_err(|error| format!("{count:?}: {error}"))?;
    let quantiles = quantiles.into_iter().map(|(_, quantile, value)| (quantile, value));
    Ok((shared, Value::Quantiles(Quantiles::new(quantiles, number(&sum)?, count))))
}

fn optional(name: &str, shared: &Labels, lines: &mut &[&str]) -> Parsed<Option<String>> {
    match lines.first().and_then(|next| line(name, next).ok()) {
        Some((labels, value)) if labels == *shared => {
            *lines = &lines[1..];
            Ok(Some(value))
        }
        _ => Ok(None),
    }
}

fn own_label(labels: &mut Labels, expected: &str) -> Parsed<f64> {
    match labels.pop() {
        Some((name, value)) if name == expected => number(&value),
        other => Err(format!("{other:?} instead of {expected:?}")),
    }
}

/// The labels and the value of a line that starts with `name`.
fn line(name: &str, line: &str) -> Parsed<(Labels, String)> {
    let wrong = || format!("{line:?} is no sample of {name:?}");
    let mut rest = line.strip_prefix(name).ok_or_else(wrong)?;
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, value) = rest.split_once("=\"").ok_or_else(wrong)?;
            let end = closing_quote(value).ok_or_else(wrong)?;
            let known = labels.iter().any(|(known, _)| known == label);
            if known || !is_name(label, false) {
                return Err(format!("label {label:?}"));
            }
            labels.push((label.to_owned(), unescape(&value[..end], true)?));
            rest = &value[end + 1..];
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').ok_or_else(wrong)?;
    }
    let value = rest.strip_prefix(' ').filter(|value| !value.contains(' ')).ok_or_else(wrong)?;
    Ok((labels, value.to_owned()))
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let literal = std::mem::take(&mut escaped);
        escaped = byte == b'\\' && !literal;
        byte == b'"' && !literal
    })
}

fn unescape(text: &str, quotes: bool) -> Parsed<String> {
    let mut unescaped = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        unescaped.push(match c {
            '\\' => match chars.next() {
                Some('\\') => '\\',
                Some('n') => '\n',
                Some('"') if quotes => '"',
                other => return Err(format!("escape {other:?} in {text:?}")),
            },
            '"' if quotes => return Err(format!("a bare quote in {text:?}")),
            c => c,
        });
    }
    Ok(unescaped)
}

fn number(text: &str) -> Parsed<f64> {
    match text {
        "+Inf" => Ok(f64::INFINITY),
        "-Inf" => Ok(f64::NEG_INFINITY),
        "NaN" => Ok(f64::NAN),
        _ if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-')) => {
            text.parse().map_err(|error| format!("{text:?}: {error}"))
        }
        _ => Err(format!("{text:?} is no number")),
    }
}

fn is_name(name: &str, colon: bool) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (colon && c == ':');
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn take<'a>(lines: &mut &[&'a str]) -> Parsed<&'a str> {
    let (first, rest) = lines.split_first().ok_or("the page ends too early")?;
    *lines = rest;
    Ok(first)
}

#[test]
fn what_is_no_page_is_refused() {
    let refused = [
        "a 1\n",
        "# TYPE a gauge\na 1",
        "# TYPE a gauge\n\na 1\n",
        "# TYPE a gauge\na inf\n",
        "# TYPE a gauge\na{} 1\n",
        "# TYPE a gauge\na{b=\"\\r\"} 1\n",
        "# TYPE a gauge\na{b=\"c\",} 1\n",
        "# TYPE a gauge\na{b=\"c\" } 1\n",
        "# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n",
        "# TYPE a gauge\na{b=\"c\"}1\n",
        "# TYPE a gauge\nb 1\n",
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
        "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
        "# HELP b c\n# TYPE a gauge\na 1\n",
    ];
    for page in refused {
        assert!(parse(Format::Text, page).is_err(), "{page:?}");
        assert!(parse(Format::OpenMetrics, &format!("{page}# EOF\n")).is_err(), "{page:?}");
    }
    assert!(parse(Format::OpenMetrics, "# TYPE a gauge\na 1\n").is_err());
    assert!(parse(Format::Text, "# TYPE a unknown\na 1\n").is_err());
    assert!(parse(Format::OpenMetrics, "# TYPE a counter\na 1\n# EOF\n").is_err());
}
