//! Prometheus' text format, read back.

#![expect(clippy::panic, reason = "a test whose expected page is malformed has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::Chars;

/// How many lines a panic shows.
const SHOWN: usize = 40;

/// What a page says.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) samples: BTreeMap<Series, f64>,
    /// The lines `# HELP` and `# TYPE`.
    pub(crate) heads: BTreeSet<String>,
}

/// A name with its labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    pub(crate) name: String,
    labels: BTreeMap<String, String>,
}

/// Reads a page of which time stamps are no part: collectors emit none.
#[track_caller]
pub(crate) fn read(page: &str) -> Text {
    let mut text = Text::default();
    // only a line feed ends a line: a label's value may hold any other character as it is
    for line in page.split('\n') {
        let line = line.trim_matches([' ', '\t', '\r']);
        if line.starts_with("# HELP ") || line.starts_with("# TYPE ") {
            text.heads.insert(line.to_owned());
        } else if !line.is_empty() && !line.starts_with('#') {
            text.read_sample(line).unwrap_or_else(|problem| panic!("`{line}` {problem}"));
        }
    }
    text
}

/// The lines, indented; the first of them if there are many.
pub(crate) fn list(lines: &[String]) -> String {
    let mut shown: Vec<String> = lines.iter().take(SHOWN).map(|line| format!("  {line}")).collect();
    if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        shown.push(format!("  and {more} more"));
    }
    shown.join("\n")
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let mut separator = '{';
        for (label, value) in &self.labels {
            let value = value.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
            write!(f, "{separator}{label}=\"{value}\"")?;
            separator = ',';
        }
        if self.labels.is_empty() { Ok(()) } else { f.write_str("}") }
    }
}

impl Text {
    fn read_sample(&mut self, line: &str) -> Result<(), &'static str> {
        let mut rest = Rest(line.chars());
        let series = rest.series()?;
        let value = rest.0.as_str().trim().parse().map_err(|_| "does not end in one value")?;
        match self.samples.insert(series, value) {
            None => Ok(()),
            Some(_) => Err("is there twice"),
        }
    }
}

/// What is left of a line.
struct Rest<'a>(Chars<'a>);

impl Rest<'_> {
    fn series(&mut self) -> Result<Series, &'static str> {
        let mut series = Series { name: self.name()?, labels: BTreeMap::new() };
        if !self.skip('{') {
            return Ok(series);
        }
        while !self.skip('}') {
            let label = self.name()?;
            if !self.skip('=') || !self.skip('"') {
                return Err("has a label without a value in quotes");
            }
            if series.labels.insert(label, self.quoted()?).is_some() {
                return Err("has a label twice");
            }
            if !self.skip(',') && !self.0.as_str().starts_with('}') {
                return Err("has no comma or brace after a label");
            }
        }
        Ok(series)
    }

    fn name(&mut self) -> Result<String, &'static str> {
        let rest = self.0.as_str().trim_start();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let (name, rest) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
        self.0 = rest.chars();
        if name.is_empty() { Err("has no name where one is due") } else { Ok(name.to_owned()) }
    }

    /// Up to and including the closing quote.
    fn quoted(&mut self) -> Result<String, &'static str> {
        let mut value = String::new();
        loop {
            match self.0.next().ok_or("ends within quotes")? {
                '"' => return Ok(value),
                '\\' => value.push(match self.0.next() {
                    Some('n') => '\n',
                    Some(quote @ ('"' | '\\')) => quote,
                    _ => return Err("has an unknown escape"),
                }),
                other => value.push(other),
            }
        }
    }

    /// Whether `wanted` comes next, blanks aside; if so, it is gone then, and the blanks behind it.
    fn skip(&mut self, wanted: char) -> bool {
        let Some(rest) = self.0.as_str().trim_start().strip_prefix(wanted) else { return false };
        // a value in quotes may start with blanks
        self.0 = if wanted == '"' { rest } else { rest.trim_start() }.chars();
        true
    }
}
