//! Names as text. Redis keeps bytes, and a label has to be Unicode.

use std::collections::BTreeMap;
use std::fmt::Write;

/// The given names, each once, sorted by the text to show, with the bytes that Redis knows them by.
///
/// A byte that is not UTF-8 shows as `\xNN`. Two names never show as one: a name that would look like another gets
/// replacement characters (U+FFFD) at its end.
pub fn distinct(names: impl IntoIterator<Item = Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let mut distinct = BTreeMap::new();
    let mut foreign = Vec::new();
    for name in names {
        match String::from_utf8(name) {
            Ok(text) => _ = distinct.insert(text.clone(), text.into_bytes()),
            Err(error) => foreign.push(error.into_bytes()),
        }
    }
    foreign.sort_unstable();
    foreign.dedup();
    for name in foreign {
        let mut text = escape(&name);
        while distinct.contains_key(&text) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        distinct.insert(text, name);
    }
    distinct
}

fn escape(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len() + 8);
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::distinct;

    #[test]
    fn names_that_are_not_text_stay_apart() {
        let names = [&b"a\xff"[..], b"a\xfe", b"a\\xff", b"a\xff", b"default"];
        let distinct = distinct(names.map(<[u8]>::to_vec));
        let shown: Vec<_> = distinct.iter().map(|(text, bytes)| (text.as_str(), bytes.as_slice())).collect();
        assert_eq!(
            shown,
            [
                ("a\\xfe", &b"a\xfe"[..]),
                ("a\\xff", b"a\\xff"),
                ("a\\xff\u{fffd}", b"a\xff"),
                ("default", b"default"),
            ]
        );
    }
}
