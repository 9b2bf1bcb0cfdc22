//! Times as RQ writes them into hashes: `2026-11-23T04:32:40.123456Z`, in old jobs without a fraction (`utils.py`).

use std::time::{Duration, SystemTime};

/// How long ago that was; 0 for a time that is yet to come, `None` for what is no time.
pub(crate) fn age(written: &str) -> Option<Duration> {
    let time = humantime::parse_rfc3339(written).ok()?;
    Some(SystemTime::now().duration_since(time).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn both_ways_of_rq_are_times() {
        for written in ["2020-01-02T03:04:05.678901Z", "2020-01-02T03:04:05Z"] {
            assert!(age(written).unwrap().as_secs() > 200_000_000, "{written}");
        }
        assert_eq!(age("2999-01-02T03:04:05Z").unwrap().as_secs(), 0);
        for written in ["", "1606107160", "2020-13-02T03:04:05Z", "\u{fffd}"] {
            assert_eq!(age(written), None, "{written}");
        }
    }
}
