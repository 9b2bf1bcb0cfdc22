use std::time::Duration;

use nautobot_db::{Error, Nautobot};
use testbed::Postgres;
use tokio::time::{Instant, timeout};

use crate::{OURS, eventually, number, open, settings, within};

const PID: &str = "SELECT pg_backend_pid()::bigint";

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_query_ends_on_the_server() {
    let database = Postgres::shared().database("schema-1.0.3");
    let nautobot = open(&database);
    let pid = number(&nautobot, PID).await.unwrap();
    let reading = nautobot.read(within(30.0)).await.unwrap();
    let query = reading.query("SELECT pg_sleep(30)::text", &[]);
    timeout(Duration::from_millis(200), query).await.unwrap_err();
    let ours = || database.psql(&format!("SELECT count(*) FROM pg_stat_activity WHERE {OURS}"));
    assert_eq!(ours(), "1");

    drop(reading);
    eventually("no session of ours", || ours() == "0").await;
    assert_ne!(number(&nautobot, PID).await.unwrap(), pid, "the connection is not used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_ends_at_its_limit_and_spares_the_connection() {
    let database = Postgres::shared().database("schema-1.0.3");
    let mut settings = settings(database.url());
    settings.statement_timeout = Duration::from_millis(500);
    let nautobot = Nautobot::open(&settings).unwrap();
    let pid = number(&nautobot, PID).await.unwrap();
    let start = Instant::now();
    let reading = nautobot.read(within(20.0)).await.unwrap();
    let error = reading.query("SELECT pg_sleep(30)::text", &[]).await.unwrap_err();
    assert!(matches!(error, Error::Deadline { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10) && nautobot.answered_since(start));
    reading.finish().await.unwrap();
    assert_eq!(number(&nautobot, PID).await.unwrap(), pid);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_knows_the_time_that_is_left() {
    let database = Postgres::shared().database("schema-1.0.3");
    let nautobot = open(&database);
    // `number` has five seconds, of which the server gets a tenth of a second less.
    for (name, limits) in [("statement_timeout", 1..=4_900), ("lock_timeout", 1..=2_000)] {
        let sql = format!("SELECT setting::bigint FROM pg_settings WHERE name = '{name}'");
        let limit = number(&nautobot, &sql).await.unwrap();
        assert!(limits.contains(&limit), "{name} is {limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_is_waited_for_no_longer_than_lock_timeout() {
    let database = Postgres::shared().database("schema-1.0.3");
    let mut settings = settings(database.url());
    settings.lock_timeout = Duration::from_millis(200);
    let nautobot = Nautobot::open(&settings).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            database
                .psql("BEGIN; LOCK TABLE dcim_device IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(5); ROLLBACK");
        });
        let is_locked = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
                         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                eventually("the table is locked", || database.psql(is_locked) != "0").await;
                let start = Instant::now();
                let error = number(&nautobot, "SELECT count(*) FROM dcim_device").await.unwrap_err();
                assert!(matches!(&error, Error::Query { sqlstate, .. } if sqlstate == "55P03"), "{error}");
                assert!(error.to_string().contains("holds a lock"), "{error}");
                assert!(start.elapsed() < Duration::from_secs(3) && nautobot.answered_since(start));
            });
        });
    });
}
