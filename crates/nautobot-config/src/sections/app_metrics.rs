//! `[app_metrics]`: the plugin's own.

use toml::Value as Toml;

use crate::assigned::Assigned;
use crate::page::{Section, key};
use crate::python::{Node, Value};

const PLUGIN: &str = "nautobot_capacity_metrics";

/// In the order of the plugin's page; what is left out beside others is off.
const FLAGS: [&str; 3] = ["gitrepositories", "jobs", "queues"];

pub(super) fn section(assigned: &Assigned) -> Section {
    let mut section = Section::new("[app_metrics]");
    match given(assigned, &mut section) {
        Some(app_metrics) => carry(app_metrics, &mut section),
        None if section.text().is_empty() => section.comment(
            "No settings of the plugin were found. It then has its defaults, which are those of [app_metrics], too.",
        ),
        None => {}
    }
    section
}

/// The entries of `app_metrics`. What lies beside it is told.
fn given<'a>(assigned: &'a Assigned, to: &mut Section) -> Option<&'a Node> {
    let all = assigned.get("PLUGINS_CONFIG")?;
    let Some(plugin) = all.get(PLUGIN) else {
        unreadable(all, "PLUGINS_CONFIG", to);
        return None;
    };
    let entries = unreadable(plugin, PLUGIN, to)?;
    for (name, value) in entries.iter().filter(|(name, _)| name.text() != Some("app_metrics")) {
        stranger(name, value, to);
    }
    let app_metrics = plugin.get("app_metrics")?;
    unreadable(app_metrics, "app_metrics", to).map(|_| app_metrics)
}

/// The entries of a dict. If it is none, or not all of it, this is told.
fn unreadable<'a>(node: &'a Node, name: &str, to: &mut Section) -> Option<&'a [(Node, Node)]> {
    let Value::Dict(entries) = &node.value else {
        to.note(node.line, &format!("{name} {}: write [app_metrics] by hand", what(node)));
        return None;
    };
    for (key, _) in entries.iter().filter(|(key, _)| key.text().is_none()) {
        to.note(key.line, &format!("something in {name} {}: left out", what(key)));
    }
    Some(entries)
}

fn carry(app_metrics: &Node, to: &mut Section) {
    let left_out: Vec<&str> =
        ["jobs", "models", "queues"].into_iter().filter(|&name| app_metrics.get(name).is_none()).collect();
    if !left_out.is_empty() {
        to.comment(&format!(
            "Left out beside other keys, which the plugin takes for off: {}. Without its line each has its default, on.",
            left_out.join(", ")
        ));
    }
    for name in FLAGS {
        flag(name, app_metrics.get(name), to);
        if name == "jobs" {
            models(app_metrics.get("models"), to);
        }
    }
    versions(app_metrics.get("versions"), to);
    extras(app_metrics.get("extras"), to);
    let known = |name: &Node| {
        name.text()
            .is_none_or(|name| FLAGS.contains(&name) || ["models", "versions", "extras"].contains(&name))
    };
    if let Value::Dict(entries) = &app_metrics.value {
        entries.iter().filter(|(name, _)| !known(name)).for_each(|(name, value)| stranger(name, value, to));
    }
}

fn stranger(name: &Node, value: &Node, to: &mut Section) {
    if let Some(name) = name.text() {
        to.note(value.line, &format!("{name:?} means nothing to the plugin, nor here: left out"));
    }
}

fn flag(name: &str, given: Option<&Node>, to: &mut Section) {
    let Some(node) = given else {
        // `gitrepositories` is off by default.
        if name != "gitrepositories" {
            to.set(name, false);
        }
        return;
    };
    match node.is_true() {
        Some(on) => {
            if !matches!(node.value, Value::Bool(_)) {
                to.note(node.line, &format!("{name} is neither True nor False; Python takes it for this:"));
            }
            to.set(name, on);
        }
        None => to.note(node.line, &format!("{name} {}: write {name} = true, or false", what(node))),
    }
}

