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
