//! Crontabs as celery reads them (`celery.schedules.crontab`), by which Nautobot checks them and runs its jobs.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Zoned;

/// A crontab that comes again and again.
#[derive(Debug)]
pub(crate) struct Crontab(Cron);

/// The least and the greatest number of each field; Sunday is 0.
const FIELDS: [(u16, u16); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];

const LONGEST_MONTHS: [u16; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Crontab {
    /// `None`: it cannot be read or never comes.
    pub(crate) fn parse(crontab: &str) -> Option<Self> {
        // Days have to match both the day of the month and the day of the week, which is celery's rule and not cron's.
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .dom_and_dow(true)
            .build();
        let cron = parser.parse(&in_numbers(crontab)?).ok()?;
        comes(&cron).then_some(Self(cron))
    }

    /// The first time after this one; `None` when it is out of range.
    pub(crate) fn after(&self, time: &Zoned) -> Option<Zoned> {
        self.0.find_next_occurrence(time, false).ok()
    }
}

/// Celery knows names by their first letters, in any field, and ranges that run over the end of one (`22-2`, `fri-mon`),
/// croner neither: names and ranges are written out. What is neither is left to croner.
fn in_numbers(crontab: &str) -> Option<String> {
    let fields: [&str; 5] = crontab.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let fields = fields.into_iter().zip(FIELDS).map(|(field, bounds)| {
        let parts = field.split(',').map(|part| range(part, bounds).unwrap_or_else(|| part.to_owned()));
        parts.collect::<Vec<_>>().join(",")
    });
    Some(fields.collect::<Vec<_>>().join(" "))
}

/// The numbers of `from-to/step`, `from-to` or `from`, if it is that.
fn range(part: &str, (first, last): (u16, u16)) -> Option<String> {
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    let (from, to) = range.split_once('-').or_else(|| (range == part).then_some((part, part)))?;
    let (from, to, step) = (number(from)?, number(to)?, step.parse().ok()?);
    let bounds = first..=last;
    if step == 0 || !bounds.contains(&from) || !bounds.contains(&to) {
        return None;
    }
    let turn = last - first + 1;
    let to = if to < from { to + turn } else { to };
    let numbers = (from..=to).step_by(step);
    let numbers = numbers.map(|number| if number > last { number - turn } else { number }.to_string());
    Some(numbers.collect::<Vec<_>>().join(","))
}

fn number(text: &str) -> Option<u16> {
    let name = |names: &[&str]| {
        let known = |name: &&str| text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(name));
        names.iter().position(known).and_then(|position| u16::try_from(position).ok())
    };
    let month = || name(&MONTHS).map(|position| position + 1);
    text.parse().ok().or_else(month).or_else(|| name(&WEEKDAYS))
}

/// Whether there is such a day in some month. Croner would look for one until the year 5000.
fn comes(cron: &Cron) -> bool {
    let pattern = &cron.pattern;
    let others = [&pattern.minutes, &pattern.hours, &pattern.days_of_week];
    let first_day = pattern.days.values().first().copied();
    let months = pattern.months.values();
    let mut longest = (1..).zip(LONGEST_MONTHS).filter(|(month, _)| months.contains(month));
    others.iter().all(|field| !field.values().is_empty())
        && longest.any(|(_, days)| first_day.is_some_and(|first_day| first_day <= days))
}

#[cfg(test)]
mod tests;
