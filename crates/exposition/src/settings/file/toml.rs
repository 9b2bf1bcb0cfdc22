//! TOML, by the parser of the `toml` crate that keeps the place of every key.

use figment::value::{Dict, Value};
use toml::de::{DeTable, DeValue};

use super::super::key::Key;
use super::{Lines, Syntax};

pub(super) fn parse(text: &str, lines: &mut Lines) -> Result<Dict, Syntax> {
    let root = DeTable::parse(text).map_err(|error| Syntax {
        offset: error.span().map_or(0, |span| span.start),
        reason: error.message().to_owned(),
    })?;
    table(&Key::default(), root.get_ref(), lines)
}

fn table(section: &Key, entries: &DeTable<'_>, lines: &mut Lines) -> Result<Dict, Syntax> {
    let mut values = Dict::new();
    for (name, entry) in entries {
        let key = section.join(name.get_ref().as_ref());
        lines.note(&key, name.span().start);
        values.insert(name.get_ref().to_string(), value(&key, entry.get_ref(), entry.span().start, lines)?);
    }
    Ok(values)
}

fn value(key: &Key, value: &DeValue<'_>, offset: usize, lines: &mut Lines) -> Result<Value, Syntax> {
    Ok(match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(truth) => Value::from(*truth),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            Value::from(number.map_err(|_| Syntax { offset, reason: "number out of range".to_owned() })?)
        }
        DeValue::Float(number) => {
            let number = number.as_str().parse::<f64>();
            Value::from(number.map_err(|_| Syntax { offset, reason: "number out of range".to_owned() })?)
        }
        DeValue::Datetime(moment) => Value::from(moment.to_string()),
        DeValue::Table(entries) => Value::from(table(key, entries, lines)?),
        DeValue::Array(elements) => Value::from(array(key, elements, lines)?),
    })
}

fn array(
    key: &Key,
    elements: &[toml::Spanned<DeValue<'_>>],
    lines: &mut Lines,
) -> Result<Vec<Value>, Syntax> {
    let mut values = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let key = key.join(index.to_string());
        lines.note(&key, element.span().start);
        values.push(value(&key, element.get_ref(), element.span().start, lines)?);
    }
    Ok(values)
}
