//! Values that come from the environment, which the exporters read themselves.

use crate::page::Section;
use crate::python::{Code, Node, Value};

/// What an exporter reads of a section from Nautobot's environment.
#[derive(Debug)]
pub(super) struct Environment {
    section: &'static str,
    /// Those that the file reads, too.
    shared: Vec<&'static str>,
}

impl Environment {
    /// Of the section without brackets.
    pub(super) fn of(section: &'static str) -> Self {
        Self { section, shared: Vec::new() }
    }

    /// Tells where the value of `key` has to come from, which an exporter takes from `ours`. `default` is what it is
    /// where nobody says anything; none is told of a secret.
    pub(super) fn tell(
        &mut self,
        to: &mut Section,
        line: usize,
        code: &Code,
        key: &str,
        ours: &'static str,
        default: Option<&str>,
    ) {
        let is_ours = |name: &String| name == ours;
        if !code.variables.iter().any(is_ours) {
            let from = match code.variables.as_slice() {
                [] => "is computed by code".to_owned(),
                names => format!("comes from the environment, {}", names.join(", ")),
            };
            let set = format!("set it here, or in the exporter's environment as {ours}");
            return to.note(line, &format!("{key} {from}: {set}"));
        }
        self.shared.push(ours);
        let otherwise = code.default.as_deref().and_then(scalar);
        if let Some(otherwise) =
            otherwise.filter(|value| default.is_some_and(|default| default != value && !value.is_empty()))
        {
            let value = toml::Value::from(otherwise);
            to.note(line, &format!("where {ours} is not set: {key} = {value}"));
        }
    }

    /// Says that nothing has to be done about the variables that both read.
    pub(super) fn close(self, to: &mut Section) {
        if !self.shared.is_empty() {
            let names = self.shared.join(", ");
            to.comment(&format!(
                "[{}] is read from the environment here, too, by the same names: {names}",
                self.section
            ));
        }
    }
}

/// As text.
fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}
