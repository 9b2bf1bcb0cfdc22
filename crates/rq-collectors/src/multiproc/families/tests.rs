#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use super::*;

/// Name, labels and value of a sample.
type Given<'a> = (&'a str, &'a [(&'a str, &'a str)], f64);

fn family(name: &str, kind: Kind, samples: &[Given<'_>]) -> Family {
    let sample = |&(name, labels, value): &Given<'_>| Sample {
        name: name.into(),
        labels: labels.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
        value,
    };
    Family { name: name.into(), help: "Help.".into(), kind, samples: samples.iter().map(sample).collect() }
}

/// What is on the page, one line for each sample.
fn page(out: &Samples) -> Vec<String> {
    let families = out.families().flat_map(|family| {
        let descriptor = family.descriptor();
        let labels: Vec<&str> = descriptor.labels().collect();
        let line = move |sample: metrics_core::Sample<'_>| {
            let pairs: Vec<String> =
                labels.iter().zip(sample.labels()).map(|(name, value)| format!("{name}={value}")).collect();
            let (kind, name) = (descriptor.kind().as_str(), descriptor.name());
            format!("{kind} {name} {} {:?}", pairs.join(","), sample.value())
        };
        family.samples().map(line).collect::<Vec<_>>()
    });
    families.collect()
}

#[test]
fn every_kind_is_what_the_client_says() {
    let (mut families, mut out) = (Families::beside(Vec::new()), Samples::default());
    for family in [
        family("c", Kind::Counter, &[("c_total", &[("a", "x")], 2.5)]),
        family("g", Kind::Gauge, &[("g", &[("pid", "7")], -1.0), ("g", &[("pid", "8")], 1.0)]),
        family(
            "h",
            Kind::Histogram,
            &[
                ("h_sum", &[("a", "x")], 4.5),
                ("h_bucket", &[("a", "x"), ("le", "0.1")], 1.0),
                ("h_bucket", &[("a", "x"), ("le", "+Inf")], 3.0),
                ("h_count", &[("a", "x")], 3.0),
            ],
        ),
        family("s", Kind::Summary, &[("s_count", &[], 2.0), ("s_sum", &[], 5.0)]),
    ] {
        families.push(&family, &mut out).unwrap();
    }
    let expected = [
        "counter c_total a=x Number(2.5)",
        "gauge g pid=7 Number(-1.0)",
        "gauge g pid=8 Number(1.0)",
        "histogram h a=x Buckets(Buckets { cumulative: [(0.1, 1)], sum: 4.5, count: 3 })",
        "summary s  Quantiles(Quantiles { quantiles: [], sum: 5.0, count: 2 })",
    ];
    assert_eq!(page(&out), expected);
    assert!(out.families().all(|family| family.descriptor().help() == "Help."));
    assert_eq!(families.known().count(), 4);
}

#[test]
fn names_are_printed_as_the_client_prints_them() {
    let (mut families, mut out) = (Families::beside(Vec::new()), Samples::default());
    let dotted = family("http.jobs é", Kind::Counter, &[("http.jobs é_total", &[("a:b-c", "1")], 1.0)]);
    families.push(&dotted, &mut out).unwrap();
    families.push(&family("old_total", Kind::Gauge, &[("old_total", &[], 1.0)]), &mut out).unwrap();
    assert_eq!(
        page(&out),
        ["counter http_jobs___total a_b_c=1 Number(1.0)", "unknown old_total  Number(1.0)"]
    );
}

#[test]
fn series_of_one_family_have_the_same_labels() {
    let (mut families, mut out) = (Families::beside(Vec::new()), Samples::default());
    let samples: &[Given<'_>] =
        &[("g", &[("a", "1")], 1.0), ("g", &[("b", "2")], 2.0), ("g", &[("b", "")], 3.0), ("g", &[], 4.0)];
    let error = families.push(&family("g", Kind::Gauge, samples), &mut out).unwrap_err();
    assert_eq!(error.to_string(), "a series is there twice");
    let expected = ["gauge g a=1,b= Number(1.0)", "gauge g a=,b=2 Number(2.0)", "gauge g a=,b= Number(3.0)"];
    assert_eq!(page(&out), expected);
}

#[test]
fn what_cannot_be_on_the_page_is_left_out() {
    let own = Descriptor::new(metrics_core::Kind::Counter, "own_total", "", [""; 0]).unwrap();
    let (mut families, mut out) = (Families::beside(vec![own]), Samples::default());
    let mut left_out = |name: &str, kind, labels: &[(&str, &str)]| {
        let sample = match kind {
            Kind::Counter => format!("{name}_total"),
            _ => name.to_owned(),
        };
        let pushed = families.push(&family(name, kind, &[(&sample, labels, 1.0)]), &mut out);
        pushed.map_or_else(|error| error.to_string(), |()| String::new())
    };
    assert_eq!(left_out("own", Kind::Counter, &[]), "its name clashes with `own_total` on a page");
    assert!(left_out("a", Kind::Gauge, &[("__x", "1")]).starts_with("its name or a label is refused"));
    assert_eq!(left_out("b", Kind::Gauge, &[]), "");
    assert_eq!(left_out("b", Kind::Gauge, &[("later", "1")]), "");
    assert_eq!(left_out("b", Kind::Summary, &[]), "its kind is no longer gauge");
    assert_eq!(left_out("b_count", Kind::Gauge, &[]), "");
    assert_eq!(page(&out).len(), 3);
}

/// The client prints both, and Prometheus refuses its page.
#[test]
fn names_that_are_printed_alike_are_not_mixed() {
    let (mut families, mut out) = (Families::beside(Vec::new()), Samples::default());
    let mut push = |name: &str, labels: &[(&str, &str)]| {
        families.push(&family(name, Kind::Gauge, &[(name, labels, 1.0)]), &mut out).map_err(|e| e.to_string())
    };
    assert_eq!(push("a.b", &[]), Ok(()));
    assert_eq!(push("a_b", &[]), Err("its name clashes with `a.b` on a page".to_owned()));
    assert_eq!(push("a.b", &[("x.y", "1")]), Ok(()));
    let twice = push("c", &[("x.y", "1"), ("x_y", "2")]);
    assert_eq!(twice, Err("two of its labels are printed as `x_y`".to_owned()));
    assert_eq!(page(&out), ["gauge a_b  Number(1.0)", "gauge a_b x_y=1 Number(1.0)"]);
}
