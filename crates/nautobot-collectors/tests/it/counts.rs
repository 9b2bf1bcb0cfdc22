//! Counting, estimating, and what the page says of it.

use metrics_core::BoxCollector;
use nautobot_collectors::{Models, ModelsSettings};
use testbed::{Database, Postgres, Samples};

use crate::it::page::{self, label};

async fn counts(database: &Database, settings: &str) -> Samples {
    let models = r#"{"dcim": {"Interface": true, "Rack": true}, "ipam": {"Interface": true},
                     "extras": {"StaticGroupAssociation": true}, "fresh": {"Table": true}}"#;
    let wanted = page::with_models(models);
    let nautobot = page::open(database, &wanted);
    let settings: ModelsSettings = serde_json::from_str(settings).unwrap();
    let models = Models::new(nautobot, wanted.models, settings);
    page::collect(BoxCollector::new(models)).await
}

/// App, model and value of each series of a family.
fn series(samples: &Samples, family: &str) -> Vec<(String, f64)> {
    let series = samples.get(family).into_iter().flatten();
    series
        .map(|(labels, value)| (format!("{}.{}", label(labels, "app"), label(labels, "name")), *value))
        .collect()
}

fn database() -> Database {
    let database = Postgres::shared().database("nautobot-3.2.7");
    database.psql(
        "CREATE TABLE fresh_table (id int); INSERT INTO fresh_table SELECT generate_series(1, 50);
         SET session_replication_role = replica; DELETE FROM dcim_rack; ANALYZE dcim_interface, extras_staticgroupassociation",
    );
    database
}

fn rows(database: &Database, table: &str) -> f64 {
    database.psql(&format!("SELECT count(*) FROM {table}")).parse().unwrap()
}

#[tokio::test]
async fn unless_told_otherwise_every_row_is_counted() {
    let database = database();
    let samples = counts(&database, "{}").await;
    assert!(series(&samples, "nautobot_model_count").contains(&("dcim.Rack".to_owned(), 0.0)));
    assert_eq!(samples.keys().collect::<Vec<_>>(), ["nautobot_model_count"]);
}

#[tokio::test]
async fn an_estimate_is_as_good_as_the_last_analysis_and_marked() {
    let database = database();
    let racks = database.psql("SELECT reltuples FROM pg_class WHERE relname = 'dcim_rack'").parse().unwrap();
    assert_ne!(racks, 0.0);
    let interfaces = rows(&database, "dcim_interface");
    let samples = counts(&database, r#"{"count": "estimate"}"#).await;
    let counts = series(&samples, "nautobot_model_count");
    for expected in [
        ("dcim.Interface", interfaces),
        ("dcim.Rack", racks),
        ("ipam.Interface", interfaces),
        ("fresh.Table", 50.0),
    ] {
        assert!(counts.contains(&(expected.0.to_owned(), expected.1)), "{expected:?} in {counts:?}");
    }
    let estimated: Vec<_> =
        series(&samples, "nautobot_model_estimated").into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        estimated,
        ["dcim.Interface", "dcim.Rack", "ipam.Interface"],
        "neither what was never analysed nor a part of a table"
    );
}

#[tokio::test]
async fn auto_estimates_large_tables_only() {
    let database = database();
    let interfaces = rows(&database, "dcim_interface");
    let limit = |above| format!(r#"{{"count": "auto", "estimate_above": {above}}}"#);
    let samples = counts(&database, &limit(interfaces - 1.0)).await;
    let estimated: Vec<_> =
        series(&samples, "nautobot_model_estimated").into_iter().map(|(name, _)| name).collect();
    assert_eq!(estimated, ["dcim.Interface", "ipam.Interface"]);
    assert!(series(&samples, "nautobot_model_count").contains(&("dcim.Rack".to_owned(), 0.0)));

    let samples = counts(&database, &limit(interfaces)).await;
    assert!(!samples.contains_key("nautobot_model_estimated"));
    assert!(series(&samples, "nautobot_model_count").contains(&("dcim.Interface".to_owned(), interfaces)));
}

#[tokio::test]
async fn a_table_is_counted_once_for_all_models_that_name_it() {
    let database = database();
    let settings = page::with_models(r#"{"dcim": {"Device": true}, "ipam": {"Device": true}}"#);
    let nautobot = page::open(&database, &settings);
    let models = Models::new(nautobot, settings.models, ModelsSettings::default());
    let gathered = page::gather(vec![BoxCollector::new(models)], std::time::Duration::from_secs(20)).await;
    let samples = page::all_samples(&gathered);
    assert_eq!(samples["nautobot_model_count"].len(), 2);
    assert_eq!(samples["nautobot_model_tables_counted"][&Vec::new()], 1.0);
}
