use nautobot_collectors::JobResults;
use testbed::{Database, Samples};

use super::{DATA, collect, database, insert_result, read};
use crate::it::page::label;

const RESULTS: &str = "nautobot_job_results";

/// Status, queue and value of each series that is not 0.
fn series(samples: &Samples) -> Vec<(String, String, f64)> {
    let series = samples.get(RESULTS).into_iter().flatten().filter(|(_, value)| **value != 0.0);
    let series =
        series.map(|(labels, n)| (label(labels, "status").to_owned(), label(labels, "queue").to_owned(), *n));
    let mut series: Vec<_> = series.collect();
    series.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    series
}

fn expected(database: &Database, queue: &str) -> Vec<(String, String, f64)> {
    #[derive(serde::Deserialize)]
    struct Row {
        status: String,
        queue: String,
        n: f64,
    }
    let sql = format!("SELECT status, {queue} AS queue, count(*) AS n FROM extras_jobresult GROUP BY 1, 2");
    let rows: Vec<Row> = read(database, &sql);
    let mut rows: Vec<_> = rows.into_iter().map(|row| (row.status, row.queue, row.n)).collect();
    rows.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    rows
}

#[tokio::test]
async fn every_line_counts_its_results() {
    for dataset in DATA {
        let database = database(dataset);
        let queue = if dataset < "nautobot-2" { "''" } else { "coalesce(celery_kwargs ->> 'queue', '')" };
        let expected = expected(&database, queue);
        assert!(expected.len() > 3, "{dataset}");
        assert_eq!(series(&collect(&database, JobResults::new).await), expected, "{dataset}");
    }
}

#[tokio::test]
async fn statuses_without_results_are_0() {
    let database = database("schema-2.4.44");
    assert!(collect(&database, JobResults::new).await.is_empty());
    insert_result(
        &database,
        "odd",
        "O\"dd",
        "now()",
        "NULL",
        &[("celery_kwargs", "'{\"queue\": \"q\"}'::jsonb")],
    );
    let samples = collect(&database, JobResults::new).await;
    let statuses: Vec<(&str, &str, f64)> = samples[RESULTS]
        .iter()
        .map(|(labels, value)| (label(labels, "queue"), label(labels, "status"), *value))
        .collect();
    let zeros = ["FAILURE", "PENDING", "RECEIVED", "RETRY", "REVOKED", "STARTED", "SUCCESS"];
    let mut expected: Vec<_> = zeros.map(|status| ("q", status, 0.0)).to_vec();
    expected.insert(1, ("q", "O\"dd", 1.0));
    assert_eq!(statuses, expected);
}

#[tokio::test]
async fn of_many_queues_the_largest_have_series() {
    let database = database("schema-2.4.44");
    database.psql(
        "INSERT INTO extras_jobresult
             (id, name, date_created, status, _custom_field_data, task_args, task_kwargs, celery_kwargs)
         SELECT gen_random_uuid(), 'x', now(), 'SUCCESS', '{}', '[]', '{}', jsonb_build_object('queue', 'q' || lpad(n::text, 3, '0'))
         FROM generate_series(1, 150) AS n, generate_series(1, CASE WHEN n <= 100 THEN 2 ELSE 1 END)",
    );
    let counted = series(&collect(&database, JobResults::new).await);
    assert_eq!(counted.len(), 101);
    assert_eq!(counted[0], ("SUCCESS".to_owned(), "other".to_owned(), 50.0));
    assert_eq!(counted[1], ("SUCCESS".to_owned(), "q001".to_owned(), 2.0));
    assert_eq!(counted[100], ("SUCCESS".to_owned(), "q100".to_owned(), 2.0));
}

#[tokio::test]
async fn arguments_of_any_form_say_no_queue() {
    let database = database("schema-2.4.44");
    for arguments in ["[]", "\"queue\"", "7", "{\"queue\": null}", "{}"] {
        let arguments = format!("'{arguments}'::jsonb");
        insert_result(&database, "x", "SUCCESS", "now()", "now()", &[("celery_kwargs", &arguments)]);
    }
    let counted = series(&collect(&database, JobResults::new).await);
    assert_eq!(counted, [("SUCCESS".to_owned(), String::new(), 5.0)]);
}
