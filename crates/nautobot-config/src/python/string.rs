//! String literals: what they say, or where they end.

/// What a string literal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Plain(String),
    Bytes,
    /// With code in it, or a character by its name: `f"…"`, `t"…"`, `"\N{BULLET}"`.
    Computed,
}

/// A fault, so many lines below the literal's first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) lines: usize,
    pub(super) reason: &'static str,
}

/// Code in an `f"…"` may have strings in it, and those code.
const DEEPEST: usize = 16;

/// The literal that `text` starts with, after a prefix such as `rb` of this length, and its length in all.
pub(super) fn string(text: &str, prefix: usize) -> Result<(Text, usize), Fault> {
    let has = |letter| text[..prefix].contains([letter, char::to_ascii_uppercase(&letter)]);
    let quoted = &text[prefix..];
    if has('f') || has('t') {
        return Ok((Text::Computed, prefix + formatted(quoted, has('r'), 0)?));
    }
    let quote = quote(quoted);
    let body = &quoted[quote.len()..];
    let length = body_length(body, quote).ok_or_else(|| unterminated(quote))?;
    let (body, total) = (&body[..length], prefix + length + 2 * quote.len());
    let text = match (has('b'), has('r')) {
        (true, _) => Text::Bytes,
        (false, true) => Text::Plain(body.to_owned()),
        (false, false) => unescaped(body)?,
    };
    Ok((text, total))
}

fn unterminated(quote: &str) -> Fault {
    let reason = if quote.len() == 3 {
        "a string in triple quotes never ends"
    } else {
        "a string does not end on its line"
    };
    Fault { lines: 0, reason }
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

/// Three quotes or one.
fn quote(text: &str) -> &str {
    let triple = text.starts_with("\"\"\"") || text.starts_with("'''");
    &text[..if triple { 3 } else { 1 }]
}

/// How far the closing quote is.
fn body_length(body: &str, quote: &str) -> Option<usize> {
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if body[at..].starts_with(quote) => return Some(at),
            '\\' => _ = chars.next()?,
            '\n' if quote.len() == 1 => return None,
            _ => {}
        }
    }
    None
}

fn unescaped(body: &str) -> Result<Text, Fault> {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else { break };
        let digits = match escape {
            'N' if rest.starts_with("N{") => return Ok(Text::Computed),
            'x' => 1..3,
            'u' => 1..5,
            'U' => 1..9,
            '0'..='7' => 0..rest.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count(),
            _ => {
                match simple(escape) {
                    Some(character) => text.extend(character),
                    None => text.extend(['\\', escape]),
                }
                rest = &rest[escape.len_utf8()..];
                continue;
            }
        };
        let radix = if digits.start == 0 { 8 } else { 16 };
        let end = digits.end;
        let digits = rest.get(digits).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, radix).ok());
        let Some(character) = number.and_then(char::from_u32) else {
            let lines = lines(&body[..body.len() - rest.len()]);
            return Err(Fault { lines, reason: "an escape that is no character" });
        };
        text.push(character);
        rest = &rest[end..];
    }
    text.push_str(rest);
    Ok(Text::Plain(text))
}

/// What stands for one character, or, at the end of a line, for none.
fn simple(escape: char) -> Option<Option<char>> {
    Some(match escape {
        '\n' => None,
        '\\' | '\'' | '"' => Some(escape),
        'a' => Some('\x07'),
        'b' => Some('\x08'),
        'f' => Some('\x0c'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\x0b'),
        _ => return None,
    })
}

/// Code between braces of an `f"…"`.
#[derive(Default)]
struct Field {
    brackets: usize,
    /// After its colon, where quotes are what they are.
    is_format: bool,
}

/// The length of an `f"…"`, whose code may have strings in the same quotes (Python 3.12).
fn formatted(text: &str, is_raw: bool, depth: usize) -> Result<usize, Fault> {
    let quote = quote(text);
    let mut fields: Vec<Field> = Vec::new();
    let mut at = quote.len();
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let mut length = c.len_utf8();
        match fields.last_mut().filter(|field| !field.is_format) {
            Some(field) => match c {
                '\'' | '"' if depth == DEEPEST => {
                    return Err(Fault { lines: lines(&text[..at]), reason: "strings nested too deeply" });
                }
                '\'' | '"' => {
                    let below = |fault: Fault| Fault { lines: fault.lines + lines(&text[..at]), ..fault };
                    length = nested(text, at, depth).map_err(below)?;
                }
                '(' | '[' | '{' => field.brackets += 1,
                '}' if field.brackets == 0 => _ = fields.pop(),
                ')' | ']' | '}' => field.brackets = field.brackets.saturating_sub(1),
                ':' if field.brackets == 0 => field.is_format = true,
                '\n' if quote.len() == 1 && depth > 0 => return Err(unterminated(quote)),
                _ => {}
            },
            None => match c {
                _ if rest.starts_with(quote) => return Ok(at + quote.len()),
                '\n' if quote.len() == 1 => return Err(unterminated(quote)),
                '\\' => {
                    length += rest[1..]
                        .chars()
                        .next()
                        .filter(|&c| !(is_raw && matches!(c, '{' | '}')))
                        .map_or(0, char::len_utf8)
                }
                '{' if fields.is_empty() && rest.starts_with("{{") => length = 2,
                '{' => fields.push(Field::default()),
                '}' => _ = fields.pop(),
                _ => {}
            },
        }
        at += length;
    }
    Err(unterminated(quote))
}

/// The length of a string in the code of an `f"…"`; its prefix has been passed already.
fn nested(text: &str, at: usize, depth: usize) -> Result<usize, Fault> {
    let before = &text[..at];
    let letters = before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len();
    let prefix = &before[at - letters.min(2)..];
    let has = |letters: [char; 2]| prefix.contains(letters);
    if has(['f', 'F']) || has(['t', 'T']) {
        return formatted(&text[at..], has(['r', 'R']), depth + 1);
    }
    let quoted = &text[at..];
    let quote = quote(quoted);
    let body = &quoted[quote.len()..];
    body_length(body, quote).map(|length| length + 2 * quote.len()).ok_or_else(|| unterminated(quote))
}
