use std::sync::Arc;

use nautobot_db::{Error, Feature, Nautobot};
use testbed::Postgres;

use crate::{number, open, settings, within};

#[tokio::test(flavor = "multi_thread")]
async fn real_databases_are_told_apart() {
    for (dataset, line, has_log_entries) in [
        ("schema-1.0.3", "1.0", false),
        ("nautobot-1.6.32", "1.6", true),
        ("schema-2.4.44", "2.4", true),
        ("nautobot-3.2.7", "3.2", true),
    ] {
        let database = Postgres::shared().database(dataset);
        let schema = open(&database).schema(within(10.0)).await.unwrap();
        assert_eq!(schema.line().to_string(), line);
        assert_eq!(schema.has(Feature::JobLogEntry), has_log_entries, "{line}");
        assert_eq!(schema.has(Feature::CompletedResults), line.starts_with('1'), "{line}");
        assert_eq!(schema.has(Feature::TaskResults), !line.starts_with('1'), "{line}");
        assert_eq!(schema.table("dcim", "Site").is_some(), line.starts_with('1'), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_model_that_the_plugin_counted_has_the_table_with_that_many_rows() {
    for dataset in ["nautobot-1.6.32", "nautobot-3.2.7"] {
        let database = Postgres::shared().database(dataset);
        let nautobot = open(&database);
        let schema = nautobot.schema(within(10.0)).await.unwrap();
        let page = testbed::samples(testbed::page(&format!("{dataset}/app-metrics.txt")));
        let counts = &page["nautobot_model_count"];
        assert!(counts.len() > 20, "{} models on the page of {dataset}", counts.len());
        for (labels, expected) in counts {
            let [(_, app), (_, model)] = &labels[..] else { panic!("other labels: {labels:?}") };
            let table = schema.table(app, model).or_else(|| schema.app_table(app, model));
            let table = table.unwrap_or_else(|| panic!("{dataset} lacks {app}.{model}"));
            let counted = number(&nautobot, &table.count_sql()).await.unwrap();
            assert_eq!(counted as f64, *expected, "{dataset} {app}.{model}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_schema_is_seen_by_the_next_look() {
    let database = Postgres::shared().database("schema-2.4.44");
    let nautobot = open(&database);
    let known = nautobot.schema(within(5.0)).await.unwrap();
    assert!(known.has(Feature::JobQueue) && known.has_column("extras_jobresult", "worker"));
    database.psql("UPDATE extras_jobqueue SET description = 'the first one'");
    assert!(Arc::ptr_eq(&known, &nautobot.schema(within(5.0)).await.unwrap()), "rows are no schema");

    database.psql("ALTER TABLE extras_jobqueue RENAME TO extras_jobline");
    let renewed = nautobot.schema(within(5.0)).await.unwrap();
    assert!(!renewed.has(Feature::JobQueue) && renewed.table("extras", "JobQueue").is_none());
    database.psql(
        "BEGIN; ALTER TABLE extras_jobresult DROP COLUMN worker;
         INSERT INTO django_migrations (app, name, applied) VALUES ('extras', '0126_no_worker', now()); COMMIT",
    );
    assert!(!nautobot.schema(within(5.0)).await.unwrap().has_column("extras_jobresult", "worker"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_is_an_error_that_names_it() {
    let database = Postgres::shared().database("schema-2.4.44");
    let error = number(&open(&database), "SELECT count(*) FROM extras_jobline").await.unwrap_err();
    assert!(matches!(&error, Error::Query { sqlstate, .. } if sqlstate == "42P01"), "{error}");
    assert!(error.to_string().contains("extras_jobline"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unexpected_type_renews_the_schema_at_once() {
    let database = Postgres::shared().database("schema-2.4.44");
    let nautobot = open(&database);
    let mut known = nautobot.schema(within(5.0)).await.unwrap();
    for (sql, code) in
        [("SELECT 1 LIKE 'x'", "42883"), ("SELECT id FROM dcim_device UNION SELECT 1.5", "42804")]
    {
        let error = number(&nautobot, sql).await.unwrap_err();
        assert!(matches!(&error, Error::Query { sqlstate, .. } if sqlstate == code), "{error}");
        let renewed = nautobot.schema(within(5.0)).await.unwrap();
        assert!(!Arc::ptr_eq(&known, &renewed), "{sql}");
        known = renewed;
    }
    assert!(Arc::ptr_eq(&known, &nautobot.schema(within(5.0)).await.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_knows_whether_the_role_may_read_it() {
    let database = Postgres::shared().database("schema-2.4.44");
    database.psql(
        "REVOKE ALL ON dcim_device, dcim_rack, extras_jobresult FROM reader; GRANT SELECT (id) ON dcim_rack TO reader",
    );
    let nautobot = Nautobot::open(&settings(database.url_for("reader"))).unwrap();
    let schema = nautobot.schema(within(5.0)).await.unwrap();
    for (model, is_readable) in [("Device", false), ("Rack", true), ("Location", true)] {
        let table = schema.table("dcim", model).unwrap();
        assert_eq!(table.is_readable(), is_readable, "{model}");
        assert_eq!(number(&nautobot, &table.count_sql()).await.is_ok(), is_readable, "{model}");
    }
    assert!(schema.has(Feature::TaskResults), "columns show without the privilege");
    let error = number(&nautobot, "SELECT count(*) FROM extras_jobresult").await.unwrap_err();
    assert!(error.to_string().contains("grant the role"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detection_serves_all_that_ask_for_it() {
    let database = Postgres::shared().database("schema-1.0.3");
    let nautobot = open(&database);
    let (one, other) = tokio::join!(nautobot.schema(within(5.0)), nautobot.schema(within(5.0)));
    assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_database_is_named() {
    let database = Postgres::shared().database("schema-1.0.3");
    let mut settings = settings(database.url());
    settings.name = Some("template1".into());
    let nautobot = Nautobot::open(&settings).unwrap();
    let error = nautobot.schema(within(5.0)).await.unwrap_err();
    assert!(matches!(error, Error::NotNautobot { .. }), "{error}");
    assert!(error.to_string().contains("/template1 holds no Nautobot"), "{error}");
}
