//! Two pages side by side.

use crate::text::Text;

/// What is to be said of a page that should be `expected`, a line each, in the order of the series.
pub(crate) fn differences(page: &Text, expected: &Text) -> Vec<String> {
    let heads = expected.heads.difference(&page.heads).map(|head| format!("missing      {head}"));
    let expected_ones =
        expected.samples.iter().filter_map(|(series, &wanted)| match page.samples.get(series) {
            None => Some(format!("missing      {series} {wanted}")),
            Some(&found) if !is_same(found, wanted) => {
                Some(format!("other value  {series} {found}, expected {wanted}"))
            }
            Some(_) => None,
        });
    let others = page.samples.iter().filter(|(series, _)| !expected.samples.contains_key(series));
    let unexpected = others.map(|(series, found)| format!("unexpected   {series} {found}"));
    heads.chain(expected_ones).chain(unexpected).collect()
}

/// No number is equal to what is not a number, not even that itself.
fn is_same(one: f64, other: f64) -> bool {
    one == other || (one.is_nan() && other.is_nan())
}
