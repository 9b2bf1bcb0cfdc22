//! The collectors beyond the plugin's: on the data of each line, and on rows of these tests' own.

mod approvals;
mod job_durations;
mod job_log_entries;
mod job_results;
mod object_changes;
mod schedules;
mod unfinished_results;

use metrics_core::BoxCollector;
use nautobot_collectors::Settings;
use nautobot_db::{Nautobot, Reuse};
use testbed::{Database, Postgres, Samples};

use crate::it::access::Access;
use crate::it::page;

const DATA: [&str; 4] = ["nautobot-1.0.3", "nautobot-1.6.32", "nautobot-2.4.44", "nautobot-3.2.7"];

fn database(dataset: &str) -> Database {
    Postgres::shared().database(dataset)
}

/// A handle that reads anew whenever anything was committed.
fn open(database: &Database) -> Nautobot {
    let access = Access::of(role(database), database, &Settings::default());
    let mut settings = access.settings();
    settings.reuse = Reuse::Exact;
    Nautobot::open(&settings).unwrap()
}

fn role(database: &Database) -> String {
    format!("only_{}", database.name())
}

/// The samples of one run of a new collector.
async fn collect<C: metrics_core::Collector>(database: &Database, new: fn(Nautobot) -> C) -> Samples {
    page::collect(BoxCollector::new(new(open(database)))).await
}

/// Values by the value of one label; zeros are left out.
fn by_label(samples: &Samples, family: &str, label: &str) -> Vec<(String, f64)> {
    let series = samples.get(family).into_iter().flatten().filter(|(_, value)| **value != 0.0);
    series.map(|(labels, value)| (page::label(labels, label).to_owned(), *value)).collect()
}

/// The value of a family without labels.
fn value(samples: &Samples, family: &str) -> Option<f64> {
    let series = samples.get(family)?;
    assert_eq!(series.len(), 1, "{family}");
    series.values().next().copied()
}

/// Rows of two columns, `key` and `n`, of which there have to be some.
fn counted(database: &Database, sql: &str) -> Vec<(String, f64)> {
    let rows: Vec<Counted> = read(database, sql);
    let rows: Vec<_> = rows.into_iter().map(|row| (row.key, row.n)).collect();
    assert!(!rows.is_empty(), "{sql}");
    rows
}

/// Rows as JSON.
fn read<T: for<'de> serde::Deserialize<'de>>(database: &Database, sql: &str) -> T {
    let json = database.psql(&format!("SELECT coalesce(json_agg(t), '[]') FROM ({sql}) t"));
    serde_json::from_str(&json).unwrap()
}

#[derive(serde::Deserialize)]
struct Counted {
    key: String,
    n: f64,
}

/// Inserts a row into a table of any line. Values are SQL expressions; columns that the line lacks are left out.
fn insert(database: &Database, table: &str, columns: &[(&str, &str)]) {
    let fields: Vec<String> = columns.iter().map(|(column, value)| format!("'{column}', {value}")).collect();
    database.psql(&format!(
        "SET session_replication_role = replica;
         INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, jsonb_build_object({}))).*",
        fields.join(", ")
    ));
}

/// Inserts a result; times are SQL expressions.
fn insert_result(
    database: &Database,
    name: &str,
    status: &str,
    created: &str,
    done: &str,
    more: &[(&str, &str)],
) {
    let (name, status) = (format!("'{name}'"), format!("'{status}'"));
    let mut columns = vec![
        ("id", "gen_random_uuid()"),
        ("name", &*name),
        ("status", &*status),
        ("created", created),
        ("date_created", created),
        ("completed", done),
        ("date_done", done),
        ("job_id", "gen_random_uuid()"),
        ("obj_type_id", "1"),
        ("_custom_field_data", "'{}'::jsonb"),
        ("task_args", "'[]'::jsonb"),
        ("task_kwargs", "'{}'::jsonb"),
        ("cancel_type", "''"),
        ("canceled_by_user_name", "''"),
    ];
    if !more.iter().any(|(column, _)| *column == "celery_kwargs") {
        columns.push(("celery_kwargs", "'{}'::jsonb"));
    }
    columns.extend(more);
    insert(database, "extras_jobresult", &columns);
}
