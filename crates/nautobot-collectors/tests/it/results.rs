//! What the two databases do not hold: rows of these tests' own, on other lines too.

use std::time::Duration;

use metrics_core::{BoxCollector, Limits};
use nautobot_collectors::{Jobs, Settings};
use testbed::{Postgres, Samples};

use crate::it::page::{self, status, task};

const STATUS: &str = "nautobot_job_execution_status";
const TASKS: &str = "nautobot_job_task_stats";
const REPOSITORY_STATUS: &str = "nautobot_gitrepository_execution_status";
const REPOSITORY_TASKS: &str = "nautobot_gitrepository_task_stats";
const SYNC_STATUS: &str = "nautobot_git_repository_execution_status";

#[tokio::test]
async fn a_queued_sync_is_a_sync_and_not_a_job() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    database.psql(
        "INSERT INTO extras_jobresult
         SELECT (jsonb_populate_record(r, jsonb_build_object(
             'id', gen_random_uuid(), 'task_name', NULL, 'status', 'PENDING', 'date_done', NULL,
             'date_created', '2030-01-01', 'task_kwargs', jsonb_build_object('repository', g.id)))).*
         FROM extras_gitrepository g, extras_jobresult r
         WHERE g.name = 'Ref good' AND r.id = (
             SELECT id FROM extras_jobresult WHERE name = 'Git Repository: Sync' AND job_model_id IS NOT NULL LIMIT 1)",
    );
    let syncs = page::gitrepositories(&database).await;
    assert_eq!(status(&syncs, SYNC_STATUS, "Git Repository: Sync"), [("PENDING", 1.0)]);
    assert_eq!(status(&syncs, REPOSITORY_STATUS, "Ref good"), [("PENDING", 1.0)]);
    assert_eq!(task(&syncs, REPOSITORY_TASKS, "Ref good", "total"), [0.0; 4]);
    assert_eq!(status(&syncs, REPOSITORY_STATUS, "Ref broken"), [("FAILURE", 1.0)]);
    assert_eq!(status(&page::jobs(&database).await, STATUS, "Git Repository: Sync"), []);
}

#[tokio::test]
async fn a_deleted_repository_is_gone_and_a_renamed_one_has_its_new_name() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    database.psql(
        "DELETE FROM extras_gitrepository WHERE name = 'Ref broken';
         UPDATE extras_gitrepository SET name = 'renamed' WHERE name = 'Ref good';
         UPDATE extras_jobresult SET task_kwargs = '\"no object\"' WHERE name = 'Git job of deleted repo'",
    );
    let syncs = page::gitrepositories(&database).await;
    assert_eq!(status(&syncs, REPOSITORY_STATUS, "Ref broken"), []);
    assert_eq!(status(&syncs, REPOSITORY_STATUS, "Ref good"), []);
    assert_eq!(status(&syncs, REPOSITORY_STATUS, "renamed"), [("SUCCESS", 1.0)]);
    assert_eq!(status(&syncs, SYNC_STATUS, "Git job of deleted repo"), [("FAILURE", 1.0)]);
}

#[tokio::test]
async fn of_results_created_at_the_same_time_the_greater_id_counts() {
    let database = Postgres::shared().database("nautobot-1.6.32");
    let insert = |id: &str, status: &str| {
        database.psql(&format!(
            "INSERT INTO extras_jobresult (id, name, created, status, job_id, obj_type_id, _custom_field_data)
             SELECT '{id}', 'twins', '2023-01-01', '{status}', gen_random_uuid(), id, '{{}}'
             FROM django_content_type WHERE app_label = 'extras' AND model = 'job'"
        ));
    };
    insert("00000000-0000-4000-8000-00000000000b", "completed");
    insert("00000000-0000-4000-8000-00000000000a", "failed");
    assert_eq!(status(&page::jobs(&database).await, STATUS, "twins"), [("completed", 1.0)]);
}

