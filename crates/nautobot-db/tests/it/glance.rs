use std::{sync::Arc, time::Duration};

use nautobot_db::{Nautobot, Reuse};
use testbed::Postgres;

use crate::{open, settings, within};

/// Longer than any test runs.
const WHENEVER: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_new_enough_for_all_who_asked_before_it() {
    let database = Postgres::shared().database("schema-1.0.3");
    let nautobot = open(&database);
    let first = nautobot.glance(Duration::ZERO, within(5.0)).await.unwrap();
    let shared = nautobot.glance(WHENEVER, within(5.0)).await.unwrap();
    assert!(Arc::ptr_eq(&first, &shared));
    let own = nautobot.glance(Duration::ZERO, within(5.0)).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &own));
    assert!(Arc::ptr_eq(first.schema(), own.schema()), "what it shows has not changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_stands_until_its_table_changes() {
    let database = Postgres::shared().database("schema-1.0.3");
    let nautobot = open(&database);
    let look = || nautobot.glance(Duration::ZERO, within(5.0));
    let glance = look().await.unwrap();
    let tags = glance.keep("tags", &["extras_tag", "no_such_table"]).unwrap();
    let sites = glance.keep("sites", &["dcim_site"]).unwrap();
    assert!(tags.stands(&glance) && sites.stands(&look().await.unwrap()));

    database.psql("INSERT INTO extras_tag (id, name, slug, color, description, _custom_field_data) VALUES (gen_random_uuid(), 'x', 'x', '', '', '{}')");
    testbed::eventually("the change is counted", Duration::from_secs(13), || {
        database.psql("SELECT pg_stat_get_tuples_inserted('extras_tag'::regclass)") == "1"
    });
    let now = look().await.unwrap();
    assert!(!tags.stands(&now) && sites.stands(&now));
    assert_eq!((*sites.value(), sites.age() < WHENEVER), ("sites", true));

    database.psql("CREATE TABLE no_such_table ()");
    assert!(!sites.stands(&look().await.unwrap()), "another table may be what is meant now");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_servers_none_is_believed() {
    let database = Postgres::shared().database("schema-1.0.3");
    let url = database.url();
    let port = url.rsplit([':', '/']).nth(1).unwrap();
    let url = format!("postgresql://postgres@127.0.0.1:{port},localhost:{port}/{}", database.name());
    let nautobot = Nautobot::open(&settings(url)).unwrap();
    let glance = nautobot.glance(Duration::ZERO, within(5.0)).await.unwrap();
    assert!(glance.keep((), &["extras_tag"]).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_to_be_reused_is_not_kept() {
    let database = Postgres::shared().database("schema-1.0.3");
    let mut settings = settings(database.url());
    settings.reuse = Reuse::Off;
    let nautobot = Nautobot::open(&settings).unwrap();
    assert!(nautobot.glance(Duration::ZERO, within(5.0)).await.unwrap().keep((), &["extras_tag"]).is_none());
}
