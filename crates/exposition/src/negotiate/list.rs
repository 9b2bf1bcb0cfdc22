//! Lists with parameters and weights, as `Accept` and its kin are written.

/// The elements of all header lines, in order.
pub(super) fn elements<'a>(lines: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    lines.iter().flat_map(|line| split(line, ','))
}

/// An element's name, and its parameters as name and value.
pub(super) fn parameters(element: &str) -> (&str, impl Iterator<Item = (&str, &str)> + Clone) {
    let mut parts = split(element, ';');
    let name = parts.next().unwrap_or_default();
    (name, parts.filter_map(|part| part.split_once('=')).map(|(name, value)| (name.trim(), value.trim())))
}

/// The weight in thousandths: 1000 where there is none, nothing where it is not a number from 0 to 1.
pub(super) fn weight<'a>(mut parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Option<u16> {
    let Some((_, weight)) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("q")) else {
        return Some(1000);
    };
    let weight = weight.parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
    Some((weight * 1000.0).round() as u16)
}

/// Splits outside quoted strings.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> + Clone {
    let mut quoted = false;
    let mut escaped = false;
    let is_separator = move |c: char| {
        let literal = std::mem::take(&mut escaped);
        match c {
            '"' if !literal => quoted = !quoted,
            '\\' if quoted && !literal => escaped = true,
            _ => {}
        }
        c == separator && !quoted
    };
    text.split(is_separator).map(str::trim)
}
