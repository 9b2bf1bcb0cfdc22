//! Tokens into statements.

use super::token::{Kind, Token, tokens};
use crate::error::SyntaxError;

/// A statement with neither its line's end nor its semicolon.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    /// At least one.
    pub(crate) tokens: Vec<Token<'a>>,
    /// Whether it belongs to a block, or begins one, so that nobody knows whether it is carried out.
    pub(crate) is_conditional: bool,
}

impl Statement<'_> {
    pub(crate) fn line(&self) -> usize {
        self.tokens.first().map_or(1, |token| token.line)
    }
}

/// What may have its block on its own line.
const BLOCKS: [&str; 12] =
    ["if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class", "async"];

/// # Errors
/// The text is not Python.
pub(crate) fn statements(source: &str) -> Result<Vec<Statement<'_>>, SyntaxError> {
    let tokens = tokens(source)?;
    let mut statements = Vec::new();
    let lines = tokens.split(|token| token.kind == Kind::End).filter(|line| !line.is_empty());
    for line in lines {
        let is_conditional = line.first().is_some_and(|first| {
            first.indent != Some(0) || matches!(first.kind, Kind::Name(name) if BLOCKS.contains(&name))
        });
        let parts = parts(line).filter(|part| !part.is_empty());
        statements.extend(parts.map(|tokens| Statement { tokens: tokens.to_vec(), is_conditional }));
    }
    Ok(statements)
}

/// A line's statements. A semicolon within brackets is no Python and separates, too.
fn parts<'t, 'a>(line: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    line.split(|token| token.is(";"))
}
