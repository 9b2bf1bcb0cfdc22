//! The whole page of the collectors, computed anew from the rows: nothing here reads the collectors' own SQL.
//!
//! `expected` says in Rust what has to be on the page, `rows` and `models` read what it needs, `plugin` compares that with
//! what the real plugin printed.

mod dumps;
mod expected;
mod models;
mod plugin;
mod rows;

use testbed::{Database, Postgres, Samples};

use crate::it::access::Access;
use crate::it::page;
use models::{Line, Wanted};

#[tokio::test]
async fn nautobot_1_0() {
    conforms(&Postgres::shared().database("nautobot-1.0.3"), &Line::V1_0).await;
}

#[tokio::test]
async fn nautobot_1_6() {
    conforms(&Postgres::shared().database("nautobot-1.6.32"), &Line::V1_6).await;
}

#[tokio::test]
async fn nautobot_2_4() {
    conforms(&Postgres::shared().database("nautobot-2.4.44"), &Line::V2_4).await;
}

#[tokio::test]
async fn nautobot_3_2() {
    conforms(&Postgres::shared().database("nautobot-3.2.7"), &Line::V3_2).await;
}

#[tokio::test]
async fn an_upgrade_shows_on_the_next_page() {
    let database = Postgres::shared().database("nautobot-1.0.3");
    let mut wanted = Wanted::default();
    for (app, model) in [("dcim", "Site"), ("dcim", "Location"), ("dcim", "Device"), ("extras", "JobQueue")] {
        wanted.want(app, model, &format!("{app}_{}", model.to_lowercase()));
    }
    let settings = page::with_models(&wanted.settings());
    let access = Access::to(&database, &settings);
    let exporter = page::registry(&access.open(), &wanted.settings());
    for dataset in ["nautobot-1.6.32", "nautobot-2.4.44", "nautobot-3.2.7", "nautobot-1.6.32"] {
        assert_same(&page::all_samples(&page::scrape(&exporter).await), &whole_page(&database, &wanted));
        database.upgrade_to(dataset);
        access.renew(&database, &settings);
    }
    assert_same(&page::all_samples(&page::scrape(&exporter).await), &whole_page(&database, &wanted));
}

/// 1.2 has log entries and no index over names, 1.3 has both.
#[tokio::test]
async fn lines_in_between() {
    for (dataset, line) in [("nautobot-1.2.11", Line::V1_2), ("nautobot-1.3.10", Line::V1_2)] {
        let database = Postgres::shared().database(dataset);
        database.psql(
            "INSERT INTO extras_joblogentry (id, job_result_id, grouping, log_level, message, created, absolute_url)
             SELECT gen_random_uuid(), r.id, (ARRAY['run', 'total', E'\\n\"é\"'])[1 + n % 3],
                 (ARRAY['default', 'info', 'success', 'warning', 'failure'])[1 + n % 5], '', now(), ''
             FROM extras_jobresult r, generate_series(1, 7) n",
        );
        assert_page(&database, &line.models()).await;
    }
}

/// So many that nobody should read all of them, created in a few moments, under names among which others' are rare.
#[tokio::test]
async fn thousands_of_results() {
    for (dataset, created) in [
        ("nautobot-1.0.3", "created"),
        ("nautobot-1.3.10", "created"),
        ("nautobot-1.6.32", "created"),
        ("nautobot-2.4.44", "date_created"),
        ("nautobot-3.2.7", "date_created"),
    ] {
        let database = Postgres::shared().database(dataset);
        database.psql(&format!(
            "INSERT INTO extras_jobresult
             SELECT (jsonb_populate_record(r, jsonb_build_object(
                 'id', gen_random_uuid(), 'job_id', gen_random_uuid(), 'name', left(r.name, 200) || n % 3,
                 '{created}', timestamptz '2030-01-01' + n / 40 * interval '1 hour'))).*
             FROM extras_jobresult r, generate_series(1, 110) n
             WHERE r.id IN (SELECT id FROM extras_jobresult ORDER BY id LIMIT 30)"
        ));
        assert_page(&database, &Wanted::default()).await;
    }
}

/// All models of the line, some that it lacks, and those of an app that nobody here knows.
async fn conforms(database: &Database, line: &Line) {
    database.psql(
        "CREATE TABLE golden_config_configcompliance (id int);
         INSERT INTO golden_config_configcompliance SELECT generate_series(1, 11)",
    );
    let mut wanted = line.models();
    wanted.want("golden_config", "ConfigCompliance", "golden_config_configcompliance");
    wanted.want("golden_config", "Gone", "golden_config_gone");
    wanted.want("dcim", "Nonsense", "dcim_nonsense");
    wanted.leave_out("dcim", "Rack");
    assert_page(database, &wanted).await;
}

/// Nothing more on the page, and nothing less, than the rows say.
async fn assert_page(database: &Database, wanted: &Wanted) {
    assert_same(&page::everything(database, &wanted.settings()).await, &whole_page(database, wanted));
}

fn whole_page(database: &Database, wanted: &Wanted) -> Samples {
    let mut expected = wanted.expect(database);
    expected.extend(expected::results(database));
    expected.retain(|_, series| !series.is_empty());
    expected
}

fn assert_same(printed: &Samples, expected: &Samples) {
    assert_eq!(printed.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (family, expected) in expected {
        let printed = &printed[family];
        let missing: Vec<_> = expected.iter().filter(|(labels, _)| !printed.contains_key(*labels)).collect();
        let surplus: Vec<_> = printed.iter().filter(|(labels, _)| !expected.contains_key(*labels)).collect();
        let others: Vec<_> = printed
            .iter()
            .filter_map(|(labels, value)| Some((labels, value, expected.get(labels)?)))
            .filter(|(_, value, expected)| value != expected)
            .collect();
        assert!(
            missing.is_empty() && surplus.is_empty() && others.is_empty(),
            "{family}\nmissing: {missing:#?}\nsurplus: {surplus:#?}\nother values: {others:#?}"
        );
    }
}
