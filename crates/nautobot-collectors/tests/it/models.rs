use metrics_core::BoxCollector;
use nautobot_collectors::{Models, ModelsSettings, Settings};
use testbed::{Database, Postgres, Samples};

use crate::it::access::Access;
use crate::it::page;

/// App, model and value of each series.
fn series<'a>(samples: &'a Samples, family: &str) -> Vec<(&'a str, &'a str, f64)> {
    let series = samples.get(family).into_iter().flatten();
    series.map(|(labels, value)| (page::label(labels, "app"), page::label(labels, "name"), *value)).collect()
}

fn count(database: &Database, from: &str) -> f64 {
    database.psql(&format!("SELECT count(*) FROM {from}")).parse().unwrap()
}

fn names<'a>(samples: &'a Samples, family: &str) -> Vec<&'a str> {
    series(samples, family).into_iter().map(|(_, name, _)| name).collect()
}

#[tokio::test]
async fn what_is_missing_is_listed_and_the_rest_is_counted() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let models = r#"{"dcim": {"Rack": true, "Device": false, "Site": true, "Nope": true, "Region": false, "rack": true},
                     "extras\"; DROP TABLE x": {"Job": true}, "nautobot_golden_config": {"GoldenConfig": true}}"#;
    let samples = page::models(&database, models).await;
    assert_eq!(series(&samples, "nautobot_model_count"), [("dcim", "Rack", count(&database, "dcim_rack"))]);
    assert_eq!(
        series(&samples, "nautobot_model_missing"),
        [
            ("dcim", "Nope", 1.0),
            ("dcim", "Site", 1.0),
            ("dcim", "rack", 1.0),
            ("extras\"; DROP TABLE x", "Job", 1.0),
            ("nautobot_golden_config", "GoldenConfig", 1.0),
        ]
    );
}

#[tokio::test]
async fn the_default_follows_the_line() {
    for (dataset, place) in [("nautobot-1.6.32", "Site"), ("nautobot-3.2.7", "Location")] {
        let database = Postgres::shared().database(dataset);
        let nautobot = page::open(&database, &Settings::default());
        let samples =
            page::collect(BoxCollector::new(Models::new(nautobot, None, ModelsSettings::default()))).await;
        let mut expected = ["Device", "Rack", place, "IPAddress", "Prefix"];
        expected[..3].sort_unstable();
        assert_eq!(names(&samples, "nautobot_model_count"), expected);
        assert_eq!(samples.len(), 1);
    }
}

#[tokio::test]
async fn apps_beside_nautobots_are_found_by_their_label() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    database.psql(
        "CREATE TABLE golden_thing (id int); INSERT INTO golden_thing VALUES (1), (2);
         INSERT INTO auth_group (id, name) VALUES (1000, 'one more')",
    );
    let models = r#"{"golden": {"Thing": true}, "auth": {"_module": "django.contrib", "Group": true},
                     "ipam": {"Prefix": true, "_module": "nautobot"}}"#;
    let samples = page::models(&database, models).await;
    let groups = count(&database, "auth_group");
    let prefixes = count(&database, "ipam_prefix");
    assert_eq!(
        series(&samples, "nautobot_model_count"),
        [("auth", "Group", groups), ("golden", "Thing", 2.0), ("ipam", "Prefix", prefixes)]
    );
    assert_eq!(samples.len(), 1);
}

#[tokio::test]
async fn only_static_groups_have_static_associations() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let models = r#"{"extras": {"StaticGroupAssociation": true}}"#;
    let samples = page::models(&database, models).await;
    let expected = count(
        &database,
        "extras_staticgroupassociation a JOIN extras_dynamicgroup g
         ON g.id = a.dynamic_group_id WHERE g.group_type = 'static'",
    );
    assert_eq!(series(&samples, "nautobot_model_count"), [("extras", "StaticGroupAssociation", expected)]);
}

#[tokio::test]
async fn no_models_ask_for_nothing() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    for models in ["{}", r#"{"dcim": {}}"#, r#"{"dcim": {"Device": false}}"#] {
        assert!(page::models(&database, models).await.is_empty(), "{models}");
    }
}

#[tokio::test]
async fn what_may_not_be_read_is_listed_and_the_rest_is_counted() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let settings =
        page::with_models(r#"{"dcim": {"Device": true, "Location": true, "Rack": true, "Site": true}}"#);
    let access = Access::to(&database, &settings);
    database.psql(&format!("REVOKE ALL ON dcim_device FROM \"{}\"", access.role));
    let models = Models::new(access.open(), settings.models, ModelsSettings::default());
    let samples = page::collect(BoxCollector::new(models)).await;
    assert_eq!(names(&samples, "nautobot_model_count"), ["Location", "Rack"]);
    assert_eq!(names(&samples, "nautobot_model_missing"), ["Device", "Site"]);
}
