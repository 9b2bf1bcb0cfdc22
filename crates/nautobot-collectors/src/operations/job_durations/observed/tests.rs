use super::*;

const SECOND: i64 = 1_000_000;

fn run(id: u128, done: i64, name: &str) -> Run {
    let at = Cursor { done: done * SECOND, id };
    Run { at, name: name.to_owned(), status: "SUCCESS".to_owned(), seconds: 2.0 }
}

fn finished(now: i64, runs: Vec<Run>) -> Finished {
    let last = runs.get(MAX_ROWS - 1).map(|run| run.at);
    Finished { now: now * SECOND, last, has_future: false, runs }
}

fn counts(observed: &Observed) -> Vec<(&str, u64)> {
    observed.durations().map(|((name, _), buckets)| (name, buckets.count())).collect()
}

/// What the statement finds behind the cursor.
fn read(observed: &Observed, now: i64, table: &[Run]) -> Finished {
    let Some(cursor) = observed.cursor() else { return finished(now, Vec::new()) };
    let mut found: Vec<Run> = table.iter().filter(|run| run.at > cursor).cloned().collect();
    found.sort_by_key(|run| run.at);
    found.truncate(MAX_ROWS);
    finished(now, found)
}

fn started_at_1000() -> Observed {
    let mut observed = Observed::default();
    assert!(observed.add(finished(1000, Vec::new())));
    observed
}

#[test]
fn a_result_counts_once_though_it_is_read_often() {
    let mut observed = started_at_1000();
    let mut table = vec![run(1, 1010, "a"), run(2, 1010, "b")];
    for now in [1020, 1040, 1200, 1400, 9000] {
        let found = read(&observed, now, &table);
        assert!(observed.add(found));
        assert_eq!(counts(&observed), [("a", 1), ("b", 1)], "at {now}");
    }
    table.push(run(3, 9001, "a"));
    let found = read(&observed, 9002, &table);
    observed.add(found);
    assert_eq!(counts(&observed), [("a", 2), ("b", 1)]);
    assert_eq!(observed.counted.len(), 1, "what is never read again is forgotten");
}

#[test]
fn what_finished_before_the_first_reading_does_not_count() {
    let mut observed = started_at_1000();
    let found = read(&observed, 1010, &[run(1, 999, "before"), run(2, 1001, "after")]);
    observed.add(found);
    assert_eq!(counts(&observed), [("after", 1)]);
}

#[test]
fn what_was_committed_late_counts() {
    let mut observed = started_at_1000();
    let mut table = vec![run(1, 1990, "in time")];
    let found = read(&observed, 2000, &table);
    observed.add(found);
    table.extend([run(2, 1710, "late"), run(3, 1690, "too late")]);
    let found = read(&observed, 2060, &table);
    observed.add(found);
    assert_eq!(counts(&observed), [("in time", 1), ("late", 1)]);
}

#[test]
fn a_clock_that_goes_back_counts_nothing_twice() {
    let mut observed = started_at_1000();
    for now in [1020, 2000, 1015, 900, 3000] {
        let found = read(&observed, now, &[run(1, 1010, "a")]);
        observed.add(found);
        assert_eq!(counts(&observed), [("a", 1)], "at {now}");
    }
}

#[test]
fn what_is_too_much_for_one_reading_is_read_by_the_next() {
    let mut observed = started_at_1000();
    let table: Vec<Run> = (1..3 * MAX_ROWS as u128).map(|id| run(id, 1010, "many")).collect();
    for (now, counted, is_complete) in
        [(1020, MAX_ROWS, false), (1030, 2 * MAX_ROWS, false), (1040, 3 * MAX_ROWS - 1, true)]
    {
        let found = read(&observed, now, &table);
        assert_eq!(observed.add(found), is_complete);
        assert_eq!(counts(&observed), [("many", counted as u64)]);
    }
    assert_eq!(observed.cursor(), Some(Cursor { done: 1000 * SECOND, id: 0 }));
}

#[test]
fn rows_that_are_no_runs_are_read_over() {
    let mut observed = started_at_1000();
    let last = Some(Cursor { done: 1010 * SECOND, id: 7 });
    assert!(!observed.add(Finished { last, ..finished(1020, Vec::new()) }));
    assert_eq!(observed.cursor(), last);
}

#[test]
fn what_is_yet_to_finish_is_not_all() {
    let mut observed = started_at_1000();
    assert!(!observed.add(Finished { has_future: true, ..finished(1020, Vec::new()) }));
    assert!(observed.add(finished(1030, Vec::new())));
}

#[test]
fn names_beyond_the_limit_are_one() {
    let mut observed = started_at_1000();
    let runs = (1..=MAX_DURATIONS as u128 + 5).map(|id| run(id, 1010, &format!("job {id}"))).collect();
    observed.add(finished(1020, runs));
    assert_eq!(observed.durations.len(), MAX_DURATIONS + 1);
    assert_eq!(observed.durations[&("other".to_owned(), "other".to_owned())].count(), 5);
    observed.add(finished(1030, vec![run(1_000_000, 1021, "job 1")]));
    assert_eq!(observed.durations[&("job 1".to_owned(), "SUCCESS".to_owned())].count(), 2);
}

#[test]
fn the_limit_is_that_of_the_statement() {
    assert!(include_str!("../finished.sql").contains(&format!("LIMIT {MAX_ROWS}\n")));
}
