use std::time::Duration;

use metrics_core::{BoxCollector, Limits, Registry, Scrape};
use nautobot_collectors::UnfinishedResults;
use testbed::Samples;

use super::{collect, database, insert_result, open};
use crate::it::page::{self, label};

const OLDEST: &str = "nautobot_job_results_oldest_unfinished_age_seconds";

fn ages(samples: &Samples) -> Vec<(&str, f64)> {
    samples[OLDEST].iter().map(|(labels, age)| (label(labels, "status"), *age)).collect()
}

/// Statuses with the ages that they should have, give or take what a test takes.
#[track_caller]
fn assert_ages(samples: &Samples, expected: &[(&str, f64)]) {
    let ages = ages(samples);
    let is_near = |((status, age), (of, expected)): (&(&str, f64), &(&str, f64))| {
        status == of && (*expected..expected + 60.0).contains(age)
    };
    assert!(ages.len() == expected.len() && ages.iter().zip(expected).all(is_near), "{ages:?}");
}

#[tokio::test]
async fn the_oldest_of_each_status_has_an_age() {
    for (dataset, [pending, running, failed]) in [
        ("schema-1.0.3", ["pending", "running", "failed"]),
        ("schema-2.4.44", ["PENDING", "STARTED", "FAILURE"]),
    ] {
        let database = database(dataset);
        let add = |status, created, done| insert_result(&database, "x", status, created, done, &[]);
        add(pending, "now() - interval '1 hour'", "NULL");
        add(pending, "now() - interval '3 hours'", "NULL");
        add(pending, "now() - interval '9 hours'", "now()");
        add(failed, "now() - interval '9 hours'", "NULL");
        add("unknown", "now() - interval '9 hours'", "NULL");
        add(running, "now() + interval '1 hour'", "NULL");
        let samples = collect(&database, UnfinishedResults::new).await;
        let of_line: &[(&str, f64)] = match dataset {
            "schema-1.0.3" => &[("pending", 10_800.0), ("running", 0.0)],
            _ => &[("PENDING", 10_800.0), ("RECEIVED", 0.0), ("RETRY", 0.0), ("STARTED", 0.0)],
        };
        assert_ages(&samples, of_line);
        assert_eq!(ages(&samples).last().unwrap().1, 0.0, "nothing is younger than nothing");
    }
}

#[tokio::test]
async fn every_line_is_read() {
    for (dataset, created) in [("nautobot-1.6.32", "created"), ("nautobot-3.2.7", "date_created")] {
        let database = database(dataset);
        let done = if created == "created" { "completed" } else { "date_done" };
        let samples = collect(&database, UnfinishedResults::new).await;
        for (status, age) in ages(&samples) {
            let oldest: f64 = database
                .psql(&format!(
                    "SELECT greatest(0, coalesce(extract(epoch FROM now() - min({created})), 0))
                     FROM extras_jobresult WHERE status = '{status}' AND {done} IS NULL"
                ))
                .parse()
                .unwrap();
            assert!((oldest - age).abs() < 60.0, "{dataset}: {status} {age} {oldest}");
        }
    }
}

#[tokio::test]
async fn an_age_grows_while_nothing_changes() {
    let database = database("schema-2.4.44");
    insert_result(&database, "x", "PENDING", "now() - interval '1 hour'", "NULL", &[]);
    let collector = BoxCollector::new(UnfinishedResults::new(open(&database)));
    let mut registry = Registry::new();
    registry.register(collector, Limits::default()).unwrap();
    let mut last = 3600.0;
    for _ in 0..3 {
        let scrape = Scrape::within(Duration::from_secs(20));
        let samples = page::samples(&registry.gather(&scrape).await);
        let (_, age) = ages(&samples)[0];
        assert!(age > last, "{age} {last}");
        last = age;
    }
}
