//! What the names that matter are assigned, by statements that are carried out for certain.

use std::collections::BTreeMap;

use crate::python::{Kind, Node, Parser, Statement, Token, Value};

/// The settings that are looked at.
const NAMES: [&str; 6] = [
    "PLUGINS_CONFIG",
    "DATABASES",
    "RQ_QUEUES",
    "CACHES",
    "CELERY_BROKER_URL",
    "CELERY_BROKER_TRANSPORT_OPTIONS",
];

/// Settings by name.
#[derive(Debug, Default)]
pub(crate) struct Assigned {
    values: BTreeMap<&'static str, Node>,
    /// What could not be followed, by the line.
    pub(crate) unclear: Vec<(usize, String)>,
}

impl Assigned {
    pub(crate) fn by(statements: &[Statement<'_>]) -> Self {
        let mut assigned = Self::default();
        for statement in statements {
            assigned.follow(statement);
        }
        assigned
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.values.get(name)
    }

    fn follow(&mut self, statement: &Statement<'_>) {
        if let Some(module) = starred(statement) {
            let note =
                format!("everything of the module {module} is imported, and what it sets is not known here");
            return self.unclear.push((statement.line(), note));
        }
        let Some(name) = changed(statement) else { return };
        if statement.is_conditional {
            let note =
                format!("{name} is changed in a block, which may be carried out or not: left out here");
            self.unclear.push((statement.line(), note));
        } else if self.assign(&statement.tokens).is_none() {
            let note = format!("{name} is changed in a way that only Python can follow: left out here");
            self.unclear.push((statement.line(), note));
        }
    }

    /// `None` if it cannot be followed.
    fn assign(&mut self, tokens: &[Token<'_>]) -> Option<()> {
        let (target, tokens) = target(tokens)?;
        match tokens {
            [dot, Token { kind: Kind::Name("update"), .. }, open, rest @ .., close]
                if dot.is(".") && open.is("(") && close.is(")") =>
            {
                self.merge(&target, arguments(rest)?)
            }
            [equals, rest @ ..] if equals.is("|=") => self.merge(&target, whole(rest)?),
            [equals, rest @ ..] if equals.is("=") => self.set_all(target, rest),
            [colon, rest @ ..] if colon.is(":") => {
                let equals = rest.iter().position(|token| token.is("="))?;
                self.set_all(target, rest.get(equals + 1..)?)
            }
            _ => None,
        }
    }

    /// `A = B = value`, after the first equals sign.
    fn set_all(&mut self, first: Target, tokens: &[Token<'_>]) -> Option<()> {
        let mut targets = vec![first];
        let mut rest = tokens;
        while let Some((next, [equals, after @ ..])) = target(rest) {
            if !equals.is("=") {
                break;
            }
            targets.push(next);
            rest = after;
        }
        let value = whole(rest)?;
        targets.into_iter().filter(|target| target.name.is_some()).try_for_each(|target| {
            *self.slot(&target, value.line)? = value.clone();
            Some(())
        })
    }

    fn merge(&mut self, target: &Target, with: Node) -> Option<()> {
        let Value::Dict(new) = with.value else { return None };
        match &mut self.slot(target, with.line)?.value {
            Value::Dict(entries) => entries.extend(new),
            _ => return None,
        }
        Some(())
    }

    /// Where a value belongs; what is not there yet is empty, as Nautobot's own settings are.
    fn slot(&mut self, target: &Target, line: usize) -> Option<&mut Node> {
        let empty = || Node { line, value: Value::Dict(Vec::new()) };
        let mut node = self.values.entry(target.name?).or_insert_with(empty);
        for key in &target.keys {
            let Value::Dict(entries) = &mut node.value else { return None };
            let at = entries.iter().rposition(|(name, _)| name.text() == Some(key));
            let at = at.unwrap_or_else(|| {
                entries.push((Node { line, value: Value::Text(key.clone()) }, empty()));
                entries.len() - 1
            });
            node = &mut entries.get_mut(at)?.1;
        }
        Some(node)
    }
}

/// `NAME["key"]["key"]`.
struct Target {
    /// One of those that are looked at.
    name: Option<&'static str>,
    keys: Vec<String>,
}

/// The target that tokens begin with, and the tokens after it.
fn target<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Target, &'t [Token<'a>])> {
    let [Token { kind: Kind::Name(name), .. }, rest @ ..] = tokens else { return None };
    let (mut keys, mut rest) = (Vec::new(), rest);
    while let [open, after @ ..] = rest
        && open.is("[")
    {
        let mut parser = Parser { rest: after };
        keys.push(parser.value(",").text()?.to_owned());
        if !parser.take("]") {
            return None;
        }
        rest = parser.rest;
    }
    Some((Target { name: known(name), keys }, rest))
}

/// The value that all of the tokens are.
fn whole(tokens: &[Token<'_>]) -> Option<Node> {
    let mut parser = Parser { rest: tokens };
    let value = parser.value(",");
    parser.rest.is_empty().then_some(value)
}

/// What is handed to `update`: a dict, or names with values.
fn arguments(tokens: &[Token<'_>]) -> Option<Node> {
    if let [Token { kind: Kind::Name(name), line, .. }, equals, rest @ ..] = tokens
        && equals.is("=")
    {
        let key = Node { line: *line, value: Value::Text((*name).to_owned()) };
        return Some(Node { line: *line, value: Value::Dict(vec![(key, whole(rest)?)]) });
    }
    let tokens = tokens.split_last().filter(|(last, _)| last.is(",")).map_or(tokens, |(_, rest)| rest);
    whole(tokens)
}

/// The module of `from module import *`, but for Nautobot's own settings.
fn starred(statement: &Statement<'_>) -> Option<String> {
    match statement.tokens.as_slice() {
        [
            Token { kind: Kind::Name("from"), .. },
            module @ ..,
            Token { kind: Kind::Name("import"), .. },
            star,
        ] if star.is("*") => {
            let parts = module.iter().filter_map(|token| match token.kind {
                Kind::Name(text) | Kind::Sign(text) => Some(text),
                _ => None,
            });
            Some(parts.collect::<String>()).filter(|module| module != "nautobot.core.settings")
        }
        _ => None,
    }
}

/// The setting that a statement changes, or may change.
fn changed(statement: &Statement<'_>) -> Option<&'static str> {
    let name = |token: &Token<'_>| if let Kind::Name(name) = token.kind { known(name) } else { None };
    if let Some(name) = statement.tokens.first().and_then(name) {
        return Some(name);
    }
    let mut depth = 0_usize;
    let assignment = statement.tokens.iter().rposition(|token| {
        depth = if token.closes() { depth + 1 } else { depth.saturating_sub(usize::from(token.opens())) };
        depth == 0 && matches!(token.kind, Kind::Sign("=" | "|=" | "+="))
    });
    let first = statement.tokens.first()?;
    let is_named = matches!(first.kind, Kind::Name("del" | "from" | "import"));
    let end = if is_named { statement.tokens.len() } else { assignment? };
    statement.tokens.get(..end)?.iter().find_map(name)
}

fn known(name: &str) -> Option<&'static str> {
    NAMES.into_iter().find(|known| *known == name)
}
