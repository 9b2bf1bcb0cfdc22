//! `--list-collectors`: what a program offers, as Markdown that reads well in a terminal too.

use std::fmt::Write;

use metrics_core::{Collector, Descriptor, Stability};

use crate::wiring::{When, Wiring};

/// One section for each collector with a table of its families, and one for what the exporter says of itself.
pub(crate) fn markdown(wiring: &Wiring) -> String {
    let mut text = String::new();
    for offered in wiring.offered() {
        let when = match offered.when {
            When::Always => "always on",
            When::On => "on by default",
            When::Off => "off by default",
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "### `{}` ({when})\n", offered.collector.name());
        text.push_str(&table(&offered.collector.describe()));
        text.push('\n');
    }
    text + "### the exporter itself (always on)\n\n" + &table(wiring.own_families())
}

/// A table of families.
fn table(families: &[Descriptor]) -> String {
    let mut text =
        String::from("| family | kind | labels | stability | meaning |\n| --- | --- | --- | --- | --- |\n");
    for family in families {
        let labels: Vec<String> = family.labels().map(|label| format!("`{label}`")).collect();
        let stability = match family.stability() {
            Stability::Experimental => "experimental",
            _ => "stable",
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {stability} | {} |",
            family.name(),
            family.kind().as_str(),
            labels.join(", "),
            family.help()
        );
    }
    text
}
