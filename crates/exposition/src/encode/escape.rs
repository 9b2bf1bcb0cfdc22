//! What cannot stand for itself on a line. Everything else, control characters included, is written as it is.

/// A label's value in either format, or a help text of OpenMetrics: `\`, `"` and newline.
pub(super) fn push_quoted(page: &mut String, text: &str) {
    push(page, text, |byte| matches!(byte, b'\\' | b'"' | b'\n'));
}

/// A help text of the text format: `\` and newline.
pub(super) fn push_text_help(page: &mut String, text: &str) {
    push(page, text, |byte| matches!(byte, b'\\' | b'\n'));
}

fn push(page: &mut String, text: &str, is_special: impl Fn(u8) -> bool) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(&is_special) {
        let (plain, tail) = rest.split_at(at);
        let (special, tail) = tail.split_at(1);
        page.push_str(plain);
        page.push('\\');
        page.push_str(if special == "\n" { "n" } else { special });
        rest = tail;
    }
    page.push_str(rest);
}
