use std::collections::BTreeMap;
use std::time::Duration;

use metrics_core::{BoxCollector, Buckets, Limits, Registry, Scrape, Value};
use nautobot_collectors::JobDurations;
use testbed::{Database, Postgres};

use super::{DATA, database, insert_result, open, role};

/// One collector, scraped again and again.
struct Exporter(Registry);

impl Exporter {
    async fn new(database: &Database) -> Self {
        let mut registry = Registry::new();
        registry.register(BoxCollector::new(JobDurations::new(open(database))), Limits::default()).unwrap();
        Self(registry)
    }

    /// Buckets by module and status.
    async fn scrape(&self) -> BTreeMap<(String, String), Buckets> {
        let gathered = self.0.gather(&Scrape::within(Duration::from_secs(20))).await;
        assert!(gathered.runs().all(|run| run.outcome().is_success()));
        let mut durations = BTreeMap::new();
        for sample in gathered.families().flat_map(|family| family.samples()) {
            let Value::Buckets(buckets) = sample.value() else { panic!("no histogram") };
            let labels: Vec<String> = sample.labels().map(str::to_owned).collect();
            durations.insert((labels[0].clone(), labels[1].clone()), buckets.clone());
        }
        durations
    }

    /// Module, status, count and sum.
    async fn sums(&self) -> Vec<(String, String, u64, f64)> {
        let durations = self.scrape().await.into_iter();
        durations
            .map(|((module, status), buckets)| (module, status, buckets.count(), buckets.sum()))
            .collect()
    }
}

#[tokio::test]
async fn what_finishes_from_now_on_counts_once_on_every_line() {
    for dataset in DATA {
        let database = database(dataset);
        let exporter = Exporter::new(&database).await;
        assert_eq!(exporter.sums().await, [], "{dataset}: what finished before does not count");
        insert_result(&database, "new \"é\"", "done", "now() - interval '90 seconds'", "now()", &[]);
        insert_result(
            &database,
            "old",
            "done",
            "now() - interval '90 minutes'",
            "now() - interval '1 hour'",
            &[],
        );
        insert_result(&database, "unfinished", "done", "now()", "NULL", &[]);
        let expected = [("new \"é\"".to_owned(), "done".to_owned(), 1, 90.0)];
        for _ in 0..3 {
            assert_eq!(exporter.sums().await, expected, "{dataset}");
        }
        insert_result(&database, "new \"é\"", "done", "now() - interval '10 seconds'", "now()", &[]);
        insert_result(&database, "new \"é\"", "failed", "now() - interval '10 seconds'", "now()", &[]);
        let name = || "new \"é\"".to_owned();
        assert_eq!(
            exporter.sums().await,
            [(name(), "done".to_owned(), 2, 100.0), (name(), "failed".to_owned(), 1, 10.0)],
            "{dataset}"
        );
        let buckets = exporter.scrape().await.remove(&(name(), "done".to_owned())).unwrap();
        assert_eq!(
            buckets.cumulative().map(|(_, count)| count).collect::<Vec<_>>(),
            [0, 0, 1, 1, 2, 2, 2, 2],
            "1, 5, 15, 60, 300, 900, 3600, 14400 seconds"
        );
    }
}

#[tokio::test]
async fn a_run_begins_when_a_worker_starts_it() {
    let database = database("schema-2.4.44");
    let exporter = Exporter::new(&database).await;
    exporter.sums().await;
    let started = [("date_started", "now() - interval '10 seconds'")];
    insert_result(&database, "started", "SUCCESS", "now() - interval '1 hour'", "now()", &started);
    insert_result(&database, "not started", "FAILURE", "now() - interval '20 seconds'", "now()", &[]);
    insert_result(&database, "for ever", "SUCCESS", "'-infinity'::timestamptz", "now()", &[]);
    insert_result(&database, "before its time", "SUCCESS", "now() + interval '1 hour'", "now()", &[]);
    let sums = exporter.sums().await;
    let sums: Vec<_> = sums.iter().map(|(module, _, count, sum)| (module.as_str(), *count, *sum)).collect();
    assert_eq!(sums, [("before its time", 1, 0.0), ("not started", 1, 20.0), ("started", 1, 10.0)]);
}

#[tokio::test]
async fn before_results_said_when_they_were_started_the_queue_counts_too() {
    let database = database("schema-2.4.44");
    database.psql("ALTER TABLE extras_jobresult DROP COLUMN date_started");
    let exporter = Exporter::new(&database).await;
    exporter.sums().await;
    insert_result(&database, "x", "SUCCESS", "now() - interval '1 hour'", "now()", &[]);
    assert_eq!(exporter.sums().await, [("x".to_owned(), "SUCCESS".to_owned(), 1, 3600.0)]);
}

