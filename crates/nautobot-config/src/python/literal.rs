//! Tokens into values, where they are literals.

use super::string::Text;
use super::token::{Kind, Token};

/// A value, and the line on which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes,
    /// A tuple or a set, too.
    List(Vec<Node>),
    /// Of a key that is there twice the later one counts.
    Dict(Vec<(Node, Node)>),
    /// Anything that is no literal.
    Code(Code),
}

/// What can be told of code without running it. Its text is not kept: it may hold a password.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Code {
    /// The environment variables that it names.
    pub(crate) variables: Vec<String>,
    /// The default of its only environment variable, if it is nothing but that.
    pub(crate) default: Option<Box<Node>>,
    /// The name that it is or calls, such as `a.b`.
    pub(crate) name: Option<String>,
}

impl Node {
    /// Whether Python takes it for true, if that can be told.
    pub(crate) fn is_true(&self) -> Option<bool> {
        match &self.value {
            Value::None => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Int(value) => Some(*value != 0),
            Value::Float(value) => Some(*value != 0.0),
            Value::Text(text) => Some(!text.is_empty()),
            Value::List(items) => Some(!items.is_empty()),
            Value::Dict(entries) => Some(!entries.is_empty()),
            Value::Bytes | Value::Code(_) => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The value of a key, if this has one.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let Value::Dict(entries) = &self.value else { return None };
        entries.iter().rev().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    pub(crate) fn code(&self) -> Option<&Code> {
        if let Value::Code(code) = &self.value { Some(code) } else { None }
    }
}

/// Reads one value after the other. It recurses with brackets only, whose depth is limited.
#[derive(Debug)]
pub(crate) struct Parser<'t, 'a> {
    pub(crate) rest: &'t [Token<'a>],
}

impl<'t, 'a> Parser<'t, 'a> {
    /// Passes over this sign if it comes next.
    pub(crate) fn take(&mut self, sign: &str) -> bool {
        let taken = self.rest.first().is_some_and(|token| token.is(sign));
        if taken {
            self.next();
        }
        taken
    }

    /// The value that ends before a comma, a closing bracket or `stop`.
    pub(crate) fn value(&mut self, stop: &str) -> Node {
        let start = self.rest;
        let line = start.first().map_or(0, |token| token.line);
        let literal = self.literal();
        match literal.filter(|_| self.is_at_end(stop)) {
            Some(value) => Node { line, value },
            None => {
                self.skip(stop);
                let taken = start.len() - self.rest.len();
                Node { line, value: Value::Code(code(start.get(..taken).unwrap_or_default())) }
            }
        }
    }

    fn next(&mut self) -> Option<&'t Token<'a>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn is_at_end(&self, stop: &str) -> bool {
        self.rest.first().is_none_or(|token| token.is(",") || token.is(stop) || token.closes())
    }

    fn skip(&mut self, stop: &str) {
        let mut depth = 0_usize;
        while let Some(token) = self.rest.first() {
            if depth == 0 && self.is_at_end(stop) {
                return;
            }
            depth = if token.opens() { depth + 1 } else { depth.saturating_sub(usize::from(token.closes())) };
            self.next();
        }
    }

    /// A literal, if the next tokens begin with one.
    fn literal(&mut self) -> Option<Value> {
        let (sign, first) = match &self.rest {
            [sign, number @ Token { kind: Kind::Number(_), .. }, ..] if sign.is("-") => (-1, number),
            [first, ..] => (1, first),
            [] => return None,
        };
        match &first.kind {
            Kind::Number(digits) => {
                self.rest = self.rest.get(if sign < 0 { 2 } else { 1 }..).unwrap_or_default();
                number(digits, sign)
            }
            Kind::Text(_) => Some(self.text()),
            Kind::Name("dict") => self.call(),
            Kind::Name(name) => {
                let value = match *name {
                    "None" => Value::None,
                    "True" => Value::Bool(true),
                    "False" => Value::Bool(false),
                    _ => return None,
                };
                self.next();
                Some(value)
            }
            Kind::Sign("(") => {
                self.next();
                Some(self.parenthesised())
            }
            Kind::Sign("[") => {
                self.next();
                Some(Value::List(self.items(Vec::new())))
            }
            Kind::Sign("{") => {
                self.next();
                Some(self.braced())
            }
            _ => None,
        }
    }

    /// Strings that follow each other are one.
    fn text(&mut self) -> Value {
        let mut whole = Value::Text(String::new());
        while let [Token { kind: Kind::Text(text), .. }, rest @ ..] = self.rest {
            self.rest = rest;
            match (&mut whole, text) {
                (Value::Text(whole), Text::Plain(text)) => whole.push_str(text),
                (_, Text::Bytes) => whole = Value::Bytes,
                (Value::Text(_), Text::Computed) => whole = Value::Code(Code::default()),
                _ => {}
            }
        }
        whole
    }

