//! When a schedule is to run next, as Nautobot's scheduler sees it (`ScheduledJob.schedule` and celery.beat).

use croner::parser::{CronParser, Seconds, Year};
use jiff::{Span, Timestamp, ToSpan, Zoned, tz::TimeZone};
use nautobot_db::{Error, TextRow};

/// A row of `schedules.sql`.
#[derive(Debug)]
pub(crate) struct Timetable {
    interval: String,
    crontab: String,
    time_zone: String,
    is_one_off: bool,
    /// Times are in seconds since 1970.
    start: f64,
    last_run: Option<f64>,
    /// When somebody last changed the schedule, enabled or approved it: what it missed before is not made up for.
    changed: f64,
}

/// Why it cannot be told.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unknown {
    #[error("unknown interval {0:?}")]
    Interval(String),
    #[error("unknown time zone {0:?}")]
    TimeZone(String),
    #[error("crontab {0:?} cannot be read or never comes")]
    Crontab(String),
    #[error("a time that is out of range")]
    Time,
}

impl Timetable {
    pub(crate) fn of_row(row: &TextRow) -> Result<Self, Error> {
        let text = |column| Ok::<_, Error>(row.text(column)?.unwrap_or_default().to_owned());
        Ok(Self {
            interval: text("interval")?,
            crontab: text("crontab")?,
            time_zone: text("time_zone")?,
            is_one_off: row.is("one_off")?,
            start: row.number("start_time")?.unwrap_or_default(),
            last_run: row.number("last_run_at")?,
            changed: row.number("date_changed")?.unwrap_or_default(),
        })
    }

    /// When the next run is due, or was, in seconds since 1970; `None` when there is none to come.
    pub(crate) fn next_run(&self) -> Result<Option<f64>, Unknown> {
        let next = match self.interval.as_str() {
            "future" | "immediately" => return Ok(self.once()),
            _ if self.is_one_off && self.last_run.is_some() => return Ok(None),
            "hourly" => self.every(1.hour())?,
            "daily" => self.every(1.day())?,
            "weekly" => self.every(1.week())?,
            "custom" => self.by_crontab()?,
            other => return Err(Unknown::Interval(other.to_owned())),
        };
        Ok(Some(next.max(self.start)))
    }

    fn once(&self) -> Option<f64> {
        // Once it has run, the scheduler disables it.
        self.last_run.is_none().then_some(self.start.max(self.changed))
    }

    /// A day later is at the same time of day, also when the clocks are changed in between.
    fn every(&self, period: Span) -> Result<f64, Unknown> {
        let last = match self.last_run {
            None if self.start >= self.changed => return Ok(self.start),
            last_run => last_run.unwrap_or(self.changed),
        };
        self.zoned(last)?.checked_add(period).map(|next| seconds(&next)).map_err(|_| Unknown::Time)
    }

    /// Days have to match both the day of the month and the day of the week, which is celery's rule and not cron's.
    fn by_crontab(&self) -> Result<f64, Unknown> {
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .dom_and_dow(true)
            .build();
        let unreadable = || Unknown::Crontab(self.crontab.clone());
        let cron = parser.parse(&self.crontab).map_err(|_| unreadable())?;
        // A run may be due in the very minute of the start.
        let after = self.last_run.unwrap_or_else(|| self.changed.max(self.start - 60.0));
        let next = cron.find_next_occurrence(&self.zoned(after)?, false).map_err(|_| unreadable())?;
        Ok(seconds(&next))
    }

    fn zoned(&self, time: f64) -> Result<Zoned, Unknown> {
        let zone = TimeZone::get(&self.time_zone).map_err(|_| Unknown::TimeZone(self.time_zone.clone()))?;
        let time = Timestamp::from_second(time as i64).map_err(|_| Unknown::Time)?;
        Ok(time.to_zoned(zone))
    }
}

fn seconds(time: &Zoned) -> f64 {
    time.timestamp().as_second() as f64
}

#[cfg(test)]
mod tests;
