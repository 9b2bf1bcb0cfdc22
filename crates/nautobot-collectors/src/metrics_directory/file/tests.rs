use super::*;

const GOOD: &str = r#"
sql = "SELECT 1 AS value;  "

[[metric]]
name = "acme_answer"
help = "The answer."
kind = "gauge"
"#;

fn defect(text: &str) -> (Option<usize>, String) {
    let Defect { line, reason } = File::parse(text, None).unwrap_err();
    (line, reason)
}

#[test]
fn what_is_not_said_has_a_default() {
    let file = File::parse(GOOD, None).unwrap();
    assert_eq!(file.sql, "SELECT 1 AS value");
    assert_eq!((file.timeout, file.interval, file.max_rows), (five_seconds(), Duration::ZERO, 10_000));
    assert_eq!(file.metrics[0].value, "value");
    assert_eq!(file.metrics[0].family.help(), "The answer.");
}

#[test]
fn a_statement_may_lie_beside_it_and_not_in_two_places() {
    let beside = || Some("SELECT 2 AS value".to_owned());
    assert!(File::parse(GOOD, beside()).unwrap_err().reason.contains("remove one"));
    let (_, rest) = GOOD.split_once("[[").unwrap();
    assert_eq!(File::parse(&format!("[[{rest}"), beside()).unwrap().sql, "SELECT 2 AS value");
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (wrong, line, part) in [
        (GOOD.replace("help", "hepl"), Some(6), "unknown key `hepl`; did you mean `help`?"),
        (GOOD.replace("sql", "query"), Some(2), "unknown key `query`; known here: sql, timeout"),
        (GOOD.replace("gauge", "guage"), Some(7), "expected one of `gauge`, `counter`, `unknown`"),
        (GOOD.replace("gauge", "counter"), Some(5), "it must be a name with `_total` behind it"),
        (GOOD.replace("acme_answer", "acme answer"), Some(5), "is not a metric name"),
        (GOOD.replace("acme_answer", "process_answer"), Some(5), "are the exporter's own"),
        (GOOD.replace("The answer.", " "), Some(5), "help is empty"),
        (format!("{GOOD}labels = [\"a-b\"]"), Some(5), "is not a label name"),
        (format!("{GOOD}labels = [\"a\", \"a\"]"), Some(5), "the label `a` twice"),
        (format!("max_rows = 0\n{GOOD}"), None, "max_rows: expected 1 to 100000"),
        (format!("max_rows = -1\n{GOOD}"), Some(1), "invalid value"),
        (format!("timeout = \"soon\"\n{GOOD}"), Some(1), ""),
        (format!("timeout = \"0s\"\n{GOOD}"), None, "timeout: expected more than zero"),
        (
            format!("{GOOD}{}", &GOOD[GOOD.find("[[").unwrap()..]),
            None,
            "clashes with family `acme_answer` of this file",
        ),
        (GOOD.replace("SELECT 1 AS value", " "), None, "its statement is empty"),
        (GOOD.replace("\"SELECT", "SELECT"), Some(2), ""),
        (String::new(), None, "has no `sql`"),
        ("sql = \"SELECT 1\"".to_owned(), None, "expected 1 to 50 [[metric]]"),
    ] {
        let (at, reason) = defect(&wrong);
        assert_eq!(at, line, "{wrong}: {reason}");
        assert!(reason.contains(part), "{wrong}: {reason}");
        assert!(!reason.contains('\n'), "{reason}");
    }
}
