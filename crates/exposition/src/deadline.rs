//! How long a scrape may take.

use std::time::Duration;

/// The smaller of the configured limit and what Prometheus allows: its own timeout less `offset`, which leaves time to
/// send the answer and is never more than half of it. A header that makes no sense is ignored.
pub(crate) fn deadline(limit: Duration, offset: Duration, header: Option<&str>) -> Duration {
    let allowed = header.and_then(|value| value.trim().parse::<f64>().ok()).filter(|seconds| *seconds > 0.0);
    match allowed.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(allowed) => limit.min(allowed - offset.min(allowed / 2)),
        None => limit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(header: Option<&str>) -> u128 {
        deadline(Duration::from_secs(10), Duration::from_millis(500), header).as_millis()
    }

    #[test]
    fn the_header_less_the_offset_limits_the_scrape() {
        assert_eq!(milliseconds(Some("5")), 4500);
        assert_eq!(milliseconds(Some(" 5.25 ")), 4750);
        assert_eq!(milliseconds(Some("60")), 10_000);
        assert_eq!(milliseconds(None), 10_000);
    }

    #[test]
    fn the_offset_is_at_most_half_of_the_header() {
        assert_eq!(milliseconds(Some("0.4")), 200);
        assert_eq!(milliseconds(Some("1")), 500);
    }

    #[test]
    fn nonsense_is_ignored() {
        for header in ["", "0", "-1", "NaN", "inf", "-inf", "1e300", "5s", "five", "0x10"] {
            assert_eq!(milliseconds(Some(header)), 10_000, "{header}");
        }
    }
}
