use super::*;

fn at(time: &str) -> f64 {
    time.parse::<Timestamp>().unwrap().as_second() as f64
}

/// Started on Monday, 2026-03-02 at 08:00 UTC, a day after it was made.
fn timetable(interval: &str) -> Timetable {
    Timetable {
        interval: interval.to_owned(),
        crontab: String::new(),
        time_zone: "UTC".to_owned(),
        is_one_off: false,
        is_week_from_monday: false,
        start: at("2026-03-02T08:00:00Z"),
        last_run: None,
        changed: at("2026-03-01T08:00:00Z"),
    }
}

fn custom(crontab: &str) -> Timetable {
    Timetable { crontab: crontab.to_owned(), ..timetable("custom") }
}

#[track_caller]
fn assert_next(timetable: &Timetable, expected: &str) {
    assert_eq!(timetable.next_run(), Ok(Some(at(expected))), "{timetable:?}");
}

#[test]
fn the_first_run_is_at_the_start() {
    for interval in ["hourly", "daily", "weekly", "future", "immediately"] {
        assert_next(&timetable(interval), "2026-03-02T08:00:00Z");
    }
    assert_next(&custom("0 8 * * *"), "2026-03-02T08:00:00Z");
    assert_next(&custom("30 7 * * *"), "2026-03-03T07:30:00Z");
}

#[test]
fn later_runs_are_at_the_time_of_the_start() {
    let last_run = Some(at("2026-03-05T08:00:02Z"));
    for (interval, next) in [
        ("hourly", "2026-03-05T09:00:00Z"),
        ("daily", "2026-03-06T08:00:00Z"),
        ("weekly", "2026-03-09T08:00:00Z"),
    ] {
        assert_next(&Timetable { last_run, ..timetable(interval) }, next);
    }
    assert_next(&Timetable { last_run, ..custom("*/15 * * * *") }, "2026-03-05T08:15:00Z");
}

#[test]
fn a_run_that_came_late_does_not_put_off_the_next() {
    let last_run = Some(at("2026-03-11T12:34:56Z"));
    for (interval, next) in [
        ("hourly", "2026-03-11T13:00:00Z"),
        ("daily", "2026-03-12T08:00:00Z"),
        ("weekly", "2026-03-16T08:00:00Z"),
    ] {
        assert_next(&Timetable { last_run, ..timetable(interval) }, next);
    }
    assert_next(&Timetable { last_run, ..custom("0 8 * * *") }, "2026-03-12T08:00:00Z");
}

#[test]
fn a_start_that_was_moved_moves_the_next_run() {
    let (start, last_run) = (at("2026-03-04T15:30:00Z"), Some(at("2026-03-11T08:00:01Z")));
    for (interval, next) in [
        ("hourly", "2026-03-11T08:30:00Z"),
        ("daily", "2026-03-11T15:30:00Z"),
        ("weekly", "2026-03-11T15:30:00Z"),
    ] {
        assert_next(&Timetable { start, last_run, ..timetable(interval) }, next);
    }
}

#[test]
fn a_start_is_in_the_time_zone_of_the_schedule() {
    // Sunday at 22:30 in New York, Monday in UTC.
    let (start, last_run) = (at("2026-01-05T03:30:00Z"), Some(at("2026-01-06T00:00:00Z")));
    let new_york = |interval| Timetable {
        start,
        last_run,
        time_zone: "America/New_York".to_owned(),
        ..timetable(interval)
    };
    assert_next(&new_york("daily"), "2026-01-06T03:30:00Z");
    assert_next(&new_york("weekly"), "2026-01-12T03:30:00Z");
}

/// `t.weekday()` is 0 on Monday, which celery takes for Sunday.
#[test]
fn weekly_runs_were_a_day_early_before_1_4_8() {
    let early = || Timetable { is_week_from_monday: true, ..timetable("weekly") };
    assert_next(&early(), "2026-03-08T08:00:00Z");
    let last_run = Some(at("2026-03-08T08:00:02Z"));
    assert_next(&Timetable { last_run, ..early() }, "2026-03-15T08:00:00Z");
    assert_next(
        &Timetable { start: at("2026-03-01T08:00:00Z"), last_run, ..early() },
        "2026-03-14T08:00:00Z",
    );
}

#[test]
fn what_was_missed_before_a_change_is_not_made_up_for() {
    let changed = at("2026-06-01T12:00:00Z");
    assert_next(&Timetable { changed, ..timetable("hourly") }, "2026-06-01T13:00:00Z");
    assert_next(&Timetable { changed, ..timetable("daily") }, "2026-06-02T08:00:00Z");
    assert_next(&Timetable { changed, ..timetable("weekly") }, "2026-06-08T08:00:00Z");
    assert_next(&Timetable { changed, ..custom("0 8 * * *") }, "2026-06-02T08:00:00Z");
    assert_next(&Timetable { changed, ..timetable("future") }, "2026-06-01T12:00:00Z");
}

#[test]
fn a_start_that_is_yet_to_come_is_waited_for() {
    let start = at("2027-01-01T00:00:00Z");
    let last_run = Some(at("2026-03-05T08:00:00Z"));
    assert_next(&Timetable { start, last_run, ..timetable("hourly") }, "2027-01-01T00:00:00Z");
}

#[test]
fn what_runs_once_has_no_second_run() {
    let last_run = Some(at("2026-03-02T08:00:01Z"));
    assert_eq!(Timetable { last_run, ..timetable("future") }.next_run(), Ok(None));
    assert_eq!(Timetable { last_run, is_one_off: true, ..timetable("daily") }.next_run(), Ok(None));
}

#[test]
fn a_day_has_23_or_25_hours_when_clocks_change() {
    let daily = |last_run| Timetable {
        last_run: Some(at(last_run)),
        time_zone: "Europe/Berlin".to_owned(),
        ..timetable("daily")
    };
    // Started at 09:00, by the time of winter.
    assert_next(&daily("2026-03-28T08:00:00Z"), "2026-03-29T07:00:00Z");
    assert_next(&daily("2026-10-24T07:00:00Z"), "2026-10-25T08:00:00Z");
    let by_crontab = Timetable {
        interval: "custom".to_owned(),
        crontab: "0 9 * * *".to_owned(),
        ..daily("2026-03-28T08:00:00Z")
    };
    assert_next(&by_crontab, "2026-03-29T07:00:00Z");
}

#[test]
fn what_cannot_be_told_says_why() {
    let why = |timetable: Timetable| timetable.next_run().unwrap_err().to_string();
    for crontab in ["", "61 * * * *", "0 0 31 2 *", "\u{1F600} * * * *"] {
        assert_eq!(why(custom(crontab)), format!("crontab {crontab:?} cannot be read or never comes"));
    }
    let nowhere =
        Timetable { time_zone: "Mars/Olympus".to_owned(), last_run: Some(0.0), ..timetable("daily") };
    assert_eq!(why(nowhere), "unknown time zone \"Mars/Olympus\"");
    assert_eq!(why(timetable("yearly")), "unknown interval \"yearly\"");
    for time in [f64::INFINITY, f64::NEG_INFINITY, 1e18, 253_402_100_000.0] {
        let odd = Timetable { last_run: Some(time), ..timetable("weekly") };
        assert_eq!(why(odd), "a time that is out of range");
        let odd = Timetable { last_run: Some(time), ..custom("0 8 * * *") };
        assert_eq!(why(odd), "a time that is out of range");
    }
}
