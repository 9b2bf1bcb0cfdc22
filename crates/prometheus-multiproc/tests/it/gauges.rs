use super::files::{file, lines, merged, old_file};

fn gauge(value: f64, timestamp: f64) -> Vec<u8> {
    file("g", &[("g", &[("a", "x")], value, timestamp)])
}

fn merge(modes: &[(&str, f64, f64)]) -> Vec<String> {
    let names: Vec<_> = (1..).zip(modes).map(|(pid, (mode, ..))| format!("gauge_{mode}_{pid}.db")).collect();
    let files: Vec<_> = names
        .iter()
        .zip(modes)
        .map(|(name, (_, value, time))| (name.as_str(), gauge(*value, *time)))
        .collect();
    let families = merged(&files);
    assert_eq!(families.len(), 1);
    lines(&families[0])
}

#[test]
fn every_mode_merges_in_its_way() {
    for (mode, expected) in [
        ("min", vec!["g{a=x} -1.0"]),
        ("livemin", vec!["g{a=x} -1.0"]),
        ("max", vec!["g{a=x} 5.0"]),
        ("livemax", vec!["g{a=x} 5.0"]),
        ("sum", vec!["g{a=x} 6.0"]),
        ("livesum", vec!["g{a=x} 6.0"]),
        ("mostrecent", vec!["g{a=x} 2.0"]),
        ("livemostrecent", vec!["g{a=x} 2.0"]),
        ("all", vec!["g{a=x,pid=1} 5.0", "g{a=x,pid=2} 2.0", "g{a=x,pid=3} -1.0"]),
        ("liveall", vec!["g{a=x,pid=1} 5.0", "g{a=x,pid=2} 2.0", "g{a=x,pid=3} -1.0"]),
        ("of_a_later_client", vec!["g{a=x,pid=} -1.0"]),
    ] {
        assert_eq!(merge(&[(mode, 5.0, 10.0), (mode, 2.0, 30.0), (mode, -1.0, 20.0)]), expected, "{mode}");
    }
}

#[test]
fn the_last_mode_stands() {
    assert_eq!(merge(&[("max", 1.0, 0.0), ("min", 0.0, 0.0), ("min", 2.0, 0.0)]), ["g{a=x} 0.0"]);
    assert_eq!(merge(&[("all", 1.0, 0.0), ("all", 2.0, 0.0), ("sum", 3.0, 0.0)]), ["g{a=x} 6.0"]);
    assert_eq!(merge(&[("sum", 1.0, 0.0), ("all", 2.0, 0.0)]), ["g{a=x,pid=1} 1.0", "g{a=x,pid=2} 2.0"]);
}

#[test]
fn what_was_never_set_is_not_the_most_recent() {
    assert_eq!(merge(&[("mostrecent", 5.0, 0.0), ("mostrecent", 2.0, f64::NAN)]), [""; 0]);
    assert_eq!(merge(&[("mostrecent", 5.0, 0.0), ("mostrecent", 2.0, 1.0)]), ["g{a=x} 2.0"]);
    // the first of equals
    assert_eq!(merge(&[("mostrecent", 5.0, 1.0), ("mostrecent", 2.0, 1.0)]), ["g{a=x} 5.0"]);
}

#[test]
fn odd_values_are_kept() {
    assert_eq!(merge(&[("all", f64::NAN, 0.0)]), ["g{a=x,pid=1} NaN"]);
    assert_eq!(merge(&[("all", -0.0, 0.0)]), ["g{a=x,pid=1} -0.0"]);
    assert_eq!(merge(&[("sum", -0.0, 0.0)]), ["g{a=x} 0.0"]);
    assert_eq!(merge(&[("sum", f64::INFINITY, 0.0), ("sum", f64::NEG_INFINITY, 0.0)]), ["g{a=x} NaN"]);
    // not a number is neither less nor greater
    assert_eq!(merge(&[("min", f64::NAN, 0.0), ("min", 1.0, 0.0)]), ["g{a=x} NaN"]);
    assert_eq!(merge(&[("max", 1.0, 0.0), ("max", f64::NAN, 0.0)]), ["g{a=x} 1.0"]);
}

#[test]
fn the_process_takes_the_place_of_a_label_pid() {
    let file = file("g", &[("g", &[("pid", "own"), ("a", "x")], 1.0, 0.0)]);
    let families = merged(&[("gauge_all_7.db", file.clone())]);
    assert_eq!(lines(&families[0]), ["g{a=x,pid=7} 1.0"]);
    let families = merged(&[("gauge_max_7.db", file)]);
    assert_eq!(lines(&families[0]), ["g{a=x} 1.0"]);
}

#[test]
fn the_kind_is_that_of_the_first_file() {
    let counter = file("x", &[("x_total", &[], 1.0, 0.0)]);
    let gauge = old_file("x", &[("x", &[], 5.0, 0.0)]);
    let families = merged(&[("counter_1.db", counter.clone()), ("gauge_all_1.db", gauge.clone())]);
    assert_eq!(lines(&families[0]), ["x_total{} 1.0", "x{pid=1} 5.0"]);
    assert_eq!(&*families[0].help, "help");
    let families = merged(&[("gauge_all_1.db", gauge), ("counter_1.db", counter)]);
    assert_eq!(lines(&families[0]), ["x{pid=1} 5.0", "x_total{} 1.0"]);
    assert_eq!(&*families[0].help, "Multiprocess metric");
}
