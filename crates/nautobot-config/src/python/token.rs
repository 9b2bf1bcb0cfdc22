//! Text into tokens, with brackets that match and are not nested too deeply.

use super::string::{Text, string};
use crate::error::SyntaxError;

/// Python itself refuses more than 200.
const DEEPEST: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token<'a> {
    pub(crate) line: usize,
    /// Whether nothing but white space is before it on its line, and if so, how much.
    pub(crate) indent: Option<usize>,
    pub(crate) kind: Kind<'a>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind<'a> {
    /// A keyword, too.
    Name(&'a str),
    Number(&'a str),
    Text(Text),
    /// An operator, a bracket or another sign.
    Sign(&'a str),
    /// The end of a line that no bracket or backslash continues.
    End,
}

impl Token<'_> {
    pub(crate) fn is(&self, sign: &str) -> bool {
        matches!(self.kind, Kind::Sign(this) if this == sign)
    }

    pub(crate) fn opens(&self) -> bool {
        matches!(self.kind, Kind::Sign("(" | "[" | "{"))
    }

    pub(crate) fn closes(&self) -> bool {
        matches!(self.kind, Kind::Sign(")" | "]" | "}"))
    }
}

/// Longest first.
const SIGNS: [&str; 25] = [
    "**=", "//=", ">>=", "<<=", "...", "==", "!=", "<=", ">=", "->", ":=", "+=", "-=", "*=", "/=", "%=",
    "&=", "|=", "^=", "@=", "**", "//", "<<", ">>", "<>",
];

const SINGLE_SIGNS: &str = "()[]{}.,:;=+-*/%&|^~<>@";

/// # Errors
/// Brackets that do not match, strings that do not end, and what is in no Python.
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, SyntaxError> {
    let mut lexer = Lexer { rest: source, line: 1, indent: Some(0), open: Vec::new(), tokens: Vec::new() };
    while let Some(first) = lexer.rest.chars().next() {
        lexer.step(first)?;
    }
    match lexer.open.last() {
        Some((bracket, line)) => Err(refused(*line, format!("`{bracket}` is never closed"))),
        None => {
            lexer.push(0, Kind::End);
            Ok(lexer.tokens)
        }
    }
}

pub(super) fn refused(line: usize, reason: impl Into<String>) -> SyntaxError {
    SyntaxError { line, reason: reason.into() }
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    indent: Option<usize>,
    open: Vec<(char, usize)>,
    tokens: Vec<Token<'a>>,
}

impl<'a> Lexer<'a> {
    fn step(&mut self, first: char) -> Result<(), SyntaxError> {
        match first {
            '\n' => self.end_of_line(),
            ' ' | '\t' | '\x0c' => {
                self.indent = self.indent.map(|indent| indent + 1);
                self.skip(1);
            }
            '#' => self.skip(self.rest.find('\n').unwrap_or(self.rest.len())),
            '\\' if self.rest.starts_with("\\\n") => {
                self.skip(2);
                self.line += 1;
            }
            '"' | '\'' => self.string(0)?,
            _ if first == '_' || first.is_alphabetic() => {
                let length = self.length_of(|c| c == '_' || c.is_alphanumeric());
                if self.rest[length..].starts_with(['"', '\'']) && is_prefix(&self.rest[..length]) {
                    return self.string(length);
                }
                self.push(length, Kind::Name(&self.rest[..length]));
            }
            _ if first.is_ascii_digit() || is_fraction(self.rest) => {
                let length = number(self.rest);
                self.push(length, Kind::Number(&self.rest[..length]));
            }
            _ => self.sign(first)?,
        }
        Ok(())
    }

    fn end_of_line(&mut self) {
        if self.open.is_empty() {
            self.push(1, Kind::End);
            self.indent = Some(0);
        } else {
            self.skip(1);
        }
        self.line += 1;
    }

    fn string(&mut self, prefix: usize) -> Result<(), SyntaxError> {
        let (text, length) =
            string(self.rest, prefix).map_err(|error| refused(self.line + error.lines, error.reason))?;
        let lines = self.rest[..length].matches('\n').count();
        self.push(length, Kind::Text(text));
        self.line += lines;
        Ok(())
    }

    fn sign(&mut self, first: char) -> Result<(), SyntaxError> {
        let long = SIGNS.iter().find(|sign| self.rest.starts_with(**sign)).map(|sign| sign.len());
        let length = match long {
            Some(length) => length,
            None if SINGLE_SIGNS.contains(first) => 1,
            None if first == '!' => return Err(refused(self.line, "unexpected `!`")),
            None => return Err(refused(self.line, format!("unexpected character {first:?}"))),
        };
        match first {
            '(' | '[' | '{' if self.open.len() == DEEPEST => {
                return Err(refused(self.line, format!("brackets nested deeper than {DEEPEST}")));
            }
            '(' | '[' | '{' => self.open.push((first, self.line)),
            ')' | ']' | '}' => match self.open.pop() {
                Some((open, _)) if matches!((open, first), ('(', ')') | ('[', ']') | ('{', '}')) => {}
                Some((open, line)) => {
                    return Err(refused(
                        self.line,
                        format!("`{first}` does not close `{open}` of line {line}"),
                    ));
                }
                None => return Err(refused(self.line, format!("`{first}` closes nothing"))),
            },
            _ => {}
        }
        self.push(length, Kind::Sign(&self.rest[..length]));
        Ok(())
    }

    fn push(&mut self, length: usize, kind: Kind<'a>) {
        let indent = self.indent.take();
        self.tokens.push(Token { line: self.line, indent, kind });
        self.skip(length);
    }

    /// So many bytes.
    fn skip(&mut self, length: usize) {
        self.rest = &self.rest[length..];
    }

    fn length_of(&self, within: impl Fn(char) -> bool) -> usize {
        self.rest.find(|c| !within(c)).unwrap_or(self.rest.len())
    }
}

fn is_prefix(name: &str) -> bool {
    let known = ["r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"];
    known.iter().any(|prefix| prefix.eq_ignore_ascii_case(name))
}

fn is_fraction(text: &str) -> bool {
    text.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The length of a number of any form, an exponent's sign included.
fn number(text: &str) -> usize {
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    let mut previous = ' ';
    let end = text.find(|c: char| {
        let is_signed = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E') && !is_hex;
        previous = c;
        !(c.is_ascii_alphanumeric() || c == '_' || c == '.' || is_signed)
    });
    end.unwrap_or(text.len())
}
