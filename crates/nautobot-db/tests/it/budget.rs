use std::time::Duration;

use nautobot_db::{Error, Nautobot};
use testbed::Postgres;
use tokio::{task::JoinSet, time::timeout};

use crate::{OURS, open, settings, within};

/// Watches the server for about four seconds, and returns the most sessions of ours it saw at the same time.
const PEAK: &str = "
CREATE TEMPORARY TABLE peak (sessions int);
DO $$
DECLARE top int := 0; now int;
BEGIN
    FOR i IN 1..800 LOOP
        PERFORM pg_stat_clear_snapshot();
        SELECT count(*) INTO now FROM pg_stat_activity WHERE OURS;
        top := greatest(top, now);
        PERFORM pg_sleep(0.005);
    END LOOP;
    INSERT INTO peak VALUES (top);
END $$;
SELECT sessions FROM peak";

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_reads_stay_within_the_budget_while_queries_are_abandoned() {
    let database = Postgres::shared().database("schema-1.0.3");
    database.psql("CREATE ROLE limited LOGIN CONNECTION LIMIT 2");
    let nautobot = Nautobot::open(&settings(database.url_for("limited"))).unwrap();
    let peak = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| database.psql(&PEAK.replace("OURS", OURS)));
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let mut reads = JoinSet::new();
                for index in 0..200 {
                    reads.spawn(read(nautobot.clone(), index % 20 == 0));
                }
                while let Some(outcome) = reads.join_next().await {
                    outcome.unwrap().unwrap();
                }
            });
        });
        watcher.join().unwrap()
    });
    drop(nautobot);
    database.psql("DROP ROLE limited");
    assert_eq!(peak, "2");
}

async fn read(nautobot: Nautobot, gives_up: bool) -> Result<(), Error> {
    let reading = nautobot.read(within(30.0)).await?;
    if gives_up {
        let query = reading.query("SELECT pg_sleep(30)::text", &[]);
        timeout(Duration::from_millis(20), query).await.unwrap_err();
        return Ok(());
    }
    reading.query("SELECT pg_sleep(0.002)::text", &[]).await?;
    reading.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exhausted_budget_is_an_error_that_names_the_setting() {
    let database = Postgres::shared().database("schema-1.0.3");
    let nautobot = open(&database);
    let (one, other) = tokio::join!(nautobot.read(within(5.0)), nautobot.read(within(5.0)));
    let error = nautobot.read(within(0.1)).await.unwrap_err();
    assert!(matches!(error, Error::Busy { limit: 2, .. }), "{error}");
    assert!(error.to_string().contains("max_connections"), "{error}");
    one.unwrap().finish().await.unwrap();
    other.unwrap().finish().await.unwrap();
    nautobot.ping(within(5.0)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_given_up_at_any_moment_leave_the_budget_whole() {
    let database = Postgres::shared().database("schema-1.0.3");
    let nautobot = open(&database);
    for microseconds in (0..20_000).step_by(400) {
        let read = async {
            let reading = nautobot.read(within(5.0)).await?;
            reading.query("SELECT 1", &[]).await?;
            reading.finish().await
        };
        let _ = timeout(Duration::from_micros(microseconds), read).await;
    }
    let (one, other) = tokio::join!(nautobot.read(within(5.0)), nautobot.read(within(5.0)));
    assert!(one.is_ok() && other.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_at_work_on_the_whole_budget_is_up_for_as_long_as_a_statement_may_take() {
    let server = Postgres::start().unwrap();
    let database = server.database("schema-1.0.3");
    let mut settings = settings(database.url());
    settings.statement_timeout = Duration::from_secs(3);
    let nautobot = Nautobot::open(&settings).unwrap();
    let (one, other) = tokio::join!(nautobot.read(within(60.0)), nautobot.read(within(60.0)));
    let (one, other) = (one.unwrap(), other.unwrap());
    let sleep = "SELECT pg_sleep(2)::text";
    let (slow, slower, ping) =
        tokio::join!(one.query(sleep, &[]), other.query(sleep, &[]), nautobot.ping(within(0.4)));
    assert!(slow.is_ok() && slower.is_ok() && ping.is_ok(), "{ping:?}");

    server.pause();
    tokio::time::sleep(settings.statement_timeout).await;
    let error = nautobot.ping(within(0.4)).await.unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    server.resume();
    one.finish().await.unwrap();
    other.finish().await.unwrap();
    nautobot.ping(within(5.0)).await.unwrap();
}
