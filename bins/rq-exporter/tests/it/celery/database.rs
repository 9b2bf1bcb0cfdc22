//! What only Nautobot's database knows: since when tasks wait, and which job queues were never used.

use std::time::Duration;

use serde_json::{Value, json};
use testbed::{Database, Exporter, Postgres, Redis, Samples, eventually, samples};

use super::{SOON, jobs, loaded, start, succeeded, value};

pub(super) const OPERATIONS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md"));
const AGE: &str = "nautobot_celery_queue_oldest_waiting_task_age_seconds";
const STATUSES: [&str; 3] = ["queued", "reserved", "scheduled"];

fn settings(redis: &Redis, database: &str) -> Value {
    json!({
        "redis": {"url": redis.url()},
        "database": {"url": database},
        "collectors": {"celery_waiting": {"enabled": true}, "celery_tasks": {"enabled": false}},
    })
}

/// Where a role finds this database that may do what the documentation says, and nothing else.
fn role(database: &Database) -> String {
    let (_, section) = OPERATIONS.split_once("\n## A role for rq-exporter\n").unwrap();
    let (_, sql) = section.split_once("```sql\n").unwrap();
    let (sql, _) = sql.split_once("```").unwrap();
    let role = format!("queues_of_{}", database.name().replace(['-', '.'], "_"));
    database.psql(&sql.replace("nautobot_queues", &role));
    database.url_for(&role)
}

/// The id of the task that a list gives next.
fn next_id(redis: &Redis, list: &str) -> String {
    let message: Value = serde_json::from_str(&redis.cli(&["LINDEX", list, "-1"])).unwrap();
    message["headers"]["id"].as_str().unwrap().to_owned()
}

/// Lets a task of this id be the next one.
fn put_in_front(redis: &Redis, queue: &str, id: &str) {
    let message = json!({"headers": {"id": id, "task": "nautobot.core.tasks.any"}, "body": ""});
    redis.cli(&["RPUSH", queue, &message.to_string()]);
}

fn created(database: &Database, id: &str, seconds_ago: u32) {
    let changed = database.psql(&format!(
        "UPDATE extras_jobresult SET date_created = now() - interval '{seconds_ago} s' WHERE id = '{id}' RETURNING id"
    ));
    assert_eq!(changed, id, "the keys and the rows are of the same Nautobot");
}

fn age(page: &Samples, queue: &str) -> Option<f64> {
    value(page, AGE, &[("queue", queue)])
}

fn assert_about(age: Option<f64>, seconds: u32) {
    let seconds = f64::from(seconds);
    assert!(age.is_some_and(|age| (seconds..seconds + 60.0).contains(&age)), "{age:?} for {seconds}");
}

#[test]
fn a_task_has_waited_since_its_job_result_was_created() {
    let (redis, database) = (loaded(), Postgres::shared().database("nautobot-3.2.7"));
    for (list, seconds_ago) in [
        ("bulk", 100),
        ("bulk\x06\x166", 5_000),
        ("slow", 700),
        ("priority", 900),
        ("queue with space", 1_100),
        ("ünïcode-q", 1_300),
    ] {
        created(&database, &next_id(&redis, list), seconds_ago);
    }
    let exporter = start(&settings(&redis, &role(&database)));
    let page = exporter.scrape();
    assert!(succeeded(&page, "celery_waiting"), "{}", exporter.log());
    assert_about(age(&page, "bulk"), 5_000);
    assert_about(age(&page, "slow"), 700);
    assert_about(age(&page, "priority"), 900);
    assert_about(age(&page, "queue with space"), 1_100);
    assert_about(age(&page, "ünïcode-q"), 1_300);
    assert_eq!(age(&page, "default"), Some(0.0), "nothing waits");
    let next = [("queue", "slow"), ("job", "ref_jobs.SlowJob")];
    assert_eq!(value(&page, "nautobot_celery_queue_next_tasks", &[next[1], next[0]]), Some(4.0));

    // The next one of each of these is none of Nautobot's.
    put_in_front(&redis, "slow", "00000000-0000-4000-8000-000000000000");
    put_in_front(&redis, "priority", "'; DROP TABLE extras_jobresult; --");
    put_in_front(&redis, "queue with space", &next_id(&redis, "queue with space").to_uppercase());
    put_in_front(&redis, "ünïcode-q", "");
    // One that nobody knows beside one that is known.
    put_in_front(&redis, "bulk", "not-a-uuid-at-all-but-of-that-length");
    let page = exporter.scrape();
    assert!(succeeded(&page, "celery_waiting"), "{}", exporter.log());
    for queue in ["slow", "priority", "queue with space", "ünïcode-q"] {
        assert_eq!(age(&page, queue), None, "{queue}");
    }
    assert_about(age(&page, "bulk"), 5_000);
    assert_eq!(database.psql("SELECT count(*) > 0 FROM extras_jobresult"), "t");
}

#[test]
fn the_documented_role_suffices_for_nautobot_2() {
    let (redis, database) = (Redis::start().unwrap(), Postgres::shared().database("nautobot-2.4.44"));
    let id = database.psql("SELECT id FROM extras_jobresult LIMIT 1");
    created(&database, &id, 4_000);
    let mut settings = settings(&redis, &role(&database));
    settings["rq_metrics"] = json!({"broker": "celery"});
    put_in_front(&redis, "default", &id);
    let exporter = start(&settings);
    let page = exporter.scrape();
    assert!(succeeded(&page, "celery_waiting"), "{}", exporter.log());
    assert_about(age(&page, "default"), 4_000);
    assert_eq!((jobs(&page, "bulk", "queued"), jobs(&page, "kube \"é\"", "queued")), (Some(0.0), None));
    assert!(!exporter.log().contains("level=warn"), "{}", exporter.log());
}

