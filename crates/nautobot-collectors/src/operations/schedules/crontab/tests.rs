use std::time::Duration;

use tokio::time::Instant;

use super::*;

fn time(text: &str) -> Zoned {
    text.parse::<jiff::Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC)
}

/// After a Monday at 08:00.
#[track_caller]
fn assert_next(crontab: &str, expected: &[&str]) {
    let parsed = Crontab::parse(crontab).expect(crontab);
    let mut last = time("2026-03-02T08:00:00Z");
    for &expected in expected {
        last = parsed.after(&last).unwrap();
        assert_eq!(last, time(expected), "{crontab}");
    }
}

#[test]
fn crontabs_are_celerys() {
    for (crontab, next) in [
        ("0 9 * * mon-fri", "2026-03-02T09:00:00Z"),
        ("0 0 * * 0", "2026-03-08T00:00:00Z"),
        ("0 0 * * Sunday", "2026-03-08T00:00:00Z"),
        ("0 0 1 jan *", "2027-01-01T00:00:00Z"),
        ("0 0 1 april,june *", "2026-04-01T00:00:00Z"),
        ("10-30/10 8 * * *", "2026-03-02T08:10:00Z"),
        ("*/25 8 * * *", "2026-03-02T08:25:00Z"),
        ("0 0 13 * 5", "2026-03-13T00:00:00Z"),
        ("0 0 14 * 5", "2026-08-14T00:00:00Z"),
        ("0 0 29 2 mon", "2044-02-29T00:00:00Z"),
    ] {
        assert_next(crontab, &[next]);
    }
}

#[test]
fn ranges_run_over_the_end_of_their_field() {
    let day = |text: &str| format!("2026-03-{text}:00:00Z");
    let days = |texts: [&str; 5]| texts.map(day);
    for (crontab, expected) in [
        ("0 22-1 * * *", days(["02T22", "02T23", "03T00", "03T01", "03T22"])),
        ("0 22-3/2 * * *", days(["02T22", "03T00", "03T02", "03T22", "04T00"])),
        ("0 0 * * fri-mon", days(["06T00", "07T00", "08T00", "09T00", "13T00"])),
        ("0 0 * * sat-sun", days(["07T00", "08T00", "14T00", "15T00", "21T00"])),
        (
            "0 0 30-1 * *",
            ["2026-03-30", "2026-03-31", "2026-04-01", "2026-04-30", "2026-05-01"]
                .map(|day| format!("{day}T00:00:00Z")),
        ),
        (
            "0 0 1 nov-feb *",
            ["2026-11", "2026-12", "2027-01", "2027-02", "2027-11"]
                .map(|month| format!("{month}-01T00:00:00Z")),
        ),
    ] {
        assert_next(crontab, &expected.each_ref().map(String::as_str));
    }
    assert_next("58-1 9 * * *", &["2026-03-02T09:00:00Z", "2026-03-02T09:01:00Z", "2026-03-02T09:58:00Z"]);
}

#[test]
fn what_no_scheduler_can_run_is_none() {
    for crontab in [
        "",
        "daily",
        "61 * * * *",
        "* * * *",
        "* * * * * *",
        "\u{1F600} * * * *",
        "* 22-25 * * *",
        "* 5-1/0 * * *",
        "* 5/2 * * *",
        "* 1-2-3 * * *",
        "0 0 L * *",
        "* * 0 * *",
        "* * 31-0 * *",
        "* 65535-1 * * *",
    ] {
        assert!(Crontab::parse(crontab).is_none(), "{crontab}");
    }
}

#[test]
fn what_never_comes_is_known_at_once() {
    let before = Instant::now();
    for _ in 0..200 {
        for crontab in [
            "0 0 30 2 *",
            "0 0 31 2,4,6,9,11 *",
            "0 0 * * ,",
            "0 , * * *",
            ", 0 * * *",
            "0 0 , * *",
            "0 0 * , *",
        ] {
            assert!(Crontab::parse(crontab).is_none(), "{crontab}");
        }
    }
    assert!(before.elapsed() < Duration::from_secs(5));
}