    /// After `(`: a tuple, or a value in parentheses.
    fn parenthesised(&mut self) -> Value {
        if self.take(")") {
            return Value::List(Vec::new());
        }
        let first = self.value(",");
        if self.take(")") { first.value } else { Value::List(self.items(vec![first])) }
    }

    /// Items up to the closing bracket, and that.
    fn items(&mut self, mut items: Vec<Node>) -> Vec<Node> {
        loop {
            self.take(",");
            match self.rest.first() {
                Some(token) if token.closes() => {
                    self.next();
                    return items;
                }
                Some(_) => items.push(self.value(",")),
                None => return items,
            }
        }
    }

    /// After `{`: a dict or a set.
    fn braced(&mut self) -> Value {
        let mut entries = Vec::new();
        loop {
            self.take(",");
            match self.rest.first() {
                Some(token) if token.closes() => {
                    self.next();
                    return Value::Dict(entries);
                }
                Some(_) => {}
                None => return Value::Dict(entries),
            }
            let key = self.value(":");
            if self.take(":") {
                let value = self.value(",");
                entries.push((key, value));
            } else if entries.is_empty() && !is_spread(&key) {
                return Value::List(self.items(vec![key]));
            } else {
                entries.push((key.clone(), key));
            }
        }
    }

    /// `dict(name=value, …)`, and nothing else.
    fn call(&mut self) -> Option<Value> {
        let [_, open, rest @ ..] = self.rest else { return None };
        if !open.is("(") {
            return None;
        }
        self.rest = rest;
        let mut entries = Vec::new();
        loop {
            self.take(",");
            match self.rest {
                [token, rest @ ..] if token.is(")") => {
                    self.rest = rest;
                    return Some(Value::Dict(entries));
                }
                [Token { kind: Kind::Name(name), line, .. }, equals, rest @ ..] if equals.is("=") => {
                    self.rest = rest;
                    let key = Node { line: *line, value: Value::Text((*name).to_owned()) };
                    entries.push((key, self.value(",")));
                }
                [_, ..] => {
                    let other = self.value(",");
                    match other.value {
                        Value::Dict(others) if entries.is_empty() => entries = others,
                        _ => entries.push((other.clone(), other)),
                    }
                }
                [] => return Some(Value::Dict(entries)),
            }
        }
    }
}

/// `**others` in a dict.
fn is_spread(node: &Node) -> bool {
    node.code().is_some_and(|code| code.name.as_deref() == Some("**"))
}

fn number(digits: &str, sign: i64) -> Option<Value> {
    let plain = digits.replace('_', "").to_ascii_lowercase();
    let radix = match plain.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    let integer = i64::from_str_radix(if radix == 10 { &plain } else { plain.get(2..)? }, radix);
    match integer {
        Ok(number) => Some(Value::Int(number * sign)),
        Err(_) if radix == 10 => plain.parse().ok().map(Value::Float),
        Err(_) => None,
    }
}

fn code(tokens: &[Token<'_>]) -> Code {
    let mut code = Code { name: name(tokens), ..Code::default() };
    for at in 0..tokens.len() {
        let Some((variable, rest)) = variable(tokens.get(at..).unwrap_or_default()) else { continue };
        code.variables.push(variable.to_owned());
        // Of nothing else than `os.getenv(…)`: the default is not changed by code around it.
        let is_first = tokens
            .get(..at)
            .is_some_and(|before| before.iter().all(|token| token.is(".") || token.kind == Kind::Name("os")));
        let mut parser = Parser { rest };
        if is_first && parser.take(",") && !parser.rest.is_empty() {
            let default = parser.value(",");
            if parser.take(")") && parser.rest.is_empty() {
                code.default = Some(Box::new(default));
            }
        }
    }
    code
}

/// The variable that tokens begin with, as `getenv("X"`, `environ.get("X"` or `environ["X"`, and what follows.
fn variable<'t>(tokens: &'t [Token<'_>]) -> Option<(&'t str, &'t [Token<'t>])> {
    let after = match tokens {
        [Token { kind: Kind::Name("getenv"), .. }, open, rest @ ..] if open.is("(") => rest,
        [Token { kind: Kind::Name("environ"), .. }, open, rest @ ..] if open.is("[") => rest,
        [
            Token { kind: Kind::Name("environ"), .. },
            _,
            Token { kind: Kind::Name("get"), .. },
            open,
            rest @ ..,
        ] if open.is("(") => rest,
        _ => return None,
    };
    match after {
        [Token { kind: Kind::Text(Text::Plain(name)), .. }, rest @ ..] => Some((name, rest)),
        _ => None,
    }
}

/// The dotted name that tokens are, or that they call; `**` for others that are spread.
fn name(tokens: &[Token<'_>]) -> Option<String> {
    let mut name = String::new();
    for token in tokens {
        match token.kind {
            Kind::Sign("**") if name.is_empty() => return Some("**".to_owned()),
            Kind::Sign("(") if !name.is_empty() => return Some(name),
            Kind::Name(part) => name.push_str(part),
            Kind::Sign(".") => name.push('.'),
            _ => return None,
        }
    }
    Some(name)
}
