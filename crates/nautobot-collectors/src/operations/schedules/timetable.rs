//! When a schedule is to run next, as Nautobot's scheduler sees it (`ScheduledJob.schedule` and celery.beat).

use jiff::{Timestamp, Zoned, tz::TimeZone};
use nautobot_db::{Error, TextRow};

use super::crontab::Crontab;

/// A row of `schedules.sql`.
#[derive(Debug)]
pub(crate) struct Timetable {
    interval: String,
    crontab: String,
    time_zone: String,
    is_one_off: bool,
    /// Whether a weekly schedule counts Monday as celery's Sunday, and so runs a day early.
    is_week_from_monday: bool,
    /// Times are in seconds since 1970.
    start: f64,
    last_run: Option<f64>,
    /// When somebody last changed the schedule, enabled or approved it: one that never ran does not make up for what it
    /// missed before.
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
            is_week_from_monday: row.is("is_week_from_monday")?,
            start: row.number("start_time")?.unwrap_or_default(),
            last_run: row.number("last_run_at")?,
            changed: row.number("date_changed")?.unwrap_or_default(),
        })
    }

    /// When the next run is due, or was, in seconds since 1970; `None` when there is none to come.
    pub(crate) fn next_run(&self) -> Result<Option<f64>, Unknown> {
        match self.interval.as_str() {
            "future" | "immediately" => Ok(self.once()),
            _ if self.is_one_off && self.last_run.is_some() => Ok(None),
            _ => Ok(Some(self.by_crontab()?.max(self.start))),
        }
    }

    fn once(&self) -> Option<f64> {
        // Once it has run, the scheduler disables it.
        self.last_run.is_none().then_some(self.start.max(self.changed))
    }

    fn by_crontab(&self) -> Result<f64, Unknown> {
        let crontab = self.crontab()?;
        let parsed = Crontab::parse(&crontab).ok_or(Unknown::Crontab(crontab))?;
        let after = match self.last_run {
            Some(last_run) => last_run,
            // A run may be due in the very minute of the start.
            None if self.start >= self.changed => self.start - 60.0,
            None => self.changed,
        };
        let next = parsed.after(&self.zoned(after)?).ok_or(Unknown::Time)?;
        Ok(next.timestamp().as_second() as f64)
    }

    /// The minute, hour and day that recur are those of the start (`ScheduledJob.to_cron`).
    fn crontab(&self) -> Result<String, Unknown> {
        let start = || self.zoned(self.start);
        match self.interval.as_str() {
            "hourly" => start().map(|start| format!("{} * * * *", start.minute())),
            "daily" => start().map(|start| format!("{} {} * * *", start.minute(), start.hour())),
            "weekly" => {
                let start = start()?;
                let weekday = start.weekday();
                let day = if self.is_week_from_monday {
                    weekday.to_monday_zero_offset()
                } else {
                    weekday.to_sunday_zero_offset()
                };
                Ok(format!("{} {} * * {day}", start.minute(), start.hour()))
            }
            "custom" => Ok(self.crontab.clone()),
            other => Err(Unknown::Interval(other.to_owned())),
        }
    }

    fn zoned(&self, time: f64) -> Result<Zoned, Unknown> {
        let zone = TimeZone::get(&self.time_zone).map_err(|_| Unknown::TimeZone(self.time_zone.clone()))?;
        let time = Timestamp::from_second(time as i64).map_err(|_| Unknown::Time)?;
        Ok(time.to_zoned(zone))
    }
}

#[cfg(test)]
mod tests;
