use std::time::Duration;

use nautobot_db::Error;
use testbed::Postgres;
use tokio::time::Instant;

use crate::{number, open, within};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_read_after_a_restart_works() {
    let mut server = Postgres::start().unwrap();
    let database = server.database("schema-1.0.3");
    let nautobot = open(&database);
    // Two idle connections, both of which die.
    let (one, other) = tokio::join!(nautobot.read(within(5.0)), nautobot.read(within(5.0)));
    one.unwrap().finish().await.unwrap();
    other.unwrap().finish().await.unwrap();
    server.restart();
    assert_eq!(number(&nautobot, "SELECT 1::bigint").await.unwrap(), 1);

    server.stop();
    let start = Instant::now();
    let error = nautobot.ping(within(5.0)).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(error.to_string().contains(&nautobot.target()), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3) && !nautobot.answered_since(start));

    server.restart();
    assert_eq!(number(&nautobot, "SELECT 2::bigint").await.unwrap(), 2);
    assert!(nautobot.answered_since(start));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_renews_the_schema() {
    let mut server = Postgres::start().unwrap();
    let database = server.database("schema-1.0.3");
    let nautobot = open(&database);
    let before = nautobot.schema(within(5.0)).await.unwrap();
    server.restart();
    // The end of the connection arrives at a task of its own.
    for _ in 0..100 {
        if !std::sync::Arc::ptr_eq(&before, &nautobot.schema(within(5.0)).await.unwrap()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("after two seconds the schema is still the old one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halted_server_costs_no_more_than_the_deadline() {
    let server = Postgres::start().unwrap();
    let database = server.database("schema-1.0.3");
    let nautobot = open(&database);
    let fresh = open(&database);
    nautobot.ping(within(5.0)).await.unwrap();

    server.pause();
    let start = Instant::now();
    let deadline = within(1.0);
    let outcomes = tokio::join!(
        nautobot.ping(deadline),
        nautobot.read(deadline),
        nautobot.schema(deadline),
        fresh.ping(deadline),
    );
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(outcomes.0.is_err() && outcomes.1.is_err() && outcomes.2.is_err());
    let error = outcomes.3.unwrap_err();
    assert!(matches!(error, Error::Deadline { .. }), "{error}");
    assert!(!nautobot.answered_since(start));

    server.resume();
    assert_eq!(number(&nautobot, "SELECT 3::bigint").await.unwrap(), 3);
    assert_eq!(number(&fresh, "SELECT 4::bigint").await.unwrap(), 4);
}
