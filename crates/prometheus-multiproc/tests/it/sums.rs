use prometheus_multiproc::{Kind, Merge, Reason};

use super::files::{contents, file, lines, merged, old_file};

#[test]
fn counters_are_summed_over_processes_and_layouts() {
    let families = merged(&[
        (
            "counter_1.db",
            old_file("c", &[("c_total", &[("l", "a")], 1.0, 0.0), ("c_total", &[("l", "b")], 2.0, 0.0)]),
        ),
        (
            "counter_2.db",
            file("c", &[("c_total", &[("l", "b")], 0.5, 0.0), ("c_total", &[("l", "ü\n")], 1.0, 0.0)]),
        ),
    ]);
    assert_eq!(families.len(), 1);
    assert_eq!((&*families[0].name, families[0].kind), ("c", Kind::Counter));
    assert_eq!(lines(&families[0]), ["c_total{l=a} 1.0", "c_total{l=b} 2.5", "c_total{l=ü\n} 1.0"]);
}

#[test]
fn samples_of_one_set_of_labels_stand_together() {
    let process =
        |labels| -> Vec<u8> { file("s", &[("s_count", labels, 2.0, 0.0), ("s_sum", labels, 0.5, 0.0)]) };
    let families =
        merged(&[("summary_1.db", process(&[("a", "1")])), ("summary_2.db", process(&[("a", "2")]))]);
    assert_eq!(
        lines(&families[0]),
        ["s_count{a=1} 2.0", "s_sum{a=1} 0.5", "s_count{a=2} 2.0", "s_sum{a=2} 0.5"]
    );
}

#[test]
fn buckets_are_cumulated_in_the_order_of_their_bounds() {
    let families = merged(&[
        (
            "histogram_1.db",
            file(
                "h",
                &[
                    ("h_sum", &[], 7.5, 0.0),
                    ("h_bucket", &[("le", "10.0")], 1.0, 0.0),
                    ("h_bucket", &[("le", "+Inf")], 4.0, 0.0),
                    ("h_bucket", &[("le", "2.5")], 2.0, 0.0),
                    ("h_bucket", &[("le", "1e+010")], 1.0, 0.0),
                ],
            ),
        ),
        // the same bound in other words
        ("histogram_2.db", old_file("h", &[("h_bucket", &[("le", "2.50")], 3.0, 0.0)])),
    ]);
    let expected = [
        "h_sum{} 7.5",
        "h_bucket{le=2.5} 5.0",
        "h_bucket{le=10.0} 6.0",
        "h_bucket{le=1e+010} 7.0",
        "h_bucket{le=+Inf} 11.0",
        "h_count{} 11.0",
    ];
    assert_eq!(lines(&families[0]), expected);
}

#[test]
fn a_bound_that_is_no_number_costs_the_file() {
    let odd =
        file("h", &[("h_bucket", &[("le", "1.0")], 1.0, 0.0), ("h_bucket", &[("le", "wide")], 1.0, 0.0)]);
    let mut merge = Merge::new(100);
    assert_eq!(merge.add("histogram_1.db", &odd), Err(Reason::Key));
    // in anything but a histogram it is a label like others
    assert_eq!(merge.add("summary_1.db", &odd), Ok(()));
    assert_eq!(lines(&merge.finish()[0]), ["h_bucket{le=1.0} 1.0", "h_bucket{le=wide} 1.0"]);
}

#[test]
fn a_key_has_to_name_a_series() {
    for key in [
        r#"["c"]"#,
        r#"["c", "c_total"]"#,
        r#"["c", "c_total", {"a": 1}]"#,
        r#"["c", "c_total", {"a": "b"}, null]"#,
        r#"["c", "c_total", {"a": "b"}, "help", "more"]"#,
        r#"["c", "c_total", ["a"]]"#,
        r#"["", "c_total", {}]"#,
        r#"["c", "\ud800", {}]"#,
        r#"["c", "c_total", {}"#,
        r#"["c", "c_total", {}] x"#,
        r#"["c", [[[[[[[[[[[["#,
    ] {
        let bad = contents(
            [("[\"ok\", \"ok\", {}]".to_owned(), 1.0, None), (key.to_owned(), 1.0, None)].into_iter(),
        );
        let mut merge = Merge::new(100);
        assert_eq!(merge.add("counter_1.db", &bad), Err(Reason::Key), "{key}");
        assert_eq!(merge.finish(), [], "{key}");
    }
}

#[test]
fn memory_is_bounded() {
    let series: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    let labels: Vec<_> = series.iter().map(|n| [("n", n.as_str())]).collect();
    let records: Vec<_> = labels.iter().map(|labels| ("x", labels.as_slice(), 1.0, 0.0)).collect();
    let (small, large) = (file("x", &records[..5]), file("x", &records));

    let mut merge = Merge::new(9);
    assert_eq!(merge.add("counter_1.db", &small), Ok(()));
    assert_eq!(merge.add("counter_2.db", &large), Err(Reason::TooLarge));

    // five series, and what processes say about them
    let mut merge = Merge::new(15);
    assert_eq!(merge.add("gauge_all_1.db", &small), Ok(()));
    assert_eq!(merge.add("gauge_all_2.db", &small), Ok(()));
    assert_eq!(merge.add("gauge_all_3.db", &small), Err(Reason::TooLarge));
    assert_eq!(merge.finish()[0].samples.len(), 10);
}
