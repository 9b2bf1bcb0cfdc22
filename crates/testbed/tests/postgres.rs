//! A throw-away PostgreSQL server and its databases.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use std::thread;
use std::time::Duration;

use testbed::{Postgres, eventually, postgres_program};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn holds_each_data_set() {
    let postgres = Postgres::shared();
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
    for (dataset, least) in [
        ("nautobot-1.0.3", 100),
        ("nautobot-1.2.11", 100),
        ("nautobot-1.3.10", 100),
        ("nautobot-1.6.32", 150),
        ("nautobot-2.4.44", 150),
        ("nautobot-3.2.7", 200),
        ("schema-1.0.3", 100),
        ("schema-2.4.44", 150),
    ] {
        let database = postgres.database(dataset);
        let count: u32 = database.psql(tables).parse().unwrap();
        assert!(count > least, "{dataset}: {count}");
    }
}

#[test]
fn a_database_holds_what_the_plugin_saw() {
    for (dataset, table) in [("nautobot-1.6.32", "dcim_site"), ("nautobot-3.2.7", "dcim_device")] {
        let database = Postgres::shared().database(dataset);
        let page = testbed::samples(testbed::page(&format!("{dataset}/app-metrics.txt")));
        let model = table.strip_prefix("dcim_").unwrap();
        let mut counts = page["nautobot_model_count"].iter();
        let (_, seen) = counts
            .find(|(labels, _)| {
                labels.iter().any(|(name, value)| name == "name" && value.eq_ignore_ascii_case(model))
            })
            .unwrap();
        let count: f64 = database.psql(&format!("SELECT count(*) FROM {table}")).parse().unwrap();
        assert_eq!(count, *seen, "{dataset}");
    }
}

#[test]
fn rows_are_in_every_table_and_leave_the_schema_as_it_was() {
    let defaults = "SELECT string_agg(concat_ws(' ', attrelid::regclass, attname, atthasdef), ',' ORDER BY attrelid::regclass::text, attnum)
                    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
                    WHERE relnamespace = 'public'::regnamespace";
    let empty = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND reltuples = 0";
    for version in ["1.0.3", "2.4.44"] {
        let populated = Postgres::shared().database(&format!("nautobot-{version}"));
        let bare = Postgres::shared().database(&format!("schema-{version}"));
        assert_eq!(populated.psql(defaults), bare.psql(defaults));
        assert_eq!(populated.psql(empty), "0", "{version}");
    }
}

#[test]
fn threads_get_databases_of_their_own() {
    let postgres = Postgres::shared();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let database = postgres.database("schema-1.0.3");
                database.psql("CREATE TABLE mine (id int)");
                assert_eq!(database.psql("SELECT count(*) FROM mine"), "0");
            });
        }
    });
}

#[test]
fn a_session_keeps_its_locks_until_it_is_dropped() {
    let database = Postgres::shared().database("schema-1.0.3");
    let locks = "SELECT count(*) FROM pg_locks WHERE relation = 'dcim_rack'::regclass";
    let mut session = database.session();
    assert_eq!(
        session.run("BEGIN; LOCK TABLE dcim_rack; SELECT 1, 2 UNION SELECT 3, 4 ORDER BY 1"),
        "1|2\n3|4"
    );
    assert_eq!(database.psql(locks), "1");
    drop(session);
    eventually("the lock is released", SOON, || database.psql(locks) == "0");
}

#[test]
fn a_dropped_database_is_gone() {
    let postgres = Postgres::shared();
    let keeper = postgres.database("schema-1.0.3");
    let database = postgres.database("schema-1.0.3");
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", database.name());
    assert_eq!(keeper.psql(&exists), "1");
    drop(database);
    assert_eq!(keeper.psql(&exists), "0");
}

#[test]
fn roles_log_in_as_described() {
    let database = Postgres::shared().database("schema-1.0.3");
    let login = |user: &str| {
        let mut psql = std::process::Command::new(postgres_program("psql").unwrap());
        let output = psql
            .args(["-wqAtX", "-c", "SELECT count(*) FROM auth_user", &database.url_for(user)])
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    for user in ["postgres", "reader", "scram:scram"] {
        let (accepted, stderr) = login(user);
        assert!(accepted, "{stderr}");
    }
    let (accepted, stderr) = login("scram:wrong");
    assert!(!accepted && stderr.contains("password authentication failed"), "{stderr}");
}

#[test]
fn pauses_stops_and_comes_back() {
    let mut postgres = Postgres::start().unwrap();
    let database = postgres.database("schema-1.0.3");
    database.psql("CREATE TABLE kept (id int)");
    let first = postgres.pid();

    postgres.pause();
    // the kernel halts a process when it next looks at its signals
    eventually("all processes are halted", SOON, || {
        // a backend that was just ending stays a zombie until its halted parent takes note
        let states: Vec<char> = children(first).into_iter().map(state).collect();
        state(first) == 'T' && states.contains(&'T') && states.iter().all(|state| "TZ".contains(*state))
    });
    postgres.resume();
    assert_eq!(database.psql("SELECT count(*) FROM kept"), "0");

    postgres.stop();
    assert!(std::net::TcpStream::connect((postgres.host(), postgres.port())).is_err());
    postgres.restart();
    assert_ne!(postgres.pid(), first);
    assert_eq!(database.psql("SELECT count(*) FROM kept"), "0");
}

/// What Linux says: R, S, T for halted …
fn state(pid: u32) -> char {
    stat(&pid.to_string()).unwrap().0
}

fn children(parent: u32) -> Vec<u32> {
    let pids: Vec<u32> = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| stat(&pid.to_string()).is_some_and(|(_, of)| of == parent))
        .collect();
    assert!(pids.len() >= 3, "{pids:?}");
    pids
}

fn stat(pid: &str) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
