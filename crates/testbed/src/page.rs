use std::collections::BTreeMap;
use std::str::Chars;

use crate::Error;
use crate::error::OrPanic;

/// The samples of a page: values by the sample's name and its labels, which are sorted.
pub type Samples = BTreeMap<String, BTreeMap<Vec<(String, String)>, f64>>;

/// Reads a page of Prometheus' text format 0.0.4, of which comments and time stamps are left out.
///
/// ```
/// let samples = testbed::samples("up{host=\"a\"} 1\n");
/// assert_eq!(samples["up"][&vec![("host".into(), "a".into())]], 1.0);
/// ```
///
/// # Panics
/// If the page is not in that format, or has a series twice.
#[track_caller]
pub fn samples(page: &str) -> Samples {
    parse(page).or_panic()
}

fn parse(page: &str) -> Result<Samples, Error> {
    let mut samples = Samples::new();
    // only a line feed ends a line: a label's value may hold any other character as it is
    for (index, text) in page.split('\n').enumerate() {
        let refused = |problem| Error::Page { line: index + 1, problem, text: text.into() };
        if text.trim_start_matches([' ', '\t']).starts_with('#') || text.trim_matches([' ', '\t']).is_empty()
        {
            continue;
        }
        let (name, labels, value) = Line(text.chars()).sample().map_err(refused)?;
        if samples.entry(name).or_default().insert(labels, value).is_some() {
            return Err(refused("has a series that was there before"));
        }
    }
    Ok(samples)
}

type Sample = (String, Vec<(String, String)>, f64);

/// What is left of a line.
struct Line<'a>(Chars<'a>);

impl Line<'_> {
    fn sample(mut self) -> Result<Sample, &'static str> {
        self.skip_blanks();
        let name = self.name().ok_or("has no metric name")?;
        self.skip_blanks();
        let mut labels = if self.skip('{') { self.labels()? } else { Vec::new() };
        labels.sort();
        if labels.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
            return Err("has a label twice");
        }
        let mut fields = self.0.as_str().split([' ', '\t']).filter(|field| !field.is_empty());
        let value = fields.next().and_then(|value| value.parse().ok()).ok_or("has no value")?;
        match (fields.next().map(str::parse::<i64>), fields.next()) {
            (None | Some(Ok(_)), None) => Ok((name, labels, value)),
            _ => Err("goes on after the value"),
        }
    }

    /// Up to and including the closing brace.
    fn labels(&mut self) -> Result<Vec<(String, String)>, &'static str> {
        let mut labels = Vec::new();
        loop {
            self.skip_blanks();
            if self.skip('}') {
                return Ok(labels);
            }
            let name = self.name().ok_or("has no label name where one is due")?;
            self.skip_blanks();
            if !self.skip('=') {
                return Err("has a label without a value");
            }
            self.skip_blanks();
            labels.push((name, self.quoted()?));
            self.skip_blanks();
            if !self.skip(',') && !self.0.as_str().starts_with('}') {
                return Err("has no comma or brace after a label");
            }
        }
    }

    fn quoted(&mut self) -> Result<String, &'static str> {
        if !self.skip('"') {
            return Err("has a label's value without quotes");
        }
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

    fn name(&mut self) -> Option<String> {
        let rest = self.0.as_str();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let (name, rest) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
        self.0 = rest.chars();
        name.starts_with(|c: char| !c.is_ascii_digit()).then(|| name.into())
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.as_str().trim_start_matches([' ', '\t']).chars();
    }

    fn skip(&mut self, wanted: char) -> bool {
        let rest = self.0.as_str().strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0.as_str()).chars();
        rest.is_some()
    }
}

#[cfg(test)]
mod tests;