#[tokio::test]
async fn a_grouping_named_total_is_in_the_total_and_one_without_counted_levels_is_zero() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    database.psql(
        "INSERT INTO extras_joblogentry (id, log_level, grouping, message, created, log_object, absolute_url, job_result_id)
         SELECT gen_random_uuid(), level, grouping, '', now(), '', '', r.id
         FROM (VALUES ('success', 'total'), ('critical', 'total'), ('info', ''), ('debug', 'quiet \"ü\"'), ('info', 'Total'))
             AS entry (level, grouping), extras_jobresult r
         WHERE r.name = 'Synthetic REVOKED'",
    );
    let jobs = page::jobs(&database).await;
    let of = |name| task(&jobs, TASKS, "Synthetic REVOKED", name);
    let before = {
        let logs = Postgres::shared().database("nautobot-3.2.7");
        task(&page::jobs(&logs).await, TASKS, "Synthetic REVOKED", "total")
    };
    let added: Vec<f64> = of("total").iter().zip(before).map(|(now, before)| now - before).collect();
    assert_eq!(added, [1.0, 2.0, 1.0, 0.0], "failure, info, success, warning");
    assert_eq!(of(""), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(of("Total"), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(of("quiet \"ü\""), [0.0; 4]);
}

#[tokio::test]
async fn nautobot_2_4_is_read_as_3_2_is() {
    let database = Postgres::shared().database("schema-2.4.44");
    let insert = |name: &str, created: &str, status: &str, task_name: &str| {
        database.psql(&format!(
            "INSERT INTO extras_jobresult
                 (id, name, date_created, status, task_name, _custom_field_data, task_args, task_kwargs, celery_kwargs)
             VALUES (gen_random_uuid(), '{name}', '{created}', '{status}', {task_name}, '{{}}', '[]', '{{}}', '{{}}')"
        ));
    };
    insert("Backup", "2024-01-01", "PENDING", "NULL");
    insert("Backup", "2024-01-02", "IGNORED", "'backup.Backup'");
    insert("Sync", "2024-01-01", "SUCCESS", "'nautobot.core.jobs.GitRepositorySync'");

    let jobs = page::jobs(&database).await;
    assert_eq!(status(&jobs, STATUS, "Backup"), [("IGNORED", 1.0)]);
    assert_eq!(jobs[STATUS].len(), 8);
    assert_eq!(task(&jobs, TASKS, "Backup", "total"), [0.0; 4]);
    let syncs = page::gitrepositories(&database).await;
    assert_eq!(status(&syncs, SYNC_STATUS, "Sync"), [("SUCCESS", 1.0)]);
    assert_eq!(syncs.len(), 1, "no repository, no family of repositories");
}

#[tokio::test]
async fn nautobot_1_0_counts_what_data_says() {
    let database = Postgres::shared().database("schema-1.0.3");
    database.psql(
        r#"INSERT INTO django_content_type (app_label, model) VALUES ('other', 'job'), ('extras', 'job');
           INSERT INTO extras_jobresult (id, name, created, status, data, job_id, obj_type_id)
           SELECT gen_random_uuid(), name, '2021-01-01', 'completed', data::jsonb, gen_random_uuid(), id
           FROM (VALUES
               ('whole', '{"main": {"success": 1, "info": 2, "warning": 3, "failure": 4, "log": []},
                           "total": {"success": 5, "info": 6, "warning": 7, "failure": 8}, "output": "text"}'),
               ('no total', '{"a": {"success": 1, "info": 2, "warning": 3, "failure": 4},
                              "b": {"success": 10, "info": 20, "warning": 30, "failure": 40}}'),
               ('odd', '{"list": [1, 2], "text": "x", "half": {"success": 1, "info": null, "warning": 1.5}, "output": {}}'),
               ('bad total', '{"a": {"success": 1, "info": 2, "warning": 3, "failure": 4}, "total": "many"}'),
               ('half total', '{"a": {"success": 1, "info": 2, "warning": 3, "failure": 4},
                                "total": {"success": 5, "info": -6, "warning": 7.5}}'),
               ('negative', '{"a": {"success": -1, "info": 2, "warning": "-3", "failure": "4"}}'),
               ('huge', '{"a": {"info": 999999999999999999}, "b": {"info": 999999999999999999},
                          "c": {"info": 999999999999999999}, "d": {"info": 999999999999999999},
                          "e": {"info": 999999999999999999}, "f": {"info": 999999999999999999},
                          "g": {"info": 999999999999999999}, "h": {"info": 999999999999999999},
                          "i": {"info": 999999999999999999}, "j": {"info": 999999999999999999}}'),
               ('queued', NULL), ('list', '[1]'), ('text', '"x"'), ('null', 'null')) AS result (name, data),
               django_content_type WHERE app_label = 'extras' AND model = 'job'"#,
    );
    let jobs = page::jobs(&database).await;
    let of = |module, name| task(&jobs, TASKS, module, name);
    assert_eq!(of("whole", "main"), [4.0, 2.0, 1.0, 3.0]);
    assert_eq!(of("whole", "total"), [8.0, 6.0, 5.0, 7.0]);
    assert!(of("whole", "output").is_empty());
    assert_eq!(of("no total", "b"), [40.0, 20.0, 10.0, 30.0]);
    assert_eq!(of("no total", "total"), [44.0, 22.0, 11.0, 33.0]);
    assert_eq!((of("odd", "list"), of("odd", "text"), of("odd", "half")), (vec![], vec![], vec![1.0]));
    assert_eq!(of("bad total", "total"), [4.0, 2.0, 1.0, 3.0]);
    assert_eq!(of("half total", "total"), [4.0, 2.0, 5.0, 3.0], "each that is none is the sum");
    assert_eq!(of("negative", "a"), [4.0, 2.0]);
    assert_eq!(of("negative", "total"), [4.0, 2.0, 0.0, 0.0]);
    assert_eq!(of("huge", "total"), [0.0, 9_223_372_036_854_775_807.0, 0.0, 0.0], "the greatest bigint");
    for module in ["odd", "queued", "list", "text", "null"] {
        assert_eq!(status(&jobs, STATUS, module), [("completed", 1.0)]);
        assert_eq!(of(module, "total").len(), 4);
    }
    assert!(page::gitrepositories(&database).await.is_empty());
}

/// Gives the newest result of a name so many groupings, of one entry each.
fn add_groupings(database: &testbed::Database, name: &str, groupings: usize) {
    database.psql(&format!(
        "INSERT INTO extras_joblogentry (id, log_level, grouping, message, created, log_object, absolute_url, job_result_id)
         SELECT gen_random_uuid(), 'info', 'grouping ' || n, '', now(), '', '', r.id
         FROM generate_series(1, {groupings}) n, extras_jobresult r
         WHERE r.id = (SELECT id FROM extras_jobresult WHERE name = '{name}' ORDER BY date_created DESC, id DESC LIMIT 1)"
    ));
}

/// Series of the family, but for those of groupings.
fn essential(samples: &Samples, family: &str) -> Vec<(Vec<(String, String)>, f64)> {
    let series = samples[family].iter().map(|(labels, value)| (labels.clone(), *value));
    series.filter(|(labels, _)| ["total", ""].contains(&page::label(labels, "name"))).collect()
}

#[tokio::test]
async fn the_groupings_of_one_job_cost_no_other_its_status_or_total() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let before = page::jobs(&database).await;
    add_groupings(&database, "Multi run", 13_000);
    let whole = page::jobs(&database).await;
    assert_eq!(before[STATUS], whole[STATUS]);
    assert_eq!(whole[TASKS].len() - before[TASKS].len(), 4 * (1_000 - groupings(&before, "Multi run")));
    let total = |samples| task(samples, TASKS, "Multi run", "total")[1];
    assert_eq!(total(&whole) - total(&before), 13_000.0);

    let jobs = before[STATUS].keys().filter(|labels| page::label(labels, "status") == "SUCCESS").count();
    let statuses_and_totals = whole[STATUS].len() + 4 * jobs;
    for spare in [0, 100] {
        let collector = BoxCollector::new(Jobs::new(page::open(&database, &Settings::default())));
        let limits = Limits::default().max_series(statuses_and_totals + spare);
        let gathered = page::gather_limited(vec![collector], Duration::from_secs(20), limits).await;
        let limited = page::samples(&gathered);
        assert_eq!(limited[STATUS], whole[STATUS]);
        assert_eq!(limited[TASKS].len(), 4 * jobs + spare);
        let totals = |samples| essential(samples, TASKS);
        assert!(spare > 0 || totals(&limited).len() == 4 * jobs, "only totals");
        for (labels, value) in &limited[TASKS] {
            assert_eq!(whole[TASKS][labels], *value);
        }
    }
}

fn groupings(samples: &Samples, module: &str) -> usize {
    let of_module = samples[TASKS].keys().filter(|labels| page::label(labels, "module") == module);
    of_module.count() / 4 - 1
}
