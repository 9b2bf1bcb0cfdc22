use proptest::prelude::*;

use super::*;

/// Captured from Debian's Prometheus 2.42.
const PROMETHEUS_2_42: &str = "application/openmetrics-text;version=1.0.0,\
     application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
/// The same with `--enable-feature=native-histograms`.
const PROMETHEUS_2_42_PROTOBUF: &str = "application/vnd.google.protobuf;\
     proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,\
     application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
/// As `scrape.go` of Prometheus 3 composes it from the default `scrape_protocols`.
const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
     application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
     text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
/// The same with `metric_name_validation_scheme: legacy` and protobuf first.
const PROMETHEUS_3_PROTOBUF: &str = "application/vnd.google.protobuf;\
     proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
     application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,\
     application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=underscores;q=0.3,\
     text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
const CHROMIUM: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,\
     */*;q=0.8,application/signed-exchange;v=b3;q=0.7";

#[test]
fn the_format_follows_accept() {
    let text = [
        "",
        "*/*",
        CHROMIUM,
        "text/plain",
        "TEXT/PLAIN; charset=utf-8",
        "text/*, application/*;q=0.5",
        "application/json",
        "text/plain;version=1.0.0",
        "application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;q=0",
        "application/openmetrics-text;q=0,*/*",
        "application/openmetrics-text;q=0.4,text/plain;q=0.5",
        "application/openmetrics-text;q=0.5,*/*;q=0.6",
        "text/plain,application/openmetrics-text",
        "application/openmetrics-text;q=2",
        "application/openmetrics-text;q=NaN",
        "application/openmetrics-text;q=",
        "application/openmetrics-text;version=\"1,0\"",
        "openmetrics-text",
    ];
    let open_metrics = [
        PROMETHEUS_2_42,
        PROMETHEUS_2_42_PROTOBUF,
        PROMETHEUS_3,
        PROMETHEUS_3_PROTOBUF,
        "application/openmetrics-text",
        "application/openmetrics-text, text/plain",
        "application/openmetrics-text, */*",
        "*/*, application/openmetrics-text",
        "application/*",
        "text/plain;q=0, */*",
        "text/plain;q=.2, Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=.3",
        "application/openmetrics-text; odd=\"a,b;q=0\\\",\"; q=1, text/plain; q=0.5",
    ];
    for header in text {
        assert_eq!(format(&[header]), Format::Text, "{header}");
    }
    for header in open_metrics {
        assert_eq!(format(&[header]), Format::OpenMetrics, "{header}");
    }
}

#[test]
fn several_lines_are_one_list() {
    assert_eq!(format(&[]), Format::Text);
    assert_eq!(format(&["text/plain;q=0.5", "application/openmetrics-text"]), Format::OpenMetrics);
    assert_eq!(coding(&[]), Coding::Identity);
    assert_eq!(coding(&["br", "zstd"]), Coding::Zstd);
}

#[test]
fn the_coding_follows_accept_encoding() {
    let cases = [
        ("", Coding::Identity),
        ("gzip", Coding::Gzip),
        ("GZip", Coding::Gzip),
        ("x-gzip", Coding::Gzip),
        ("identity", Coding::Identity),
        ("zstd", Coding::Zstd),
        ("gzip, deflate, br, zstd", Coding::Gzip),
        ("zstd, gzip", Coding::Zstd),
        ("gzip;q=0.5, zstd", Coding::Zstd),
        ("gzip;q=0.8, zstd;q=0.5", Coding::Gzip),
        ("gzip;q=0", Coding::Identity),
        ("gzip;q=0.000, zstd;q=0.001", Coding::Zstd),
        ("*", Coding::Gzip),
        ("*;q=0", Coding::Identity),
        ("gzip;q=0, *", Coding::Zstd),
        ("*;q=0, gzip", Coding::Gzip),
        ("identity, gzip", Coding::Gzip),
        ("identity, gzip;q=0.5", Coding::Identity),
        ("identity;q=0.5, gzip", Coding::Gzip),
        ("identity;q=0", Coding::Identity),
        ("identity;q=0, *", Coding::Gzip),
        ("identity;q=0, gzip;q=0.1", Coding::Gzip),
        ("br, deflate", Coding::Identity),
        ("gzip;q=high", Coding::Identity),
    ];
    for (header, expected) in cases {
        assert_eq!(coding(&[header]), expected, "{header}");
    }
}

#[test]
fn a_hostile_header_takes_linear_time() {
    for part in [",", ";", "\"", "\\\"", "*/*,", "text/plain;q=0.5,", "gzip;", "q=0", "a\"b,", "q=0;version="]
    {
        let header = part.repeat((1 << 18) / part.len());
        let lines = [header.as_str(), header.as_str()];
        // Quadratic time would be many minutes.
        format(&lines);
        coding(&lines);
    }
}

proptest! {
    #[test]
    fn any_header_is_understood_somehow(lines in prop::collection::vec(".*|[a-z*/;=,\"\\\\q0-9. -]{0,80}", 0..4)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        format(&lines);
        coding(&lines);
    }

    #[test]
    fn what_is_refused_is_not_served(before in "[a-z*/;=, ]{0,40}", after in "[a-z*/;=, ]{0,40}") {
        let header = format!("{before},gzip;q=0,zstd;q=0,application/openmetrics-text;version=1.0.0;q=0,{after}");
        prop_assume!(!header.contains("gzip,") && !header.contains("zstd,"));
        prop_assert_eq!(coding(&[&header]), Coding::Identity);
        prop_assert_eq!(format(&[&header]), Format::Text);
    }
}
