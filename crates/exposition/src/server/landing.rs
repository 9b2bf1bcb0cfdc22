//! The page at `/`, for people.

use std::fmt::Write;

use metrics_core::Registry;

/// A page with the exporter's name, its links and its collectors. Needs no script, and says nothing of the backend.
pub(crate) fn landing_page(
    name: &str,
    about: &str,
    version: &str,
    telemetry_path: &str,
    registry: &Registry,
) -> String {
    let (name, about, version, path) = (escape(name), escape(about), escape(version), escape(telemetry_path));
    let rows = collector_rows(registry);
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{name} <small>{version}</small></h1>
<p>{about}</p>
<nav><a href="{path}">Metrics</a> <a href="/-/healthy">Health</a> <a href="/-/ready">Readiness</a></nav>
<h2>Collectors</h2>
<table>
<thead><tr><th scope="col">Collector</th><th scope="col">Families</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
<p>One collector only: <code>{path}?collect[]=NAME</code>. All but one: <code>{path}?exclude[]=NAME</code>.</p>
</main>
</body>
</html>
"#
    )
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;margin:0}\
main{max-width:60rem;margin:0 auto;padding:1.5rem}\
small{font-weight:normal;font-size:.6em;opacity:.75}\
nav a{display:inline-block;margin:0 1rem .5rem 0;font-weight:600}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-top:1px solid #8886}\
td ul{margin:0;padding:0;list-style:none}\
code{overflow-wrap:anywhere}";

fn collector_rows(registry: &Registry) -> String {
    let mut rows = String::new();
    for (collector, families) in registry.describe() {
        let mut items = String::new();
        for family in families {
            // Writing to a String does not fail.
            let _ =
                write!(items, "<li><code>{}</code> {}</li>", escape(family.name()), escape(family.help()));
        }
        let _ =
            writeln!(rows, "<tr><th scope=\"row\">{}</th><td><ul>{items}</ul></td></tr>", escape(collector));
    }
    rows
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
