//! A database that does not answer as it should.

use std::fmt::Display;
use std::time::Duration;

use collector_testkit::withstands;
use metrics_core::{BoxCollector, Gathered};
use nautobot_collectors::{Settings, Up};
use nautobot_db::Nautobot;
use testbed::{Database, Postgres};
use tokio::runtime::Runtime;

use crate::it::access::Access;
use crate::it::page;

fn succeeded(gathered: &Gathered) -> Vec<(&str, bool)> {
    gathered.runs().map(|run| (run.collector(), run.outcome().is_success())).collect()
}

/// Whether the run of `up` succeeded, which then has to say 1.
fn is_up(gathered: &Gathered) -> bool {
    let up = gathered.runs().find(|run| run.collector() == "up").unwrap();
    let samples = page::samples(gathered);
    let values: Vec<f64> =
        samples.get("nautobot_app_up").into_iter().flat_map(|up| up.values().copied()).collect();
    assert_eq!(values, if up.outcome().is_success() { vec![1.0] } else { vec![] });
    up.outcome().is_success()
}

/// A handle that waits so long for locks.
fn open(database: &Database, lock_timeout: Duration) -> Nautobot {
    let mut settings = Access::to(database, &Settings::default()).settings();
    settings.lock_timeout = lock_timeout;
    Nautobot::open(&settings).unwrap()
}

/// Holds the lock for so many seconds in a thread; returns when it has it.
fn lock<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    database: &'scope Database,
    table: &str,
    seconds: u32,
) {
    let sql =
        format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({seconds}); COMMIT");
    scope.spawn(move || database.psql(&sql));
    let held = format!(
        "SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'AccessExclusiveLock' AND granted"
    );
    for _ in 0..500 {
        if database.psql(&held) == "1" {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{table} was never locked");
}

#[test]
fn a_locked_table_costs_only_the_collector_that_reads_it() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let nautobot = open(&database, Duration::from_millis(300));
    let runtime = Runtime::new().unwrap();
    std::thread::scope(|scope| {
        lock(scope, &database, "dcim_device", 3);
        let collectors = page::collectors(&nautobot, &Settings::default());
        let gathered = runtime.block_on(page::gather(collectors, Duration::from_secs(6)));
        assert_eq!(
            succeeded(&gathered),
            [("gitrepositories", true), ("jobs", true), ("models", false), ("info", true), ("up", true)]
        );
        assert!(is_up(&gathered));
    });
    let collectors = page::collectors(&nautobot, &Settings::default());
    let gathered = runtime.block_on(page::gather(collectors, Duration::from_secs(10)));
    assert!(succeeded(&gathered).iter().all(|(_, succeeded)| *succeeded));
}

#[test]
fn a_budget_that_waits_for_locks_is_not_a_database_that_is_down() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let nautobot = open(&database, Duration::from_secs(4));
    let runtime = Runtime::new().unwrap();
    std::thread::scope(|scope| {
        lock(scope, &database, "extras_jobresult", 6);
        let collectors = page::collectors(&nautobot, &Settings::default());
        let gathered = runtime.block_on(page::gather(collectors, Duration::from_secs(6)));
        assert_eq!(succeeded(&gathered)[..2], [("gitrepositories", false), ("jobs", false)]);
        assert!(is_up(&gathered));
    });
}

#[tokio::test]
async fn no_collector_is_harmed_by_a_database_that_does_not_answer() {
    for nth in 0..collectors_at("127.0.0.1:1").len() {
        withstands(|address| collectors_at(address).swap_remove(nth)).await.unwrap();
    }
}

/// The collectors of a database at this address.
fn collectors_at(address: impl Display) -> Vec<BoxCollector> {
    let mut settings = nautobot_db::Settings::default();
    settings.url = Some(format!("postgresql://nobody@{address}/nautobot").into());
    page::collectors(&Nautobot::open(&settings).unwrap(), &Settings::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_not_up_and_is_again_afterwards() {
    let postgres = Postgres::start().unwrap();
    let database = postgres.database("nautobot-3.2.7");
    let nautobot = page::open(&database, &Settings::default());
    let up = || vec![BoxCollector::new(Up::new(nautobot.clone()))];
    assert!(is_up(&page::gather(up(), Duration::from_secs(5)).await));
    postgres.pause();
    let gathered = page::gather(up(), Duration::from_secs(1)).await;
    postgres.resume();
    assert!(!is_up(&gathered));
    assert!(is_up(&page::gather(up(), Duration::from_secs(5)).await));
}
