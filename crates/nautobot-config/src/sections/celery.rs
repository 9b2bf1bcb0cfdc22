//! `[celery]`, from `CELERY_BROKER_URL` and `CELERY_BROKER_TRANSPORT_OPTIONS`.

use url::Url;

use super::environment::Environment;
use crate::assigned::Assigned;
use crate::page::Section;
use crate::python::{Node, Value};

pub(super) fn section(assigned: &Assigned) -> Section {
    let mut section = Section::new("[celery]");
    if let Some(url) = assigned.get("CELERY_BROKER_URL") {
        broker(url, &mut section);
    }
    if let Some(options) = assigned.get("CELERY_BROKER_TRANSPORT_OPTIONS") {
        transport_options(options, &mut section);
    }
    section
}

fn broker(node: &Node, to: &mut Section) {
    if let Some(code) = node.code() {
        let mut environment = Environment::of("celery");
        environment.tell(to, node.line, code, "url", "NAUTOBOT_CELERY_BROKER_URL", None);
        return environment.close(to);
    }
    match node.text() {
        Some(text) if has_secret(text) => to.note(
            node.line,
            "the broker's URL may hold a password and is not copied: put it into a file, url_file = \"/run/secrets/celery-url\"",
        ),
        Some(text) => to.set("url", text),
        None => to.note(node.line, "CELERY_BROKER_URL is no text: left out"),
    }
}

/// Whether a password can be in any of the URLs, which `;` separates.
fn has_secret(text: &str) -> bool {
    text.split(';').any(|part| match Url::parse(part) {
        Ok(url) => url.password().is_some() || url.query_pairs().any(|(name, _)| name.contains("pass")),
        Err(_) => true,
    })
}

fn transport_options(node: &Node, to: &mut Section) {
    let Value::Dict(entries) = &node.value else {
        return to.note(node.line, "CELERY_BROKER_TRANSPORT_OPTIONS is computed by code: left out");
    };
    let mut options = toml::Table::new();
    for (key, value) in entries {
        let Some(key) = key.text() else { continue };
        match (key, &value.value) {
            ("master_name", Value::Text(name)) => to.set("sentinel_master", name.as_str()),
            ("global_keyprefix" | "sep", Value::Text(text)) => {
                _ = options.insert(key.to_owned(), text.as_str().into())
            }
            ("priority_steps", Value::List(steps)) => {
                let steps: Option<Vec<i64>> = steps.iter().map(step).collect();
                match steps {
                    Some(steps) => _ = options.insert(key.to_owned(), steps.into()),
                    None => to.note(value.line, "priority_steps are not numbers from 0 to 9: left out"),
                }
            }
            ("master_name" | "global_keyprefix" | "sep" | "priority_steps", _) => {
                to.note(value.line, &format!("{key} cannot be read: left out"));
            }
            _ => {}
        }
    }
    if !options.is_empty() {
        to.set("transport_options", options);
    }
}

fn step(node: &Node) -> Option<i64> {
    if let Value::Int(step @ 0..=9) = node.value { Some(step) } else { None }
}
