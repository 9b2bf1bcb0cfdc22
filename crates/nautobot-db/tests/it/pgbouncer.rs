use nautobot_db::{Nautobot, types::Type};
use testbed::{PgBouncer, Postgres};
use tokio::task::JoinSet;

use crate::{settings, within};

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
