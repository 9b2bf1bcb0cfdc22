use nautobot_collectors::Schedules;
use testbed::{Database, Samples};

use super::{by_label, collect, database, insert, insert_result, value};

const COUNTS: [&str; 4] = ["enabled", "overdue", "failing", "unknown_next_run"];
const OVERDUE_SECONDS: &str = "nautobot_schedule_overdue_seconds";

/// Inserts a daily schedule of UTC that was made and started 100 days ago and ran an hour ago, unless said otherwise.
pub(super) fn insert_schedule(database: &Database, name: &str, but: &[(&str, &str)]) {
    let name = format!("'{name}'");
    let usual = [
        ("id", "gen_random_uuid()"),
        ("name", &*name),
        ("task", "''"),
        ("job_class", "''"),
        ("interval", "'daily'"),
        ("crontab", "''"),
        ("args", "'[]'::jsonb"),
        ("kwargs", "'{}'::jsonb"),
        ("celery_kwargs", "'{}'::jsonb"),
        ("one_off", "false"),
        ("start_time", "now() - interval '100 days'"),
        ("enabled", "true"),
        ("last_run_at", "now() - interval '1 hour'"),
        ("total_run_count", "7"),
        ("date_changed", "now() - interval '100 days 1 minute'"),
        ("description", "''"),
        ("approval_required", "false"),
        ("state", "'active'"),
        ("time_zone", "'UTC'"),
        ("headers", "''"),
    ];
    let is_usual = |(column, _): &(&str, &str)| !but.iter().any(|(other, _)| other == column);
    let columns: Vec<_> = usual.into_iter().filter(is_usual).chain(but.iter().copied()).collect();
    insert(database, "extras_scheduledjob", &columns);
}

/// Inserts one that ran last when it was due, so long ago.
fn insert_ran(database: &Database, name: &str, interval: &str, ago: &str) {
    let interval = format!("'{interval}'");
    let (start, last_run) =
        (format!("now() - interval '70 days' - interval '{ago}'"), format!("now() - interval '{ago}'"));
    let but = [("interval", &*interval), ("start_time", &*start), ("last_run_at", &*last_run)];
    insert_schedule(database, name, &but);
}

/// In the order of [`COUNTS`].
fn counts(samples: &Samples) -> Option<[f64; 4]> {
    let mut counts = [0.0; 4];
    for (count, name) in counts.iter_mut().zip(COUNTS) {
        *count = value(samples, &format!("nautobot_schedules_{name}"))?;
    }
    Some(counts)
}

fn overdue(samples: &Samples) -> Vec<(String, f64)> {
    let hours = |seconds: f64| (seconds / 360.0).floor() / 10.0;
    by_label(samples, OVERDUE_SECONDS, "schedule").into_iter().map(|(name, age)| (name, hours(age))).collect()
}

fn without_schedules(dataset: &str) -> Database {
    let database = database(dataset);
    database.psql("TRUNCATE extras_scheduledjob CASCADE");
    database
}

/// What each line calls the reference of a result.
fn insert_run(database: &Database, schedule: &str, status: &str, created: &str) {
    let schedule = format!("(SELECT id FROM extras_scheduledjob WHERE name = '{schedule}')");
    let of = [("schedule_id", &*schedule), ("scheduled_job_id", &*schedule)];
    insert_result(database, "x", status, created, created, &of);
}

