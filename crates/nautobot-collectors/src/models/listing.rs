//! What a database offers to count, for people.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::time::Duration;

use nautobot_db::{Error, Nautobot, Schema};

use super::tables;
use crate::settings::AppModels;

/// Lists every model that this database has, with its table and the rows that PostgreSQL reckons with, as text: a line
/// each, sorted by app and model. Those that `wanted` counts are marked.
///
/// Models of third-party apps are known by what Django has noted of them, which is their name in lower case.
/// Two statements beside the look at the schema, neither of which reads a model's table.
///
/// # Errors
///
/// As [`Nautobot::query`].
pub async fn list(
    nautobot: &Nautobot,
    wanted: Option<&BTreeMap<String, AppModels>>,
    within: Duration,
) -> Result<String, Error> {
    let schema = nautobot.schema(within).await?;
    let rows = nautobot.query(include_str!("listing.sql"), within).await?;
    let mut estimates = HashMap::new();
    let mut others = BTreeSet::new();
    for row in &rows {
        let (Some(app), Some(name)) = (row.text("app")?, row.text("name")?) else { continue };
        match app {
            "" => drop(estimates.insert(name.to_owned(), row.number::<i64>("rows")?)),
            _ => drop(others.insert((app.to_owned(), name.to_owned()))),
        }
    }
    let counted: BTreeSet<String> =
        tables(wanted, &schema).into_iter().map(|table| table.name().to_owned()).collect();
    let mut text = format!(
        "# Nautobot {} at {}; * marks what the settings count, ? what was never analysed\n",
        schema.line(),
        nautobot.target()
    );
    for (app, model, table) in offered(&schema, others) {
        let mark = if counted.contains(&table) { "*" } else { " " };
        let rows = estimates.get(&table).copied().flatten().map_or("?".to_owned(), |rows| rows.to_string());
        // Writing to a String does not fail.
        let _ = writeln!(text, "{mark} {:<60} {table:<60} {rows:>12}", format!("{app}.{model}"));
    }
    Ok(text)
}

/// App, model and table: Nautobot's own, and what other apps brought.
fn offered(schema: &Schema, others: BTreeSet<(String, String)>) -> BTreeSet<(String, String, String)> {
    let own = schema
        .models()
        .map(|(app, model, table)| (app.to_owned(), model.to_owned(), table.name().to_owned()));
    let mut offered: BTreeSet<_> = own.collect();
    let known: BTreeSet<(String, String)> =
        offered.iter().map(|(app, model, _)| (app.clone(), model.to_lowercase())).collect();
    for (app, model) in others {
        let class = capitalised(&model);
        if !known.contains(&(app.clone(), model))
            && let Some(table) = schema.app_table(&app, &class)
        {
            offered.insert((app, class, table.name().to_owned()));
        }
    }
    offered
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}
