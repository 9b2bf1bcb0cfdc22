//! JSON, by `jsonc-parser`: small, and the only well-kept parser that keeps the place of every key. Its extensions
//! to JSON are off.

use figment::value::{Dict, Empty, Value};
use jsonc_parser::ast::{self, Object};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::super::key::Key;
use super::{Lines, Syntax};

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(super) fn parse(text: &str, lines: &mut Lines) -> Result<Dict, Syntax> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| Syntax {
        offset: error.range().start,
        reason: error.kind().to_string().to_lowercase(),
    })?;
    match parsed.value {
        Some(ast::Value::Object(root)) => object(&Key::default(), &root, lines),
        other => {
            let offset = other.map_or(0, |value| value.start());
            Err(Syntax { offset, reason: "expected an object, `{`".to_owned() })
        }
    }
}

fn object(section: &Key, object: &Object<'_>, lines: &mut Lines) -> Result<Dict, Syntax> {
    let mut values = Dict::new();
    for property in &object.properties {
        let name = property.name.as_str();
        let key = section.join(name);
        lines.note(&key, property.start());
        if values.insert(name.to_owned(), value(&key, &property.value, lines)?).is_some() {
            return Err(Syntax { offset: property.start(), reason: format!("`{key}` is given twice") });
        }
    }
    Ok(values)
}

fn value(key: &Key, value: &ast::Value<'_>, lines: &mut Lines) -> Result<Value, Syntax> {
    Ok(match value {
        ast::Value::StringLit(text) => Value::from(text.value.as_ref()),
        ast::Value::BooleanLit(truth) => Value::from(truth.value),
        ast::Value::NullKeyword(_) => Value::from(Empty::None),
        ast::Value::Object(entries) => Value::from(self::object(key, entries, lines)?),
        ast::Value::Array(list) => Value::from(array(key, &list.elements, lines)?),
        ast::Value::NumberLit(number) => match (number.value.parse::<i64>(), number.value.parse::<f64>()) {
            (Ok(whole), _) => Value::from(whole),
            (_, Ok(number)) if number.is_finite() => Value::from(number),
            _ => return Err(Syntax { offset: number.start(), reason: "number out of range".to_owned() }),
        },
    })
}

fn array(key: &Key, elements: &[ast::Value<'_>], lines: &mut Lines) -> Result<Vec<Value>, Syntax> {
    let mut values = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        let key = key.join(index.to_string());
        lines.note(&key, element.start());
        values.push(value(&key, element, lines)?);
    }
    Ok(values)
}
