//! Locks, crowds and impatient clients: connections stay within the budget, and nothing runs for nobody.

use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};
use std::thread::{scope, sleep};
use std::time::Duration;

use testbed::{Database, Exporter, Postgres, Session, eventually, samples};

use crate::{PROGRAM, settings, succeeded, value};

const SOON: Duration = Duration::from_secs(10);

/// In what time the server notices that a statement is cancelled.
const CANCELLED: Duration = Duration::from_secs(2);

/// Another session that holds a lock until it is dropped.
fn lock(database: &Database, table: &str) -> Session {
    let mut session = database.session();
    session.run(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"));
    session
}

/// How many sessions the user has on this database.
fn sessions(database: &Database, user: &str) -> usize {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = '{user}' AND datname = '{}' \
         AND backend_type = 'client backend'",
        database.name()
    );
    database.psql(&sql).parse().unwrap()
}

/// What the user's sessions are running.
fn running(database: &Database, user: &str) -> String {
    database.psql(&format!(
        "SELECT string_agg(query, ';') FROM pg_stat_activity WHERE usename = '{user}' AND datname = '{}' \
         AND state = 'active'",
        database.name()
    ))
}

/// A scrape whose answer nobody reads yet.
fn begin_scrape(exporter: &Exporter) -> TcpStream {
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, exporter.port())).unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    client
}

/// An exporter that logs in as a user of its own, so that its sessions can be told apart.
fn start_as(database: &Database, user: &str) -> Exporter {
    // What has not changed is not read again, so that no lock on it would be met.
    let settings = settings(database).replace(&database.url(), &database.url_for(user));
    let settings = settings.replace("\"database\":{", "\"database\":{\"reuse\":\"off\",");
    Exporter::start(PROGRAM, &settings, &[]).unwrap()
}

#[test]
fn a_locked_table_costs_its_collector_only() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let exporter = start_as(&database, "reader");
    let _lock = lock(&database, "dcim_device");

    let page = exporter.get("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", "5")]);
    assert!(page.took < Duration::from_millis(4600), "{:?}", page.took);
    let page = samples(page.text());
    assert_eq!(value(&page, "nautobot_app_up"), Some(1.0));
    assert_eq!((succeeded(&page, "models"), succeeded(&page, "jobs")), (Some(0.0), Some(1.0)));
    assert!(!page.contains_key("nautobot_model_count"));
    assert!(page.contains_key("nautobot_job_execution_status"));
    assert!(page.contains_key("nautobot_gitrepository_execution_status"));
    assert_eq!(running(&database, "reader"), "");
}

#[test]
fn two_hundred_scrapes_at_once_stay_within_the_budget() {
    let database = Postgres::shared().database("nautobot-1.6.32");
    let settings = settings(&database).replace(&database.url(), &database.url_for("reader"));
    let exporter = Exporter::start(PROGRAM, &settings, &["--web.max-requests=200"]).unwrap();
    let _lock = lock(&database, "dcim_rack");

    scope(|scope| {
        let scrapes: Vec<_> = (0..200)
            .map(|i| {
                let exporter = &exporter;
                let timeout = ["0.4", "1", "2", "5"][i % 4];
                scope.spawn(move || {
                    exporter.get("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", timeout)])
                })
            })
            .collect();
        let mut most = 0;
        while scrapes.iter().any(|scrape| !scrape.is_finished()) {
            most = most.max(sessions(&database, "reader"));
            sleep(Duration::from_millis(5));
        }
        assert!((1..=2).contains(&most), "{most} connections");
        for scrape in scrapes {
            assert_eq!(scrape.join().unwrap().status, 200);
        }
    });
    eventually("every scrape has left the server", CANCELLED, || running(&database, "reader").is_empty());
}

#[test]
fn what_nobody_waits_for_is_cancelled_on_the_server() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let exporter = start_as(&database, "reader");
    exporter.scrape();
    let lock = lock(&database, "dcim_device");

    let client = begin_scrape(&exporter);
    eventually("a scrape waits", SOON, || running(&database, "reader").contains("dcim_device"));
    drop(client);
    eventually("the scrape is cancelled", CANCELLED, || running(&database, "reader").is_empty());

    drop(lock);
    assert_eq!(succeeded(&exporter.scrape(), "models"), Some(1.0));
}

#[test]
fn what_waits_when_it_stops_is_cancelled_on_the_server() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let exporter = start_as(&database, "reader");
    let _lock = lock(&database, "dcim_device");

    let _client = begin_scrape(&exporter);
    eventually("a scrape waits", SOON, || running(&database, "reader").contains("dcim_device"));
    let took = exporter.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    eventually("the scrape is cancelled", CANCELLED, || running(&database, "reader").is_empty());
}

#[test]
fn scrapes_beyond_the_limit_are_told_to_come_back() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let settings = settings(&database).replace(&database.url(), &database.url_for("reader"));
    let exporter = Exporter::start(PROGRAM, &settings, &["--web.max-requests=1"]).unwrap();
    let _lock = lock(&database, "dcim_device");

    let _client = begin_scrape(&exporter);
    eventually("a scrape waits", SOON, || running(&database, "reader").contains("dcim_device"));
    let second = exporter.get("/metrics", &[]);
    assert_eq!((second.status, second.headers["retry-after"].as_str()), (503, "1"));
    assert_eq!(exporter.get("/-/healthy", &[]).status, 200);
}