#[tokio::test]
async fn what_the_scheduler_has_missed_is_overdue() {
    for dataset in ["nautobot-1.6.32", "nautobot-2.4.44", "nautobot-3.2.7"] {
        let database = without_schedules(dataset);
        let add = |name, but: &[(&str, &str)]| insert_schedule(&database, name, but);
        add("in time", &[]);
        insert_ran(&database, "daily", "daily", "27 hours 3 minutes");
        insert_ran(&database, "hourly", "hourly", "63 minutes");
        insert_ran(&database, "hourly, late", "hourly", "93 minutes");
        insert_ran(&database, "weekly", "weekly", "6 days");
        add(
            "daily, after a late run",
            &[
                ("start_time", "now() - interval '99 days 2 hours 15 minutes'"),
                ("last_run_at", "now() - interval '16 hours'"),
            ],
        );
        add(
            "crontab",
            &[
                ("interval", "'custom'"),
                ("crontab", "'*/5 * * * *'"),
                ("last_run_at", "now() - interval '2 minutes'"),
            ],
        );
        add(
            "crontab, late",
            &[
                ("interval", "'custom'"),
                ("crontab", "'* * * * *'"),
                ("last_run_at", "now() - interval '123 minutes'"),
            ],
        );
        add("never ran", &[("last_run_at", "NULL"), ("start_time", "now() - interval '9 hours 3 minutes'")]);
        add("to come", &[("last_run_at", "NULL"), ("start_time", "now() + interval '9 hours'")]);
        add(
            "once, missed",
            &[
                ("interval", "'future'"),
                ("one_off", "true"),
                ("last_run_at", "NULL"),
                ("start_time", "now() - interval '33 minutes'"),
            ],
        );
        add("once, done", &[("interval", "'future'"), ("one_off", "true")]);
        add("disabled", &[("enabled", "false"), ("state", "'completed'"), ("last_run_at", "NULL")]);
        let samples = collect(&database, Schedules::new).await;
        assert_eq!(
            overdue(&samples),
            [
                ("crontab, late", 2.0),
                ("daily", 3.0),
                ("daily, after a late run", 2.2),
                ("hourly, late", 0.5),
                ("never ran", 9.0),
                ("once, missed", 0.5)
            ]
            .map(|(name, hours)| (name.to_owned(), hours)),
            "{dataset}"
        );
        assert_eq!(counts(&samples), Some([12.0, 6.0, 0.0, 0.0]), "{dataset}");
    }
}

#[tokio::test]
async fn the_newest_finished_run_tells_whether_a_schedule_fails() {
    for (dataset, [running, done, failed]) in [
        ("nautobot-1.6.32", ["running", "completed", "errored"]),
        ("nautobot-2.4.44", ["STARTED", "SUCCESS", "FAILURE"]),
    ] {
        let database = without_schedules(dataset);
        let run = |name, status, created| insert_run(&database, name, status, created);
        for name in ["fails", "recovered", "runs again", "never finished", "fails and is off"] {
            insert_schedule(
                &database,
                name,
                &[("enabled", if name.ends_with("off") { "false" } else { "true" })],
            );
        }
        run("fails", done, "now() - interval '2 days'");
        run("fails", failed, "now() - interval '1 day'");
        run("fails and is off", failed, "now() - interval '1 day'");
        run("recovered", failed, "now() - interval '2 days'");
        run("recovered", done, "now() - interval '1 day'");
        run("runs again", failed, "now() - interval '1 day'");
        run("runs again", running, "now() - interval '1 minute'");
        run("never finished", running, "now() - interval '1 minute'");
        assert_eq!(
            counts(&collect(&database, Schedules::new).await),
            Some([4.0, 0.0, 2.0, 0.0]),
            "{dataset}"
        );
    }
}

#[tokio::test]
async fn only_what_is_approved_is_enabled() {
    for dataset in ["nautobot-1.6.32", "nautobot-2.4.44", "nautobot-3.2.7"] {
        let database = without_schedules(dataset);
        let add = |name, but: &[(&str, &str)]| insert_schedule(&database, name, but);
        add("free", &[]);
        add("approved", &[("approval_required", "true"), ("approved_at", "now()")]);
        add("waits", &[("approval_required", "true"), ("state", "'pending'"), ("last_run_at", "NULL")]);
        add("given up", &[("enabled", "false"), ("state", "'errored'")]);
        let samples = collect(&database, Schedules::new).await;
        assert_eq!(counts(&samples), Some([2.0, 0.0, 0.0, 0.0]), "{dataset}");
        let errored = (dataset == "nautobot-3.2.7").then_some(1.0);
        assert_eq!(value(&samples, "nautobot_schedules_errored"), errored, "{dataset}");
    }
}

#[tokio::test]
async fn nautobot_3_0_decides_where_2_4_approved() {
    let database = without_schedules("nautobot-3.2.7");
    database.psql(
        "ALTER TABLE extras_scheduledjob DROP COLUMN state, ADD COLUMN approval_required boolean NOT NULL DEFAULT false",
    );
    insert_schedule(&database, "free", &[]);
    insert_schedule(&database, "decided", &[("approval_required", "true"), ("decision_date", "now()")]);
    insert_schedule(&database, "waits", &[("approval_required", "true")]);
    assert_eq!(counts(&collect(&database, Schedules::new).await), Some([2.0, 0.0, 0.0, 0.0]));
}

