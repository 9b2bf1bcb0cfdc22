//! Arguments as Python writes them for people: the header `argsrepr`, by Celery's `saferepr`.

use std::str::Chars;

/// The first element of a list or a tuple, if it is a string and not cut short.
pub(crate) fn first_text(repr: &str) -> Option<String> {
    let repr = repr.strip_prefix(['[', '('])?;
    let quote = repr.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
    let mut letters = repr.chars();
    letters.next();
    let mut text = String::new();
    loop {
        match letters.next()? {
            '\\' => text.push(escaped(&mut letters)?),
            letter if letter == quote => break,
            letter => text.push(letter),
        }
    }
    // Two strings side by side are one in Python, and nothing that it would write.
    let is_element = letters.next().is_some_and(|next| [',', ']', ')'].contains(&next));
    is_element.then_some(text)
}

/// What stands after a backslash. `None` for what Python would not write.
fn escaped(letters: &mut Chars<'_>) -> Option<char> {
    match letters.next()? {
        quote @ ('\'' | '"' | '\\') => Some(quote),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'x' => by_number(letters, 2),
        'u' => by_number(letters, 4),
        'U' => by_number(letters, 8),
        _ => None,
    }
}

fn by_number(letters: &mut Chars<'_>, digits: usize) -> Option<char> {
    let mut number = 0;
    for _ in 0..digits {
        number = number * 16 + letters.next()?.to_digit(16)?;
    }
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::first_text;

    #[test]
    fn the_first_string_is_told() {
        for (repr, text) in [
            ("['ref_jobs.SlowJob']", Some("ref_jobs.SlowJob")),
            ("('ref_jobs.SlowJob',)", Some("ref_jobs.SlowJob")),
            ("['a', {'b': [1]}]", Some("a")),
            (r#"["it's"]"#, Some("it's")),
            (r#"['it\'s "so"']"#, Some("it's \"so\"")),
            (r"['\\ \n \x7f \u2028 \U000e0001']", Some("\\ \n \u{7f} \u{2028} \u{e0001}")),
            ("['ünïcode', 1]", Some("ünïcode")),
            ("['']", Some("")),
        ] {
            assert_eq!(first_text(repr).as_deref(), text, "{repr}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for repr in [
            "",
            "[",
            "[]",
            "()",
            "[1, 'a']",
            "['a",
            "['a'",
            "['a' 'b']",
            "'a'",
            "{'a'}",
            "[b'a']",
            r"['\",
            r"['\x4']",
            r"['\ud800']",
            r"['\U7fffffff']",
            r"['\UFFFFFFFF']",
            r"['\q']",
        ] {
            assert_eq!(first_text(repr), None, "{repr}");
        }
    }
}
