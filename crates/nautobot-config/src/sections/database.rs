//! `[database]`, from `DATABASES["default"]`.

use super::environment::Environment;
use crate::assigned::Assigned;
use crate::page::Section;
use crate::python::{Node, Value};

/// Django's key, ours, the variable that an exporter reads, and the value where nobody says anything; a secret has none.
const KEYS: [(&str, &str, &str, Option<&str>); 5] = [
    ("HOST", "host", "NAUTOBOT_DB_HOST", Some("localhost")),
    ("PORT", "port", "NAUTOBOT_DB_PORT", Some("5432")),
    ("NAME", "name", "NAUTOBOT_DB_NAME", Some("nautobot")),
    ("USER", "user", "NAUTOBOT_DB_USER", Some("")),
    ("PASSWORD", "password", "NAUTOBOT_DB_PASSWORD", None),
];

pub(super) fn section(assigned: &Assigned) -> Section {
    let mut section = Section::new("[database]");
    let Some(databases) = assigned.get("DATABASES") else { return section };
    let Some(database) = databases.get("default").filter(|node| matches!(node.value, Value::Dict(_))) else {
        section.note(databases.line, "DATABASES has no \"default\" that can be read: set [database] by hand");
        return section;
    };
    if let Some(engine) = database.get("ENGINE")
        && engine.text().is_some_and(|engine| engine.contains("mysql"))
    {
        section.note(engine.line, "MySQL: only PostgreSQL is read");
        return section;
    }
    let mut environment = Environment::of("database");
    for (theirs, ours, variable, default) in KEYS {
        let Some(node) = database.get(theirs) else { continue };
        match node.code() {
            Some(code) => environment.tell(&mut section, node.line, code, ours, variable, default),
            None => literal(ours, node, &mut section),
        }
    }
    environment.close(&mut section);
    tls(database, &mut section);
    section
}

fn literal(key: &str, node: &Node, to: &mut Section) {
    match (key, &node.value) {
        ("password", Value::Text(password)) if password.is_empty() => {}
        ("password", _) => to.note(
            node.line,
            "the password is not copied: put it into a file, password_file = \"/run/secrets/nautobot-db\"",
        ),
        (_, Value::None) => {}
        ("host", Value::Text(host)) if host.is_empty() => {
            to.note(
                node.line,
                "no host is the Unix socket to Django: host = \"/var/run/postgresql\" or where it is",
            );
        }
        (_, Value::Text(text)) if text.is_empty() => {}
        ("port", Value::Text(text)) if text.parse::<u16>().is_ok() => {
            to.set("port", i64::from(text.parse::<u16>().unwrap_or_default()));
        }
        ("port", Value::Int(number)) if u16::try_from(*number).is_ok() => to.set("port", *number),
        ("port", _) => to.note(node.line, "the port is no number up to 65535: left out"),
        (_, Value::Text(text)) => to.set(key, text.as_str()),
        _ => to.note(node.line, &format!("{key} is no text: left out")),
    }
}

/// Django hands `OPTIONS` to libpq, whose default looks at no certificate.
fn tls(database: &Node, to: &mut Section) {
    let option = |name| database.get("OPTIONS").and_then(|options| options.get(name));
    match option("sslmode") {
        Some(mode) => match mode.text() {
            Some(text @ ("disable" | "prefer" | "require" | "verify-ca" | "verify-full")) => to.set("tls", text),
            Some("allow") => to.set("tls", "prefer"),
            _ => to.note(mode.line, "sslmode cannot be read: set tls"),
        },
        None if database.get("HOST").is_some() => to.comment(
            "Django encrypts without looking at certificates; here that of another host is verified. If it cannot be: tls = \"prefer\"",
        ),
        None => {}
    }
    for (theirs, ours) in
        [("sslrootcert", "tls_ca_file"), ("sslcert", "tls_certificate_file"), ("sslkey", "tls_key_file")]
    {
        if let Some(node) = option(theirs) {
            let file = node.text().map(|path| format!(" = {}", toml::Value::from(path))).unwrap_or_default();
            to.note(node.line, &format!("if the exporter's machine has this file: {ours}{file}"));
        }
    }
}