fn models(given: Option<&Node>, to: &mut Section) {
    let Some(node) = given else { return to.set("models", Toml::Table(toml::Table::new())) };
    let Value::Dict(apps) = &node.value else {
        return to.note(node.line, &format!("models {}: write them by hand", fails(node)));
    };
    let named = last_of_each(apps);
    if named.is_empty() {
        to.set("models", Toml::Table(toml::Table::new()));
    }
    for (key, _) in apps.iter().filter(|(name, _)| name.text().is_none()) {
        to.note(key.line, &format!("an app of models {}: left out", what(key)));
    }
    for (app, models) in named {
        app_models(app, models, to);
    }
}

fn app_models(app: &str, given: &Node, to: &mut Section) {
    let mut table = toml::Table::new();
    let Value::Dict(models) = &given.value else {
        to.note(given.line, &format!("the models of {app:?} {}: left out", fails(given)));
        return to.set(&format!("models.{}", key(app)), table);
    };
    for (key, _) in models.iter().filter(|(name, _)| name.text().is_none()) {
        to.note(key.line, &format!("a model of {app:?} {}: left out", what(key)));
    }
    for (model, value) in last_of_each(models) {
        if model == "_module" {
            match value.text() {
                Some(package) => _ = table.insert(model.to_owned(), package.into()),
                None => to.note(value.line, &format!("_module of {app:?} {}: left out", what(value))),
            }
            continue;
        }
        if value.is_true() == Some(false) {
            to.note(
                value.line,
                &format!("{model:?} is switched off, which the plugin does not heed; here false does it:"),
            );
        }
        table.insert(model.to_owned(), true.into());
    }
    to.set(&format!("models.{}", key(app)), table);
}

/// In the order of the file, each name once.
fn last_of_each(entries: &[(Node, Node)]) -> Vec<(&str, &Node)> {
    let mut seen = std::collections::BTreeSet::new();
    let mut last: Vec<_> = entries
        .iter()
        .rev()
        .filter_map(|(name, value)| Some((name.text()?, value)))
        .filter(|(name, _)| seen.insert(*name))
        .collect();
    last.reverse();
    last
}

fn versions(given: Option<&Node>, to: &mut Section) {
    let Some(node) = given else { return };
    if !matches!(node.value, Value::Dict(_)) {
        return to.note(node.line, &format!("versions {}: write it by hand", fails(node)));
    }
    let mut table = toml::Table::new();
    for name in ["basic", "plugins"] {
        let Some(value) = node.get(name) else { continue };
        match value.is_true() {
            Some(on) => _ = table.insert(name.to_owned(), on.into()),
            None => to.note(value.line, &format!("{name} of versions {}: left out", what(value))),
        }
    }
    if table.values().any(|on| on.as_bool() == Some(true)) {
        to.comment("Versions are not in the database: say in [nautobot] where they are found, such as the url of its web server.");
    }
    to.set("versions", table);
}

fn extras(given: Option<&Node>, to: &mut Section) {
    let Some(node) = given else { return };
    let why = "a function cannot be carried over: write a collector, or ask its author for one";
    let Value::List(functions) = &node.value else {
        return to.note(node.line, &format!("extras {}: {why}", what(node)));
    };
    for function in functions {
        let name = function.code().and_then(|code| code.name.clone());
        to.note(function.line, &format!("extras, {}: {why}", name.as_deref().unwrap_or("without a name")));
    }
}

/// Why something is not read.
fn what(node: &Node) -> String {
    match &node.value {
        Value::Code(code) => match code.variables.as_slice() {
            [] => "is computed by code".to_owned(),
            names => format!("comes from the environment, {}", names.join(", ")),
        },
        Value::Bytes => "is bytes".to_owned(),
        Value::Dict(_) => "is a dict".to_owned(),
        Value::List(_) => "is a list".to_owned(),
        _ => "is not what it should be".to_owned(),
    }
}

/// As [`what`], of something that must be a dict.
fn fails(node: &Node) -> String {
    match node.value {
        Value::Code(_) => what(node),
        _ => "is no dict, on which the plugin fails".to_owned(),
    }
}