#[tokio::test]
async fn nautobot_1_2_has_no_crontabs() {
    let database = without_schedules("nautobot-1.6.32");
    database.psql("ALTER TABLE extras_scheduledjob DROP COLUMN crontab");
    insert_schedule(&database, "daily", &[("last_run_at", "now() - interval '27 hours'")]);
    assert_eq!(counts(&collect(&database, Schedules::new).await), Some([1.0, 1.0, 0.0, 0.0]));
}

/// Weekly schedules of Nautobot 1.2 and 1.3 run a day before the day of the week of their start.
#[tokio::test]
async fn nautobot_1_3_runs_weekly_schedules_a_day_early() {
    let database = without_schedules("nautobot-1.6.32");
    let but = [
        ("interval", "'weekly'"),
        ("start_time", "now() - interval '69 days 12 hours'"),
        ("last_run_at", "now() - interval '4 days'"),
    ];
    insert_schedule(&database, "weekly", &but);
    assert_eq!(counts(&collect(&database, Schedules::new).await), Some([1.0, 0.0, 0.0, 0.0]));
    database
        .psql("DROP TABLE dcim_interfaceredundancygroup, dcim_deviceredundancygroup, dcim_location CASCADE");
    assert_eq!(overdue(&collect(&database, Schedules::new).await), [("weekly".to_owned(), 12.0)]);
}

#[tokio::test]
async fn nautobot_1_0_has_no_schedules() {
    assert!(collect(&database("nautobot-1.0.3"), Schedules::new).await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_told_costs_nothing_else() {
    let database = without_schedules("nautobot-2.4.44");
    let add = |name, but: &[(&str, &str)]| insert_schedule(&database, name, but);
    add("no crontab", &[("interval", "'custom'"), ("crontab", "'whenever'")]);
    add("never comes", &[("interval", "'custom'"), ("crontab", "'0 0 31 2 *'")]);
    add("nowhere", &[("time_zone", "'Mars/Olympus'")]);
    add("yearly", &[("interval", "'yearly'")]);
    add("for ever ago", &[("last_run_at", "'-infinity'::timestamptz")]);
    add("at no time", &[("last_run_at", "'infinity'::timestamptz")]);
    add("far ahead", &[("last_run_at", "'2999-01-01'::timestamptz")]);
    insert_ran(&database, "late", "daily", "27 hours");
    insert_ran(&database, "ü \"☃\" \\ ''x''", "daily", "28 hours");
    let samples = collect(&database, Schedules::new).await;
    assert_eq!(counts(&samples), Some([9.0, 2.0, 0.0, 6.0]));
    assert_eq!(overdue(&samples), [("late".to_owned(), 3.0), ("ü \"☃\" \\ 'x'".to_owned(), 4.0)]);
}

#[tokio::test]
async fn the_hundred_that_are_overdue_for_longest_are_named_once() {
    let database = without_schedules("nautobot-1.6.32");
    for hours in 1..=105 {
        insert_ran(&database, &format!("s{:03}", hours.min(104)), "daily", &format!("{} hours", 24 + hours));
    }
    let samples = collect(&database, Schedules::new).await;
    assert_eq!(counts(&samples), Some([105.0, 105.0, 0.0, 0.0]));
    let named = overdue(&samples);
    assert_eq!(
        (named.len(), &named[0], &named[99]),
        (100, &("s005".to_owned(), 5.0), &("s104".to_owned(), 105.0))
    );
}

#[tokio::test]
async fn a_small_company_is_told_what_it_has_missed() {
    let database = database("nautobot-2.4.44");
    // Nothing is due just now, by the minute of its start.
    database.psql(
        "UPDATE extras_scheduledjob
         SET start_time = start_time - interval '20 minutes', date_changed = start_time - interval '21 minutes',
             time_zone = 'Europe/Berlin'",
    );
    let samples = collect(&database, Schedules::new).await;
    let missed =
        ["crontab, overdue", "daily, overdue", "hourly, overdue", "never ran", "no job", "once, missed"];
    assert_eq!(overdue(&samples).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), missed);
    assert_eq!(value(&samples, "nautobot_schedules_unknown_next_run"), Some(1.0));
}
