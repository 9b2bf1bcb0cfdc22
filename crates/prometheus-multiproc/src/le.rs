/// The upper bound of a bucket, from the label `le`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bound(f64);

impl Bound {
    /// Reads what Python's `float` reads, but for digits of other scripts and with `_` between them.
    pub(crate) fn parse(le: &str) -> Option<Self> {
        le.trim().parse().ok().map(Self)
    }

    /// Equal bounds have equal bits, and ascending bounds ascending numbers. "Not a number" comes last.
    pub(crate) fn rank(self) -> i64 {
        let bound = if self.0.is_nan() { f64::NAN } else { self.0 + 0.0 };
        let bits = bound.to_bits().cast_signed();
        bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
    }

    /// How the label is printed. The client reads the number and writes it anew. What it wrote into the file itself is
    /// that already, in its version's spelling: before 0.26 the tenth power and above have three digits.
    pub(crate) fn text(self, le: &str) -> String {
        let text = self.as_client();
        match text.split_once("e+") {
            Some((mantissa, power)) if le == format!("{mantissa}e+0{power}") => le.to_owned(),
            _ => text,
        }
    }

    /// Shortest digits that read back equal, with an exponent below 1e-4 and from 1e6 on, or 1e16 for negative numbers.
    fn as_client(self) -> String {
        let Self(bound) = self;
        if bound.is_nan() {
            return "NaN".to_owned();
        }
        if bound.is_infinite() {
            return if bound > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
        }
        let scientific = format!("{bound:e}");
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let power: i32 = power.parse().unwrap_or_default();
        let large = if bound > 0.0 { 6 } else { 16 };
        if (-4..large).contains(&power) {
            return format!("{bound:?}");
        }
        let sign = if power < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", power.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_written_as_the_client_writes_them() {
        for (le, text) in [
            ("0.005", "0.005"),
            ("1", "1.0"),
            ("1.0", "1.0"),
            ("-0.0", "-0.0"),
            ("0.0001", "0.0001"),
            ("0.00001234", "1.234e-05"),
            ("1e-07", "1e-07"),
            ("999999.0", "999999.0"),
            ("1000000", "1e+06"),
            ("1e+06", "1e+06"),
            ("2500000", "2.5e+06"),
            ("1e+010", "1e+010"),
            ("1e+10", "1e+10"),
            ("1.5e+015", "1.5e+015"),
            ("1000000000000000", "1e+15"),
            ("1e16", "1e+16"),
            ("1e300", "1e+300"),
            ("-1000000", "-1000000.0"),
            ("-1e16", "-1e+16"),
            ("5e-324", "5e-324"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("inf", "+Inf"),
            ("+Inf", "+Inf"),
            ("-Inf", "-Inf"),
            (" infinity ", "+Inf"),
            ("nan", "NaN"),
        ] {
            assert_eq!(Bound::parse(le).unwrap().text(le), text, "{le}");
        }
        assert_eq!(Bound::parse("wide"), None);
        assert_eq!(Bound::parse(""), None);
    }

    #[test]
    fn ranks_ascend_with_the_bounds() {
        let ranks = ["-Inf", "-2", "-1e-300", "0", "5e-324", "0.1", "1", "1e300", "+Inf", "nan"]
            .map(|le| Bound::parse(le).unwrap().rank());
        assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
        assert_eq!(Bound::parse("-0.0").unwrap().rank(), Bound::parse("0").unwrap().rank());
        assert_eq!(Bound::parse("-nan").unwrap().rank(), Bound::parse("NaN").unwrap().rank());
    }
}
