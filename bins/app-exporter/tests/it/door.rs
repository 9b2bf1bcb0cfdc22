//! What the exporter's HTTP server does.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use flate2::read::GzDecoder;
use testbed::{Exporter, Postgres, http, samples};

use crate::{settings, start};

fn exporter() -> (testbed::Database, Exporter) {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let exporter = start(&settings(&database));
    (database, exporter)
}

#[test]
fn the_plugins_paths_serve_the_page_with_and_without_a_slash() {
    let (_database, exporter) = exporter();
    let plugin = "/api/plugins/capacity-metrics/app-metrics";
    for path in ["/metrics", "/metrics/", plugin, &format!("{plugin}/")] {
        let page = exporter.get(path, &[]);
        assert_eq!(page.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8", "{path}");
        assert!(samples(page.text()).contains_key("nautobot_model_count"), "{path}");
    }
}

#[test]
fn formats_and_codings_are_negotiated() {
    let (_database, exporter) = exporter();
    let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                      text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let page = exporter.get("/metrics", &[("Accept", prometheus), ("Accept-Encoding", "gzip")]);
    assert_eq!(page.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_eq!(page.headers["content-encoding"], "gzip");
    assert_eq!(page.headers["vary"], "Accept, Accept-Encoding");
    let mut text = String::new();
    GzDecoder::new(page.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(text.ends_with("# EOF\n"));

    let page = exporter.get("/metrics", &[("Accept-Encoding", "zstd, gzip;q=0.5")]);
    assert_eq!(page.headers["content-encoding"], "zstd");
    let text = zstd::decode_all(page.body.as_slice()).unwrap();
    assert!(samples(std::str::from_utf8(&text).unwrap()).contains_key("nautobot_model_count"));

    let page = exporter.get("/metrics", &[("Accept-Encoding", "gzip;q=0")]);
    assert!(!page.headers.contains_key("content-encoding"));
}

#[test]
fn a_scrape_may_choose_collectors() {
    let (_database, exporter) = exporter();
    let families = |query: &str| samples(exporter.get(&format!("/metrics?{query}"), &[]).text());
    let only = families("collect[]=models");
    assert!(only.contains_key("nautobot_model_count") && !only.contains_key("nautobot_job_execution_status"));
    assert!(only.contains_key("nautobot_app_up"));
    let except = families("exclude%5B%5D=models");
    assert!(
        !except.contains_key("nautobot_model_count") && except.contains_key("nautobot_job_execution_status")
    );

    let unknown = exporter.get("/metrics?collect[]=model", &[]);
    assert_eq!(unknown.status, 400);
    assert!(unknown.text().contains("no collector `model`") && unknown.text().contains("models"));
    assert_eq!(exporter.get("/metrics?collect[]=models&exclude[]=jobs", &[]).status, 400);
}

#[test]
fn other_paths_and_methods_are_refused() {
    let (_database, exporter) = exporter();
    assert_eq!(exporter.get("/metric", &[]).status, 404);
    let post = http::request("POST", exporter.port(), "/metrics", &[("Content-Length", "0")]).unwrap();
    assert_eq!((post.status, post.headers["allow"].as_str()), (405, "GET, HEAD"));
    let head = http::request("HEAD", exporter.port(), "/metrics", &[]).unwrap();
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(exporter.get("/-/healthy", &[]).text(), "healthy\n");
}

#[test]
fn the_landing_page_links_the_metrics_and_runs_nothing() {
    let (_database, exporter) = exporter();
    let page = exporter.get("/", &[]);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.headers["content-security-policy"].contains("default-src 'none'"));
    assert!(page.text().contains("href=\"/metrics\"") && page.text().contains("nautobot_model_count"));
    assert!(!page.text().contains("<script"));
}

#[test]
fn large_heads_are_refused() {
    let (_database, exporter) = exporter();
    let large = "x".repeat(100_000);
    let many: Vec<(&str, &str)> = (0..200).map(|_| ("X-Many", "1")).collect();
    for headers in [vec![("X-Large", large.as_str())], many] {
        // the connection may be closed while the rest is still on its way
        if let Ok(refused) = http::request("GET", exporter.port(), "/metrics", &headers) {
            assert_eq!(refused.status, 431);
        }
        assert_eq!(exporter.get("/metrics", &[]).status, 200);
    }
}

#[test]
fn it_stops_in_good_order() {
    let (_database, exporter) = exporter();
    let took = exporter.stop();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(exporter.log().contains("stopped"), "{}", exporter.log());
}

#[test]
fn a_hung_scrape_does_not_keep_it_from_stopping() {
    let postgres = Postgres::start().unwrap();
    let database = postgres.database("nautobot-1.6.32");
    let exporter = start(&settings(&database));
    postgres.pause();
    let mut scrape = TcpStream::connect((Ipv4Addr::LOCALHOST, exporter.port())).unwrap();
    scrape.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let took = exporter.stop();
    assert!(took > Duration::from_secs(1) && took < Duration::from_secs(5), "{took:?}");
    assert!(exporter.log().contains("stopped"), "{}", exporter.log());
    postgres.resume();
}
