use super::*;

fn labels<const N: usize>(labels: [(&str, &str); N]) -> Vec<(String, String)> {
    labels.map(|(name, value)| (name.into(), value.into())).into()
}

fn problem(page: &str) -> String {
    parse(page).unwrap_err().to_string()
}

#[test]
fn reads_names_labels_and_values() {
    let page = "# HELP a text \"{\n# TYPE a gauge\na 1\na{x=\"1\"} -2.5e3\n\n a { y = \"2\" , x=\"\", } +Inf 1700000000000\nb:c_1\t7\n";
    let read = samples(page);
    assert_eq!(read["a"][&labels([])], 1.0);
    assert_eq!(read["a"][&labels([("x", "1")])], -2500.0);
    assert_eq!(read["a"][&labels([("x", ""), ("y", "2")])], f64::INFINITY);
    assert_eq!(read["b:c_1"][&labels([])], 7.0);
    assert!(samples("a NaN")["a"][&labels([])].is_nan());
}

#[test]
fn a_value_of_a_label_may_hold_anything() {
    let page = "a{x=\"} 3 \\\" \\\\n \\n # , é\r\u{2028}\u{85}\u{b}\t\"} 1";
    assert_eq!(samples(page)["a"][&labels([("x", "} 3 \" \\n \n # , é\r\u{2028}\u{85}\u{b}\t")])], 1.0);
}

#[test]
fn says_what_is_wrong_and_where() {
    assert_eq!(problem("a 1\n1a 2"), "line 2 of the page has no metric name: \"1a 2\"");
    for (page, expected) in [
        ("a", "has no value"),
        ("a x", "has no value"),
        ("a 1\r", "has no value"),
        ("a 1 2 3", "goes on after the value"),
        ("a{x=\"1\"", "has no comma or brace after a label"),
        ("a{x=\"1} 1", "ends within quotes"),
        ("a{x=\"\\t\"} 1", "has an unknown escape"),
        ("a{x} 1", "has a label without a value"),
        ("a{x=1} 1", "has a label's value without quotes"),
        ("a{x=\"1\",x=\"2\"} 1", "has a label twice"),
        ("a{y=\"1\",x=\"2\"} 1\na{x=\"2\",y=\"1\"} 2", "has a series that was there before"),
    ] {
        assert!(problem(page).contains(expected), "{}", problem(page));
    }
}

#[test]
fn reads_every_sample_of_the_plugins_pages() {
    for name in [
        "nautobot-1.6.32/app-metrics.txt",
        "nautobot-1.6.32/rq-metrics.txt",
        "nautobot-3.2.7/app-metrics.txt",
    ] {
        let page = crate::page(name);
        let lines = page.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(samples(page).values().map(BTreeMap::len).sum::<usize>(), lines, "{name}");
    }
}
