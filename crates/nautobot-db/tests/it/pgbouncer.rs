use nautobot_db::{Nautobot, types::Type};
use testbed::{PgBouncer, Postgres};
use tokio::{task::JoinSet, time::timeout};

use crate::{eventually, number, settings, within};

#[tokio::test(flavor = "multi_thread")]
async fn transaction_mode_works() {
    if !PgBouncer::is_installed() {
        println!("skipped: pgbouncer is not installed");
        return;
    }
    let database = Postgres::shared().database("nautobot-3.2.7");
    let mut settings = settings(database.url_through_pgbouncer("postgres"));
    settings.max_connections = 8;
    let nautobot = Nautobot::open(&settings).unwrap();
    assert_eq!(nautobot.schema(within(5.0)).await.unwrap().line().to_string(), "3.2");

    let mut readers = JoinSet::new();
    for reader in 0..8_i64 {
        let nautobot = nautobot.clone();
        readers.spawn(async move {
            for round in 0..50 {
                let reading = nautobot.read(within(10.0)).await.unwrap();
                let parameter = reader * 100 + round;
                let rows = reading.query("SELECT $1", &[(&parameter, Type::INT8)]).await.unwrap();
                assert_eq!(rows[0].get::<_, i64>(0), parameter);
                reading.finish().await.unwrap();
            }
        });
    }
    while let Some(outcome) = readers.join_next().await {
        outcome.unwrap();
    }
}

/// PgBouncer 1.18 dies of a cancel request whose sender hangs up early.
#[tokio::test(flavor = "multi_thread")]
async fn abandoned_statements_leave_it_running() {
    if !PgBouncer::is_installed() {
        println!("skipped: pgbouncer is not installed");
        return;
    }
    let postgres = Postgres::start().unwrap();
    let database = postgres.database("schema-1.0.3");
    let mut settings = settings(database.url_through_pgbouncer("postgres"));
    settings.max_connections = 4;
    let nautobot = Nautobot::open(&settings).unwrap();
    for _ in 0..10 {
        let mut readers = JoinSet::new();
        for _ in 0..4 {
            let nautobot = nautobot.clone();
            readers.spawn(async move {
                let reading = nautobot.query("SELECT pg_sleep(60)", within(50.0));
                assert!(timeout(within(0.1), reading).await.is_err());
            });
        }
        while let Some(outcome) = readers.join_next().await {
            outcome.unwrap();
        }
    }
    assert_eq!(number(&nautobot, "SELECT 1::bigint").await.unwrap(), 1);
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()";
    eventually("nothing is left on the server", || database.psql(asleep) == "0").await;
}