#[tokio::test]
async fn a_late_commit_and_a_clock_ahead_count_when_they_can_be_seen() {
    let database = database("schema-2.4.44");
    let exporter = Exporter::new(&database).await;
    exporter.sums().await;
    insert_result(&database, "ahead", "SUCCESS", "now()", "now() + interval '10 minutes'", &[]);
    let mut late = database.session();
    late.run(
        "BEGIN; INSERT INTO extras_jobresult
             (id, name, date_created, date_done, status, _custom_field_data, task_args, task_kwargs, celery_kwargs)
         VALUES (gen_random_uuid(), 'late', now(), now(), 'SUCCESS', '{}', '[]', '{}', '{}')",
    );
    insert_result(&database, "in time", "SUCCESS", "now()", "now()", &[]);
    let modules =
        |sums: Vec<(String, String, u64, f64)>| sums.into_iter().map(|sum| sum.0).collect::<Vec<_>>();
    assert_eq!(modules(exporter.sums().await), ["in time"]);
    late.run("COMMIT");
    assert_eq!(modules(exporter.sums().await), ["in time", "late"]);
    database.psql("UPDATE extras_jobresult SET date_done = now() WHERE name = 'ahead'");
    assert_eq!(modules(exporter.sums().await), ["ahead", "in time", "late"]);
}

#[tokio::test]
async fn a_failed_run_loses_nothing() {
    let database = database("schema-2.4.44");
    let exporter = Exporter::new(&database).await;
    exporter.sums().await;
    insert_result(&database, "x", "SUCCESS", "now() - interval '5 seconds'", "now()", &[]);
    database.psql(&format!("REVOKE SELECT ON extras_jobresult FROM \"{}\"", role(&database)));
    let gathered = exporter.0.gather(&Scrape::within(Duration::from_secs(20))).await;
    assert!(gathered.runs().all(|run| !run.outcome().is_success()));
    database.psql(&format!("GRANT SELECT ON extras_jobresult TO \"{}\"", role(&database)));
    assert_eq!(exporter.sums().await, [("x".to_owned(), "SUCCESS".to_owned(), 1, 5.0)]);
}

#[tokio::test]
async fn a_clock_ahead_is_waited_for_though_nothing_changes() {
    // On the shared server something always changes.
    let postgres = Postgres::start().unwrap();
    let database = postgres.database("schema-2.4.44");
    let exporter = Exporter::new(&database).await;
    exporter.sums().await;
    insert_result(&database, "ahead", "SUCCESS", "now()", "now() + interval '5 minutes 5 seconds'", &[]);
    insert_result(&database, "never", "SUCCESS", "now()", "'infinity'::timestamptz", &[]);
    assert_eq!(exporter.sums().await, []);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(exporter.sums().await.len(), 1);
}

#[tokio::test]
async fn rows_that_are_no_runs_hide_none() {
    let database = database("schema-2.4.44");
    let exporter = Exporter::new(&database).await;
    exporter.sums().await;
    database.psql(
        "INSERT INTO extras_jobresult
             (id, name, date_created, date_done, status, _custom_field_data, task_args, task_kwargs, celery_kwargs)
         SELECT gen_random_uuid(), 'x', CASE WHEN n % 5000 = 0 THEN '-infinity' ELSE now() END,
                now() + n * interval '1 microsecond', 'SUCCESS', '{}', '[]', '{}', '{}'
         FROM generate_series(1, 20001) AS n",
    );
    for expected in [9_998, 19_996, 19_997, 19_997] {
        assert_eq!(exporter.sums().await[0].2, expected);
    }
}

#[tokio::test]
async fn many_at_once_are_read_by_and_by() {
    let database = database("schema-2.4.44");
    let exporter = Exporter::new(&database).await;
    exporter.sums().await;
    database.psql(
        "INSERT INTO extras_jobresult
             (id, name, date_created, date_done, status, _custom_field_data, task_args, task_kwargs, celery_kwargs)
         SELECT gen_random_uuid(), 'x', now(), now(), 'SUCCESS', '{}', '[]', '{}', '{}' FROM generate_series(1, 25000)",
    );
    for expected in [10_000, 20_000, 25_000, 25_000, 25_000, 25_000] {
        assert_eq!(exporter.sums().await[0].2, expected);
    }
}
