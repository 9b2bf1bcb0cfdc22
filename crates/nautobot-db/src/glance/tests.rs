use super::*;

#[test]
fn counters_are_read_as_the_statement_writes_them() {
    let read = counters("16406 16406 0,16451 90001 18446744073709551615").unwrap();
    assert_eq!(read[&16406], Counter { file: 16406, changes: 0 });
    assert_eq!(read[&16451], Counter { file: 90001, changes: u64::MAX });
    for odd in ["", "1 2", "1 2 x", "1 2 -3", "1  3"] {
        assert!(counters(odd).is_none(), "{odd}");
    }
}

#[test]
fn a_table_without_a_counter_has_none_to_compare() {
    let known = counters("1 1 5").unwrap();
    assert!(select(&known, vec![1]).is_some());
    assert!(select(&known, vec![1, 2]).is_none());
}

/// A look at that many seconds after the first one, with these transactions going on.
fn look(earlier: &Changes, seconds: u64, running: &[&str]) -> Changes {
    let at = earlier.at + Duration::from_secs(seconds);
    let seen = |name: &str| earlier.running.get(name).copied().unwrap_or(at);
    let running = running.iter().map(|&name| (name.into(), seen(name))).collect();
    Changes { at, snapshot: "a later one".into(), running, ..earlier.clone() }
}

fn first_look() -> Changes {
    Changes {
        at: Instant::now(),
        is_news: true,
        is_standby: false,
        snapshot: "10:10:".into(),
        server: "server".into(),
        schema: "schema".into(),
        counters: counters("1 1 5,2 2 7").map(Arc::new),
        running: HashMap::new(),
    }
}

fn kept(changes: &Changes) -> Kept<()> {
    let Changes { at, snapshot, server, schema, counters, .. } = changes.clone();
    Kept { value: (), at, snapshot, server, schema, counters: select(&counters.unwrap(), vec![1]) }
}

#[test]
fn only_what_nothing_tells_against_stands() {
    let first = first_look();
    let (kept, later) = (kept(&first), look(&first, 15, &[]));
    assert!(kept.is_unchanged(&first) && kept.is_unchanged(&later));
    let against: [(&str, Changes); 6] = [
        ("another server", Changes { server: "other".into(), ..first.clone() }),
        ("another schema", Changes { schema: "other".into(), ..first.clone() }),
        ("changed rows", Changes { counters: counters("1 1 6,2 2 7").map(Arc::new), ..later.clone() }),
        ("another file", Changes { counters: counters("1 9 5,2 2 7").map(Arc::new), ..later.clone() }),
        ("no table", Changes { counters: counters("2 2 7").map(Arc::new), ..later.clone() }),
        ("no counters", Changes { counters: None, ..later.clone() }),
    ];
    for (what, changes) in against {
        assert!(!kept.is_unchanged(&changes), "{what}");
    }
    let elsewhere = Changes { counters: counters("1 1 5,2 2 8").map(Arc::new), ..later };
    assert!(kept.is_unchanged(&elsewhere), "of another table");
    let no_news = Changes { is_news: false, ..elsewhere };
    assert!(!kept.is_unchanged(&no_news), "counters of an earlier look say nothing of now");
    let silent = Changes { counters: None, ..first };
    assert!(kept.is_unchanged(&silent), "no transaction has ended");
}

#[test]
fn a_transaction_that_was_begun_later_and_lasts_ends_the_trust() {
    let first = first_look();
    let kept = kept(&first);
    let second = look(&first, 15, &["3/7", "4/1"]);
    assert!(kept.is_unchanged(&second), "it may be a short one");
    assert!(kept.is_unchanged(&look(&second, 5, &["3/7"])));
    assert!(!kept.is_unchanged(&look(&second, 10, &["3/7"])));
    assert!(kept.is_unchanged(&look(&second, 15, &["5/1"])), "others have come");

    let with_it = look(&first, 15, &["3/7"]);
    let after = super::tests::kept(&with_it);
    assert!(after.is_unchanged(&look(&with_it, 30, &["3/7"])), "it was there when the tables were read");
}
