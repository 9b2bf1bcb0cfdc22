//! What the client can read: `Accept` and `Accept-Encoding` (RFC 9110, 12.5.1 and 12.5.3).
//!
//! Both take the values of all header lines of that name, and look at each byte a bounded number of times.

mod list;

use std::cmp::Reverse;

use crate::compress::Coding;
use crate::encode::Format;
use list::{elements, parameters, weight};

/// The format to answer in: the one with the greatest weight, then the one that is named more exactly, then the one that
/// is named first. Text when there is no header, and when nothing in it can be served.
///
/// `escaping=…`, which Prometheus 3 asks for, is about names beyond `[a-zA-Z0-9_:]`. Ours never are, and an answer that
/// does not name an escaping is read as just that.
pub(crate) fn format(accept: &[&str]) -> Format {
    let ranges: Vec<Range<'_>> = elements(accept).enumerate().filter_map(Range::parse).collect();
    let rank = |format| {
        let range =
            ranges.iter().filter(|range| range.includes(format)).max_by_key(|range| range.exactness())?;
        (range.weight > 0).then_some((range.weight, range.exactness(), Reverse(range.position)))
    };
    if rank(Format::OpenMetrics) > rank(Format::Text) { Format::OpenMetrics } else { Format::Text }
}

/// The coding to answer in: the one with the greatest weight, then the one that is named first, then gzip. Identity when
/// there is no header, when it is preferred, and when nothing else is acceptable, `identity;q=0` or not.
pub(crate) fn coding(accept: &[&str]) -> Coding {
    let named: Vec<(&str, Rank)> = elements(accept)
        .enumerate()
        .filter_map(|(position, element)| {
            let (name, parameters) = parameters(element);
            Some((name, (weight(parameters)?, Reverse(position))))
        })
        .collect();
    let rank = |names: &[&str]| {
        let is_meant = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        named.iter().filter(|(name, _)| is_meant(name)).map(|(_, rank)| *rank).max()
    };
    let any = rank(&["*"]);
    let identity = rank(&["identity"]).map(|(weight, _)| weight);
    [(rank(&["zstd"]), Coding::Zstd), (rank(&["gzip", "x-gzip"]), Coding::Gzip)]
        .into_iter()
        .filter_map(|(rank, coding)| Some((rank.or(any)?, coding)))
        .filter(|((weight, _), _)| *weight > 0 && Some(*weight) >= identity)
        .max_by_key(|(rank, _)| *rank)
        .map_or(Coding::Identity, |(_, coding)| coding)
}

/// The weight in thousandths, then the position.
type Rank = (u16, Reverse<usize>);

/// One element of `Accept`.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    version: Option<&'a str>,
    weight: u16,
    position: usize,
}

impl<'a> Range<'a> {
    fn parse((position, element): (usize, &'a str)) -> Option<Self> {
        let (name, parameters) = parameters(element);
        let (kind, subtype) = name.split_once('/')?;
        let version = parameters.clone().find(|(name, _)| name.eq_ignore_ascii_case("version"));
        let weight = weight(parameters)?;
        Some(Self { kind, subtype, version: version.map(|(_, version)| version), weight, position })
    }

    fn includes(&self, format: Format) -> bool {
        let (kind, subtype, version) = match format {
            Format::Text => ("text", "plain", "0.0.4"),
            Format::OpenMetrics => ("application", "openmetrics-text", "1.0.0"),
        };
        let fits = |asked: &str, offered: &str| asked == "*" || asked.eq_ignore_ascii_case(offered);
        fits(self.kind, kind)
            && fits(self.subtype, subtype)
            && self.version.is_none_or(|asked| asked.trim_matches('"') == version)
    }

    /// From `*/*` to a type with its version; of two equal ones the weightier counts.
    fn exactness(&self) -> (usize, u16) {
        let stars = [self.kind, self.subtype].iter().filter(|part| **part == "*").count();
        let exactness =
            3 * usize::from(stars == 0) + usize::from(stars == 1) + usize::from(self.version.is_some());
        (exactness, self.weight)
    }
}

#[cfg(test)]
mod tests;
