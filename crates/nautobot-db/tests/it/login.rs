use nautobot_db::{Error, Nautobot};
use testbed::Postgres;

use crate::{number, open, settings, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_used_and_a_wrong_one_is_refused_without_showing_it() {
    let database = Postgres::shared().database("schema-1.0.3");
    let right = Nautobot::open(&settings(database.url_for("scram:scram"))).unwrap();
    right.ping(within(5.0)).await.unwrap();

    let wrong = Nautobot::open(&settings(database.url_for("scram:canary"))).unwrap();
    let error = wrong.ping(within(5.0)).await.unwrap_err();
    assert!(matches!(&error, Error::Authentication { sqlstate, .. } if sqlstate == "28P01"), "{error}");
    let shown = format!("{error} {error:?} {wrong:?} {}", wrong.target());
    assert!(shown.contains(database.name()) && shown.contains("127.0.0.1"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_database_is_a_refused_login() {
    let database = Postgres::shared().database("schema-1.0.3");
    let mut settings = settings(database.url());
    settings.name = Some("missing".into());
    let error = Nautobot::open(&settings).unwrap().ping(within(5.0)).await.unwrap_err();
    assert!(matches!(&error, Error::Authentication { sqlstate, .. } if sqlstate == "3D000"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_can_be_written() {
    let database = Postgres::shared().database("schema-1.0.3");
    let nautobot = open(&database);
    let error = number(&nautobot, "DELETE FROM dcim_device").await.unwrap_err();
    assert!(matches!(&error, Error::Query { sqlstate, .. } if sqlstate == "25006"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_the_role_may_not_read_is_named_with_the_way_out() {
    let database = Postgres::shared().database("schema-1.0.3");
    database.psql("REVOKE ALL ON dcim_device FROM reader");
    let nautobot = Nautobot::open(&settings(database.url_for("reader"))).unwrap();
    nautobot.schema(within(5.0)).await.unwrap();
    let error = number(&nautobot, "SELECT count(*) FROM dcim_device").await.unwrap_err().to_string();
    assert!(error.contains("dcim_device") && error.contains("SELECT"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_down_is_passed_over_for_the_next() {
    let database = Postgres::shared().database("schema-1.0.3");
    let dead = testbed::free_port().unwrap();
    let url = database.url().replace("@127.0.0.1:", &format!("@127.0.0.1:{dead},127.0.0.1:"));
    Nautobot::open(&settings(url)).unwrap().ping(within(5.0)).await.unwrap();
}
