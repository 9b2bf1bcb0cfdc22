//! The names that every Prometheus reads, checked in `const` so that the compiler can.

/// `[a-zA-Z_:][a-zA-Z0-9_:]*`
pub(crate) const fn is_metric_name(name: &str) -> bool {
    is_identifier(name.as_bytes(), true)
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`, and not `__…`, which Prometheus keeps for itself.
pub(crate) const fn is_label_name(name: &str) -> bool {
    !matches!(name.as_bytes(), [b'_', b'_', ..]) && is_identifier(name.as_bytes(), false)
}

const fn is_identifier(mut rest: &[u8], colon: bool) -> bool {
    if matches!(rest, [] | [b'0'..=b'9', ..]) {
        return false;
    }
    while let [byte, tail @ ..] = rest {
        if !(byte.is_ascii_alphanumeric() || *byte == b'_' || (colon && *byte == b':')) {
            return false;
        }
        rest = tail;
    }
    true
}

/// Whether `name` is a metric name with `suffix` behind it: OpenMetrics prints the family without the suffix.
pub(crate) const fn has_stem(name: &str, suffix: &str) -> bool {
    match name.as_bytes().split_at_checked(name.len().saturating_sub(suffix.len())) {
        Some((stem, tail)) => same_bytes(tail, suffix.as_bytes()) && is_identifier(stem, true),
        None => false,
    }
}

pub(crate) const fn ends_with(name: &str, suffix: &str) -> bool {
    match name.as_bytes().split_at_checked(name.len().saturating_sub(suffix.len())) {
        Some((_, tail)) => same_bytes(tail, suffix.as_bytes()),
        None => false,
    }
}

pub(crate) const fn equal(a: &str, b: &str) -> bool {
    same_bytes(a.as_bytes(), b.as_bytes())
}

const fn same_bytes(mut a: &[u8], mut b: &[u8]) -> bool {
    loop {
        match (a, b) {
            ([], []) => return true,
            ([x, rest_a @ ..], [y, rest_b @ ..]) if *x == *y => (a, b) = (rest_a, rest_b),
            _ => return false,
        }
    }
}