#[test]
fn nautobot_1_and_no_database_tell_no_age_and_that_is_no_failure() {
    let (redis, database) = (loaded(), Postgres::shared().database("nautobot-1.6.32"));
    let of_1_6 = start(&settings(&redis, &database.url_for("reader")));
    let page = of_1_6.scrape();
    assert!(succeeded(&page, "celery_waiting") && succeeded(&page, "queues"), "{}", of_1_6.log());
    assert_eq!(age(&page, "slow"), None);
    assert!(page.contains_key("nautobot_celery_queue_next_tasks"));
    assert!(!of_1_6.log().contains("level=warn"), "{}", of_1_6.log());

    let mut without = settings(&redis, "");
    without["database"] = json!({});
    let page = start(&without).scrape();
    assert!(succeeded(&page, "celery_waiting") && !page.contains_key(AGE));
    assert!(page.contains_key("nautobot_celery_queue_next_tasks"));
}

#[test]
fn job_queues_that_were_never_used_read_zero() {
    let (redis, database) = (loaded(), Postgres::shared().database("nautobot-3.2.7"));
    let settings = settings(&redis, &role(&database));
    let exporter = start(&settings);
    let page = exporter.scrape();
    for status in STATUSES {
        assert_eq!(jobs(&page, "celery Job Queue - 0", status), Some(0.0), "{status}");
        assert_eq!(jobs(&page, "kubernetes Job Queue - 1", status), None, "{status}");
    }
    assert_eq!(jobs(&page, "celery Job Queue - 0", "finished"), None);
    assert_eq!(jobs(&page, "slow", "queued"), Some(4.0), "those in use are counted once");

    assert_eq!(jobs(&page, "new", "queued"), None);
    database.psql(
        "INSERT INTO extras_jobqueue (id, created, last_updated, _custom_field_data, name, description, queue_type)
         VALUES (gen_random_uuid(), now(), now(), '{}', 'new', '', 'celery');
         UPDATE extras_jobqueue SET queue_type = 'kubernetes' WHERE name = 'celery Job Queue - 0'",
    );
    // PostgreSQL counts changes when the session that made them has ended, which nobody waits for.
    eventually("the new job queue is shown", SOON, || jobs(&exporter.scrape(), "new", "queued") == Some(0.0));
    assert_eq!(jobs(&exporter.scrape(), "celery Job Queue - 0", "queued"), None);

    // Whose binding is gone.
    redis.cli(&["LPUSH", "new", "{}"]);
    assert_eq!(jobs(&exporter.scrape(), "new", "queued"), Some(1.0), "it is known");
    let page = start(&settings).scrape();
    assert_eq!(jobs(&page, "new", "queued"), Some(1.0), "it has just become known");
}

/// A page as Prometheus asks for it, with 3 s of patience.
fn in_time(exporter: &Exporter, path: &str, limit: Duration) -> Samples {
    let page = exporter.get(path, &[("X-Prometheus-Scrape-Timeout-Seconds", "3")]);
    assert_eq!(page.status, 200);
    assert!(page.took < limit, "{:?}: {}", page.took, exporter.log());
    samples(page.text())
}

#[test]
fn without_the_database_the_rest_goes_on_and_in_time() {
    const UNUSED: &str = "celery Job Queue - 0";
    const WITHIN: Duration = Duration::from_millis(2_800);
    const AT_ONCE: Duration = Duration::from_millis(700);
    let redis = loaded();
    let mut postgres = Postgres::start().unwrap();
    let database = postgres.database("nautobot-3.2.7");
    let (url, from_the_start) = (database.url(), database.url().replace("/nautobot", "/none"));
    let exporter = start(&settings(&redis, &url));
    let whole = |page: &Samples| succeeded(page, "celery_waiting") && age(page, "slow").is_some();
    assert!(whole(&exporter.scrape()), "{}", exporter.log());

    let assert_gone = || {
        let page = in_time(&exporter, "/metrics", WITHIN);
        assert!(!succeeded(&page, "celery_waiting") && succeeded(&page, "queues"), "{}", exporter.log());
        assert!(!page.contains_key("nautobot_celery_queue_next_tasks"));
        assert_eq!(value(&page, "nautobot_rq_up", &[]), Some(1.0));
        assert_eq!((jobs(&page, UNUSED, "queued"), jobs(&page, "slow", "queued")), (Some(0.0), Some(4.0)));
        let page = in_time(&exporter, "/metrics?collect[]=queues", AT_ONCE);
        assert_eq!(jobs(&page, UNUSED, "queued"), Some(0.0), "what is known stays");
    };
    postgres.pause();
    let page = exporter.get("/metrics?collect[]=queues", &[]);
    assert!(page.took < Duration::from_millis(1_900), "{:?}", page.took);
    assert_eq!(jobs(&samples(page.text()), UNUSED, "queued"), Some(0.0));
    assert_gone();
    assert_gone();
    postgres.resume();
    eventually("ages are told again", SOON, || whole(&exporter.scrape()));

    postgres.stop();
    assert_gone();
    postgres.restart();
    eventually("ages are told again", SOON, || whole(&exporter.scrape()));
    assert_eq!(exporter.log().matches("job queues cannot be read").count(), 1, "{}", exporter.log());

    // Nothing was ever known.
    let exporter = start(&settings(&redis, &from_the_start));
    let page = exporter.scrape();
    assert!(!succeeded(&page, "celery_waiting") && succeeded(&page, "queues"), "{}", exporter.log());
    assert_eq!((jobs(&page, UNUSED, "queued"), jobs(&page, "slow", "queued")), (None, Some(4.0)));
    drop(database);
}
