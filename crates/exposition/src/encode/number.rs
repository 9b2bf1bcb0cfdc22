//! Numbers as both formats spell them.

use std::fmt::Write;

/// A value, with the fewest digits that read back equal: `3`, `0.1`, `1e+300`, `+Inf`.
pub(super) fn push(page: &mut String, value: f64) {
    if let Some(name) = name(value) {
        return page.push_str(name);
    }
    let mut buffer = zmij::Buffer::new();
    let digits = buffer.format_finite(value);
    page.push_str(digits.strip_suffix(".0").unwrap_or(digits));
}

/// A number of observations, to the last unit.
pub(super) fn push_count(page: &mut String, count: u64) {
    // Writing to a string cannot fail.
    let _ = write!(page, "{count}");
}

/// The value of a label `le` or `quantile`, which every exposer has to spell alike.
///
/// OpenMetrics 1.0, "Considerations: Canonical Numbers": `0.0`, `0.001`, `1.0`, `100000.0`, but `1e-05`, `1e+06`.
pub(super) fn push_canonical(page: &mut String, value: f64) {
    if let Some(name) = name(value) {
        return page.push_str(name);
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return page.push_str(&scientific) };
    // As above: writing to a string cannot fail.
    let _ = match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => write!(page, "{mantissa}e{exponent:+03}"),
        _ => write!(page, "{value:?}"),
    };
}

fn name(value: f64) -> Option<&'static str> {
    match value {
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        _ if value.is_nan() => Some("NaN"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(push: fn(&mut String, f64), value: f64) -> String {
        let mut page = String::new();
        push(&mut page, value);
        page
    }

    #[test]
    fn values_are_short() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (3.0, "3"),
            (-17.0, "-17"),
            (0.1, "0.1"),
            (1_000_000.0, "1000000"),
            (123_456_789.012_5, "123456789.0125"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e16, "1e+16"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
            (-f64::NAN, "NaN"),
        ];
        for (value, expected) in cases {
            assert_eq!(spelt(push, value), expected);
        }
    }

    #[test]
    fn bounds_are_canonical() {
        let cases = [
            (0.0, "0.0"),
            (0.001, "0.001"),
            (0.002, "0.002"),
            (0.9, "0.9"),
            (0.999, "0.999"),
            (1.0, "1.0"),
            (1.7, "1.7"),
            (10.0, "10.0"),
            (1e-10, "1e-10"),
            (1e-9, "1e-09"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (100_000.0, "100000.0"),
            (1e6, "1e+06"),
            (2.5e6, "2.5e+06"),
            (1e10, "1e+10"),
            (1e300, "1e+300"),
            (-0.5, "-0.5"),
            (f64::INFINITY, "+Inf"),
        ];
        for (value, expected) in cases {
            assert_eq!(spelt(push_canonical, value), expected);
        }
    }
}
