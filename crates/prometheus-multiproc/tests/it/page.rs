//! Reads the text that a client prints, as far as clients in multiprocess mode use it.

use std::collections::BTreeMap;

use prometheus_multiproc::Family;

/// Of each family by its printed name: help, kind, and the samples as text, sorted.
pub(crate) type Page = BTreeMap<String, (String, String, Vec<String>)>;

/// The families' printed names in their order, and the page.
pub(crate) fn parse(text: &str) -> (Vec<String>, Page) {
    let (mut names, mut page) = (Vec::new(), Page::new());
    for line in text.split('\n').filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            names.push(name.to_owned());
            page.insert(name.to_owned(), (unescape(help), String::new(), Vec::new()));
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            page.get_mut(name).unwrap().1 = kind.to_owned();
        } else {
            page.get_mut(names.last().unwrap()).unwrap().2.push(sample(line));
        }
    }
    page.values_mut().for_each(|(_, _, samples)| samples.sort());
    (names, page)
}

/// The same of what was read here.
pub(crate) fn of(families: &[Family]) -> (Vec<String>, Page) {
    let (mut names, mut page) = (Vec::new(), Page::new());
    for family in families {
        let kind = format!("{:?}", family.kind).to_lowercase();
        let ending = if kind == "counter" { "_total" } else { "" };
        let sample = |sample: &prometheus_multiproc::Sample| {
            let labels =
                sample.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            as_text(&sample.name, labels, sample.value)
        };
        let mut samples: Vec<_> = family.samples.iter().map(sample).collect();
        samples.sort();
        names.push(format!("{}{ending}", family.name));
        page.insert(format!("{}{ending}", family.name), (family.help.to_string(), kind, samples));
    }
    (names, page)
}

fn as_text(name: &str, labels: BTreeMap<String, String>, value: f64) -> String {
    format!("{name} {labels:?} {value:?}")
}

fn sample(line: &str) -> String {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, mut rest) = series.split_once('{').unwrap_or((series, "}"));
    let mut labels = BTreeMap::new();
    while let Some((label, quoted)) = rest.split_once("=\"") {
        let mut escaped = false;
        let end = quoted.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let (value, after) = quoted.split_at(end.unwrap());
        labels.insert(label.to_owned(), unescape(value));
        rest = after[1..].trim_start_matches(',');
    }
    as_text(name, labels, value.parse().unwrap())
}

fn unescape(text: &str) -> String {
    let (mut plain, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next().unwrap() {
                'n' => '\n',
                other => other,
            },
            c => c,
        });
    }
    plain
}
