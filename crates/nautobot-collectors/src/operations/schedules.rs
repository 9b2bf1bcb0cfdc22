use std::collections::BTreeSet;

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Error, Line, Nautobot, Schema, TextRow};

use super::clock::Clock;
use super::source::{Source, Statement};
use crate::grants::Needs;
use crate::news::News;

mod crontab;
mod timetable;

use timetable::Timetable;

static ENABLED: Family<Gauge, 0> = Family::gauge(
    "nautobot_schedules_enabled",
    "Schedules of jobs that are enabled and approved where they have to be.",
    [],
)
.experimental();

static OVERDUE: Family<Gauge, 0> = Family::gauge(
    "nautobot_schedules_overdue",
    "Enabled schedules whose next run was due more than 5 minutes ago.",
    [],
)
.experimental();

static FAILING: Family<Gauge, 0> = Family::gauge(
    "nautobot_schedules_failing",
    "Enabled schedules whose newest finished run has failed.",
    [],
)
.experimental();

static ERRORED: Family<Gauge, 0> = Family::gauge(
    "nautobot_schedules_errored",
    "Schedules that Nautobot has given up because they cannot be run (Nautobot 3.1 and later).",
    [],
)
.experimental();

static UNKNOWN: Family<Gauge, 0> = Family::gauge(
    "nautobot_schedules_unknown_next_run",
    "Enabled schedules of which it cannot be told when they are to run next: the log names them.",
    [],
)
.experimental();

static OVERDUE_SECONDS: Family<Gauge, 1> = Family::gauge(
    "nautobot_schedule_overdue_seconds",
    "Time since the next run was due, of enabled schedules for which that is more than 5 minutes; of the 100 that have \
     been so for longest.",
    ["schedule"],
)
.experimental();

pub(crate) const NEEDS: Needs = &[
    (
        "extras_scheduledjob",
        &[
            "id",
            "name",
            "interval",
            "crontab",
            "time_zone",
            "one_off",
            "start_time",
            "last_run_at",
            "date_changed",
            "enabled",
            "state",
            "approval_required",
            "approved_at",
            "decision_date",
        ],
    ),
    ("extras_jobresult", &["id", "status", "created", "date_created", "schedule_id", "scheduled_job_id"]),
];

/// The scheduler writes down what it has run after up to 3 minutes (celery.beat's `sync_every`).
const GRACE_SECONDS: f64 = 300.0;

const MAX_OVERDUE: usize = 100;

/// Whether jobs run when they should, and well: `nautobot_schedules_{enabled,overdue,failing,errored,unknown_next_run}`
/// and, of those that are overdue, `nautobot_schedule_overdue_seconds{schedule}`.
///
/// A schedule is enabled when it is switched on and approved, if that is asked for (since Nautobot 3.1: when it is
/// active). It is overdue when Nautobot's scheduler should have run it more than 5 minutes ago, as it is when the
/// scheduler is down: since its last run, each hour, day or week at the minute, the time of day and the day of the week of
/// its start in the schedule's time zone, or by its crontab; or once at its start. Before Nautobot 2.4 times are in UTC.
/// Nautobot 1.2 and 1.3 run a weekly schedule a day early, and so it is due then; 1.4 before 1.4.8 does, too, but cannot be
/// told from 1.4.8. A schedule that Nautobot 3.1 or later found impossible to run,
/// because its job or user is gone, is switched off and errored. It is failing when the newest run that has finished failed.
/// `schedule` is the schedule's name. Nautobot 1.0 and 1.1, which have no schedules, give no samples.
///
/// A run is one statement, which reads `extras_scheduledjob` and the results of enabled schedules, and sends a row for
/// each schedule that is enabled or given up; none when both tables have not changed. Series: 5, and at most 100 of
/// schedules that are overdue.
#[derive(Debug)]
pub struct Schedules {
    source: Source<Read>,
    unknown: News,
}

/// What the tables say; what is overdue depends on the time, too.
#[derive(Debug)]
struct Read {
    clock: Clock,
    enabled: usize,
    failing: usize,
    /// `None` on a line where Nautobot never gives a schedule up.
    errored: Option<usize>,
    /// When runs are due, in seconds since 1970, with the names of their schedules, the longest ago first.
    due: Vec<(f64, String)>,
    /// Names, and why it cannot be told when they are due.
    unknown: BTreeSet<String>,
}

impl Schedules {
    /// Reads this database.
    pub fn new(nautobot: Nautobot) -> Self {
        let statement = Statement { needs: NEEDS, sql, of_rows: Read::of_rows };
        Self { source: Source::new(nautobot, statement), unknown: News::default() }
    }
}

