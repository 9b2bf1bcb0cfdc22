//! The settings file that comes out.

use toml::Value;

/// A table of the file, or what stands before the first one.
#[derive(Debug, Default)]
pub(crate) struct Section {
    header: &'static str,
    lines: Vec<String>,
    has_keys: bool,
}

impl Section {
    /// With its brackets, such as `[database]`; empty for what stands before the first one.
    pub(crate) fn new(header: &'static str) -> Self {
        Self { header, ..Self::default() }
    }

    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.has_keys = true;
        self.lines.push(format!("{key} = {}", value.into()));
    }

    /// One line, whatever the text has in it.
    pub(crate) fn comment(&mut self, text: &str) {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.lines.push(format!("# {text}"));
    }

    /// A comment about what is on this line of the file that is read.
    pub(crate) fn note(&mut self, line: usize, text: &str) {
        self.comment(&format!("line {line}: {text}"));
    }

    /// With a header only if there is something in it.
    pub(crate) fn text(&self) -> String {
        let header = self.has_keys.then_some(self.header).filter(|header| !header.is_empty());
        let lines = header.into_iter().chain(self.lines.iter().map(String::as_str));
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// A part of a dotted key.
pub(crate) fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { name.to_owned() } else { basic(name) }
}

/// A string in double quotes; toml has other forms for some, which are no keys.
fn basic(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            _ if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
