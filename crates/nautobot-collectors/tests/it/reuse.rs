//! What has not changed is not read again, and what has is right: whatever happens to the database in between.

use std::process::Command;
use std::time::Duration;

use metrics_core::Registry;
use nautobot_db::{Nautobot, Reuse};
use testbed::{Database, Postgres, Samples, eventually};

use crate::it::access::Access;
use crate::it::page;

/// PostgreSQL counts a change at most 10 seconds after it was made.
const LAG: Duration = Duration::from_secs(13);

/// Exporters of one database side by side, one for each setting.
struct Exporters {
    auto: Exporter,
    exact: Exporter,
    off: Exporter,
}

struct Exporter(Registry);

impl Exporters {
    async fn of(database: &Database) -> Self {
        let exporters = Self {
            auto: Exporter::new(database, Reuse::Auto),
            exact: Exporter::new(database, Reuse::Exact),
            off: Exporter::new(database, Reuse::Off),
        };
        let page = exporters.off.page().await;
        assert_eq!((exporters.auto.page().await, exporters.exact.page().await), (page.clone(), page));
        exporters
    }

    /// Holds that every page is right: that of `exact` at once, that of `auto` within the lag.
    async fn are_right(&self) -> Samples {
        let exact = self.exact.page().await;
        assert_eq!(exact, self.off.page().await);
        let start = tokio::time::Instant::now();
        loop {
            let auto = self.auto.page().await;
            if auto == exact {
                return exact;
            }
            assert!(start.elapsed() < LAG, "it is still wrong after {:?}", start.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Exporter {
    fn new(database: &Database, reuse: Reuse) -> Self {
        Self::with(database, |settings| settings.reuse = reuse)
    }

    fn with(database: &Database, set: impl Fn(&mut nautobot_db::Settings)) -> Self {
        let models =
            r#"{"dcim": {"Location": true, "Rack": true}, "extras": {"Tag": true, "JobResult": true}}"#;
        let mut settings = Access::to(database, &page::with_models(models)).settings();
        set(&mut settings);
        Self(page::registry(&Nautobot::open(&settings).unwrap(), models))
    }

    /// What a page says of Nautobot.
    async fn page(&self) -> Samples {
        page::samples(&page::scrape(&self.0).await)
    }

    /// How many tables were counted for a page, and how many stood; and whether the results of jobs and syncs did.
    async fn readings(&self) -> [f64; 4] {
        let samples = page::all_samples(&page::scrape(&self.0).await);
        [
            "nautobot_model_tables_counted",
            "nautobot_model_tables_stood",
            "nautobot_job_results_stood",
            "nautobot_gitrepository_results_stood",
        ]
        .map(|family| samples[family][&Vec::new()])
    }
}

fn count(samples: &Samples, model: &str) -> f64 {
    let counts = &samples["nautobot_model_count"];
    let of_model = counts.iter().find(|(labels, _)| page::label(labels, "name") == model);
    *of_model.unwrap().1
}

const NEW_TAG: &str = "INSERT INTO extras_tag (id, name, color, description, _custom_field_data)
                       VALUES (gen_random_uuid(), gen_random_uuid(), '', '', '{}')";
const NEW_RESULT: &str = "INSERT INTO extras_jobresult
     (id, name, date_created, status, _custom_field_data, task_args, task_kwargs, celery_kwargs)
     VALUES (gen_random_uuid(), 'Backup', now(), 'SUCCESS', '{}', '[]', '{}', '{}')";

fn database() -> Database {
    let database = Postgres::shared().database("schema-2.4.44");
    for sql in [NEW_TAG, NEW_TAG, NEW_RESULT] {
        database.psql(sql);
    }
    database
}

/// Returns when the session is gone, which counts what it has changed before it goes.
fn change(database: &Database, sql: &str) {
    database.psql(sql);
    eventually("the session is gone", Duration::from_secs(10), || {
        let others = "usename = 'postgres' AND datname = current_database() AND pid <> pg_backend_pid()";
        database.psql(&format!("SELECT count(*) FROM pg_stat_activity WHERE {others}")) == "0"
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_table_that_changed_is_counted() {
    let database = database();
    let exporter = Exporter::new(&database, Reuse::Auto);
    assert_eq!(exporter.readings().await, [4.0, 0.0, 0.0, 0.0]);
    assert_eq!(exporter.readings().await, [0.0, 4.0, 1.0, 1.0]);
    change(&database, NEW_TAG);
    assert_eq!(exporter.readings().await, [1.0, 3.0, 1.0, 1.0]);
    change(&database, NEW_RESULT);
    assert_eq!(exporter.readings().await, [1.0, 3.0, 0.0, 0.0]);
    assert_eq!(exporter.readings().await, [0.0, 4.0, 1.0, 1.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn inserts_updates_and_deletes_show() {
    let database = database();
    let exporters = Exporters::of(&database).await;
    database.psql(NEW_TAG);
    assert_eq!(count(&exporters.are_right().await, "Tag"), 3.0);
    database.psql("UPDATE extras_jobresult SET status = 'FAILURE'");
    let page = exporters.are_right().await;
    assert_eq!(page::status(&page, "nautobot_job_execution_status", "Backup"), [("FAILURE", 1.0)]);
    database.psql("DELETE FROM extras_tag");
    assert_eq!(count(&exporters.are_right().await, "Tag"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn truncation_shows() {
    let database = database();
    let exporters = Exporters::of(&database).await;
    database.psql("TRUNCATE extras_tag CASCADE");
    assert_eq!(count(&exporters.are_right().await, "Tag"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_does_not_show() {
    let database = database();
    let exporters = Exporters::of(&database).await;
    database.psql(&format!("BEGIN; {NEW_TAG}; ROLLBACK"));
    assert_eq!(count(&exporters.are_right().await, "Tag"), 2.0);
    database.psql("BEGIN; TRUNCATE extras_tag CASCADE; ROLLBACK");
    assert_eq!(count(&exporters.are_right().await, "Tag"), 2.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_goes_on_shows_when_it_is_committed() {
    let database = database();
    let exporters = Exporters::of(&database).await;
    let mut session = database.session();
    session.run(&format!("BEGIN; {NEW_TAG}"));
    assert_eq!(count(&exporters.are_right().await, "Tag"), 2.0);
    session.run("COMMIT");
    // The session is idle now, and what it has changed is not counted yet.
    assert_eq!(count(&exporters.exact.page().await, "Tag"), 3.0);
    assert_eq!(count(&exporters.are_right().await, "Tag"), 3.0);
}

/// PostgreSQL counts at most once a second, and not within a transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_transaction_does_not_hide_what_its_session_did_before() {
    let database = database();
    let exporters = Exporters::of(&database).await;
    let mut session = database.session();
    session.run(NEW_TAG);
    session.run(&format!("{NEW_TAG}; BEGIN; SELECT 1"));
    assert_eq!(count(&exporters.exact.page().await, "Tag"), 4.0);
    assert_eq!(count(&exporters.are_right().await, "Tag"), 4.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_that_begin_anew_hide_nothing() {
    let database = database();
    for reset in ["pg_stat_reset()", "pg_stat_reset_single_table_counters('extras_tag'::regclass)"] {
        // So that the counters are the same before and after the change.
        database.psql(&format!("SELECT {reset}"));
        let exporters = Exporters::of(&database).await;
        let tags = count(&exporters.off.page().await, "Tag");
        change(&database, NEW_TAG);
        database.psql(&format!("SELECT {reset}"));
        assert_eq!(count(&exporters.auto.page().await, "Tag"), tags + 1.0, "{reset}");
        exporters.are_right().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_server_hides_nothing() {
    let mut postgres = Postgres::start().unwrap();
    let database = postgres.database("schema-2.4.44");
    let exporters = Exporters::of(&database).await;
    postgres.restart();
    assert_eq!(exporters.auto.readings().await[..2], [4.0, 0.0], "the server may be another one");
    database.psql(NEW_TAG);
    postgres.restart();
    assert_eq!(count(&exporters.are_right().await, "Tag"), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_hides_nothing() {
    let mut postgres = Postgres::start().unwrap();
    let database = postgres.database("schema-2.4.44");
    let exporters = Exporters::of(&database).await;

    // Of a backend: the postmaster lives on, and begins anew what all backends share. The server does not wait for the
    // disk, so that the newest commits may be lost.
    database.psql(NEW_TAG);
    exporters.are_right().await;
    let checkpointer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
    let before = database.psql(checkpointer);
    let _session = database.session();
    let backends = "SELECT min(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'";
    kill(&database.psql(&format!("{backends} AND pid <> pg_backend_pid()")));
    eventually("the server is back", Duration::from_secs(20), || {
        database.try_psql(checkpointer).is_ok_and(|pid| pid != before)
    });
    database.psql(NEW_TAG);
    exporters.are_right().await;

    // Of the postmaster.
    database.psql(NEW_TAG);
    exporters.are_right().await;
    kill(&postgres.pid().to_string());
    postgres.restart();
    exporters.are_right().await;
    database.psql(NEW_TAG);
    exporters.are_right().await;
}

fn kill(pid: &str) {
    assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_served_longer_than_allowed() {
    let database = database();
    let max_age = Duration::from_millis(300);
    let exporter = Exporter::with(&database, |settings| settings.reuse_max_age = max_age);
    assert_eq!(exporter.readings().await[..2], [4.0, 0.0]);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(exporter.readings().await[..2], [4.0, 0.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_counters_only_silence_is_trusted() {
    // Of its own, because what happens in any database of a cluster shows in all.
    let postgres = Postgres::start().unwrap();
    let database = postgres.database("schema-2.4.44");
    database.psql(&format!("ALTER DATABASE \"{}\" SET track_counts = off", database.name()));
    let exporter = Exporter::new(&database, Reuse::Auto);
    assert_eq!(exporter.readings().await[..2], [4.0, 0.0]);
    assert_eq!(exporter.readings().await[..2], [0.0, 4.0]);
    database.psql("SELECT txid_current()");
    assert_eq!(exporter.readings().await[..2], [4.0, 0.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_whose_changes_are_not_counted_is_not_believed() {
    let database = database();
    database.psql("CREATE ROLE uncounted SUPERUSER; ALTER ROLE uncounted SET track_counts = off");
    let exporters = Exporters::of(&database).await;
    let session = format!("SET SESSION AUTHORIZATION uncounted; SET track_counts = off; {NEW_TAG}");
    database.psql(&session);
    assert_eq!(count(&exporters.auto.page().await, "Tag"), 3.0);
    database.psql("DROP ROLE uncounted");
}

/// A copy has the oids, the files and the snapshot of what it was copied from.
#[tokio::test(flavor = "multi_thread")]
async fn another_database_of_the_same_name_is_another_one() {
    let database = database();
    let name = database.name();
    let exporters = Exporters::of(&database).await;
    let tags = count(&exporters.off.page().await, "Tag");
    database.psql(&format!(
        "\\c postgres\nALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false;
         SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}';
         CREATE DATABASE \"{name} copy\" TEMPLATE \"{name}\";
         ALTER DATABASE \"{name}\" RENAME TO \"{name} old\"; ALTER DATABASE \"{name} copy\" RENAME TO \"{name}\";
         \\c \"{name}\"\n{NEW_TAG}; {NEW_TAG}"
    ));
    // So many as were inserted into the other one.
    for exporter in [&exporters.auto, &exporters.exact] {
        assert_eq!(count(&exporter.page().await, "Tag"), tags + 2.0);
    }
    database.psql(&format!("\\c postgres\nDROP DATABASE \"{name} old\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_depends_on_more_than_its_table_is_always_read() {
    let database = database();
    database.psql(
        "ALTER TABLE extras_tag RENAME TO tags; CREATE VIEW extras_tag AS SELECT * FROM tags WHERE pg_sleep(0) IS NOT NULL;
         ALTER TABLE dcim_rack ENABLE ROW LEVEL SECURITY; CREATE TABLE more () INHERITS (dcim_location)",
    );
    let exporter = Exporter::new(&database, Reuse::Auto);
    assert_eq!(exporter.readings().await[..2], [4.0, 0.0]);
    assert_eq!(exporter.readings().await[..2], [3.0, 1.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_reused_where_nothing_is_to_be() {
    let database = database();
    let exporter = Exporter::new(&database, Reuse::Off);
    for _ in 0..2 {
        assert_eq!(exporter.readings().await, [4.0, 0.0, 0.0, 0.0]);
    }
}