impl Read {
    fn of_rows(rows: &[TextRow]) -> Result<Self, Error> {
        let mut read = Self {
            clock: Clock::of_rows(rows)?,
            enabled: 0,
            failing: 0,
            errored: None,
            due: Vec::new(),
            unknown: BTreeSet::new(),
        };
        if rows.first().map(|row| row.is("gives_up")).transpose()? == Some(true) {
            read.errored = Some(0);
        }
        for row in rows {
            if let Some(name) = row.text("name")? {
                read.add(name, row)?;
            }
        }
        read.due.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Ok(read)
    }

    fn add(&mut self, name: &str, row: &TextRow) -> Result<(), Error> {
        if row.is("is_errored")? {
            self.errored = self.errored.map(|errored| errored + 1);
            return Ok(());
        }
        self.enabled += 1;
        self.failing += usize::from(row.is("is_failing")?);
        match Timetable::of_row(row)?.next_run() {
            Ok(Some(due)) => self.due.push((due, name.to_owned())),
            Ok(None) => {}
            Err(why) => {
                self.unknown.insert(format!("{name:?} ({why})"));
            }
        }
        Ok(())
    }

    /// Names with how long they have been overdue, longest first.
    fn overdue(&self) -> Vec<(&str, f64)> {
        let due = self.due.iter().map(|(due, name)| (name.as_str(), self.clock.since(*due)));
        due.take_while(|(_, seconds)| *seconds > GRACE_SECONDS).collect()
    }
}

impl Collector for Schedules {
    fn name(&self) -> &str {
        "schedules"
    }

    fn describe(&self) -> Vec<Descriptor> {
        let counts = [&ENABLED, &OVERDUE, &FAILING, &ERRORED, &UNKNOWN].map(|family| family.descriptor());
        counts.into_iter().chain([OVERDUE_SECONDS.descriptor()]).collect()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let Some(read) = self.source.read(out).await? else { return Ok(()) };
        let overdue = read.overdue();
        for (family, schedules) in [
            (&ENABLED, Some(read.enabled)),
            (&OVERDUE, Some(overdue.len())),
            (&FAILING, Some(read.failing)),
            (&ERRORED, read.errored),
            (&UNKNOWN, Some(read.unknown.len())),
        ] {
            if let Some(schedules) = schedules {
                out.gauge(family, [], schedules);
            }
        }
        let mut named = BTreeSet::new();
        // Names were not unique before Nautobot 2.0: the one that is overdue for longest has the series.
        for (name, seconds) in overdue.into_iter().filter(|(name, _)| named.insert(*name)).take(MAX_OVERDUE) {
            out.gauge(&OVERDUE_SECONDS, [name], seconds);
        }
        if let Some(schedules) = self.unknown.note(read.unknown.clone()) {
            tracing::warn!(schedules, "schedules whose next run cannot be told");
        }
        Ok(())
    }
}

/// Columns are named alike on every line; what a line lacks has the value that it means there.
fn sql(schema: &Schema) -> Option<String> {
    let has = |column| schema.has_column("extras_scheduledjob", column);
    let or = |column, absent| if has(column) { column } else { absent };
    let gives_up = has("state");
    let (active, errored) = if gives_up {
        ("state = 'active'", "state = 'errored'")
    } else if has("approved_at") {
        ("NOT approval_required OR approved_at IS NOT NULL", "false")
    } else {
        ("NOT approval_required OR decision_date IS NOT NULL", "false")
    };
    let (crontab, time_zone) = (or("crontab", "''"), or("time_zone", "'UTC'"));
    let is_1 = schema.has_column("extras_jobresult", "schedule_id");
    let (schedule, created) =
        if is_1 { ("schedule_id", "created") } else { ("scheduled_job_id", "date_created") };
    let is_week_from_monday = schema.line() < Line::new(1, 4);
    let sql = format!(
        "WITH line (gives_up, is_week_from_monday) AS (VALUES ({gives_up}, {is_week_from_monday})),
schedule AS (
    SELECT id, name, interval, {crontab} AS crontab, {time_zone} AS time_zone, one_off, start_time, last_run_at,
           date_changed, {errored} AS is_errored
    FROM extras_scheduledjob
    WHERE enabled AND ({active}) OR {errored}
),
result AS (
    SELECT id, {schedule} AS schedule_id, {created} AS created, status FROM extras_jobresult
)
{}",
        include_str!("schedules/schedules.sql")
    );
    has("enabled").then_some(sql)
}
