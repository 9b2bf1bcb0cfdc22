use nautobot_db::Error;
use testbed::{Database, Postgres};

use crate::{open, within};

fn open_of(database: &Database) -> nautobot_db::Nautobot {
    let mut settings = crate::settings(database.url());
    // So that the second reading meets the session of the first.
    settings.max_connections = 1;
    nautobot_db::Nautobot::open(&settings).unwrap()
}

#[tokio::test]
async fn a_discarded_transaction_leaves_nothing_behind() {
    let database = Postgres::shared().database("schema-2.4.44");
    let nautobot = open_of(&database);
    let session = "SELECT pg_backend_pid(), current_setting('search_path'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')";
    let state = async || {
        let reading = nautobot.read(within(5.0)).await.unwrap();
        let row = reading.query(session, &[]).await.unwrap().remove(0);
        reading.finish().await.unwrap();
        (row.get::<_, i32>(0), row.get::<_, String>(1), row.get::<_, i64>(2))
    };
    let before = state().await;
    let reading = nautobot.read(within(5.0)).await.unwrap();
    let sql = "SELECT set_config('search_path', 'nowhere', false), pg_advisory_lock(1)::text, pg_advisory_lock(1)::text";
    reading.query(sql, &[]).await.unwrap();
    reading.discard().await.unwrap();
    assert_eq!(state().await, before);
    assert_eq!(before.2, 0);
}

#[tokio::test]
async fn the_connection_survives_a_refused_statement() {
    let database = Postgres::shared().database("schema-2.4.44");
    let nautobot = open(&database);
    let reading = nautobot.read(within(5.0)).await.unwrap();
    reading.query("SELECT pg_advisory_lock(1)::text", &[]).await.unwrap();
    let refused = reading.query("CREATE TABLE acme ()", &[]).await.unwrap_err();
    assert!(matches!(refused, Error::Query { sqlstate, .. } if sqlstate == "25006"));
    reading.discard().await.unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}
