//! Nautobot's web server, and what else may answer in its place.

use std::time::Duration;

use metrics_core::{BoxCollector, Collector, Limits, Registry, Samples, Scrape};
use nautobot_collectors::AppVersions;
use serde_json::json;
use testbed::free_port;
use tokio::time::{Instant, sleep};

use super::web_server::{Does, WebServer, answer, authority, encrypted, late};
use super::{TOKEN, all, collect, failure, of_web, pairs, settings, status, versions};

/// The bodies have the keys that `nautobot.core.api.views.StatusView` of each line puts there.
#[tokio::test]
async fn each_line_is_understood() {
    let old = |django: &str, nautobot: &str, python: &str, workers: &str| {
        format!(
            r#"{{"django-version":"{django}","installed-apps":{{"cacheops":"5.1","nautobot.core":null}},
                "nautobot-version":"{nautobot}","plugins":{{"nautobot_capacity_metrics":"2.1.1","nothing":null}},
                "python-version":"{python}",{workers}}}"#
        )
    };
    let new = |django: &str, nautobot: &str, python: &str| {
        format!(
            r#"{{"django-version":"{django}","installed-apps":{{"nautobot.core":"{nautobot}"}},
                "nautobot-version":"{nautobot}","nautobot-apps":{{"nautobot_capacity_metrics":"4.1.1"}},
                "plugins":{{"nautobot_capacity_metrics":"4.1.1"}},"python-version":"{python}","celery-workers-running":1}}"#
        )
    };
    let celery = r#""celery-workers-running":1"#;
    for (body, django, app, nautobot, python) in [
        (old("3.1.14", "1.0.3", "3.6.15", r#""rq-workers-running":1"#), "3.1.14", "2.1.1", "1.0.3", "3.6.15"),
        (old("3.2.25", "1.6.32", "3.11.7", celery), "3.2.25", "2.1.1", "1.6.32", "3.11.7"),
        (old("3.2.23", "2.0.6", "3.11.7", celery), "3.2.23", "2.1.1", "2.0.6", "3.11.7"),
        (new("4.2.30", "2.4.44", "3.12.1"), "4.2.30", "4.1.1", "2.4.44", "3.12.1"),
        (new("5.2.19", "3.2.7", "3.12.1"), "5.2.19", "4.1.1", "3.2.7", "3.12.1"),
    ] {
        let server = WebServer::start(answer("200 OK", "Content-Type: application/json\r\n", &body));
        let expected = [
            ("django", django),
            ("nautobot", nautobot),
            ("nautobot_capacity_metrics", app),
            ("python", python),
        ];
        assert_eq!(versions(&of_web(&server.url(), &[])).await, pairs(&expected));
    }
}

#[tokio::test]
async fn the_request_is_one_that_nautobot_answers() {
    for (base, path) in [("", "/api/status/"), ("/", "/api/status/"), ("/nb/", "/nb/api/status/")] {
        let server = WebServer::start(status("3.2.7", &json!({})));
        collect(&of_web(&format!("{}{base}", server.url()), &[])).await.unwrap();
        let requests = server.requests();
        let head = requests[0].to_lowercase();
        assert!(head.starts_with(&format!("get {path} http/1.1\r\n")), "{head}");
        for header in [
            format!("\r\nauthorization: token {TOKEN}\r\n"),
            "\r\naccept: application/json\r\n".to_owned(),
            format!("\r\nhost: 127.0.0.1:{}\r\n", server.port()),
        ] {
            assert!(head.contains(&header), "{header} in {head}");
        }
    }
}

#[tokio::test]
async fn apps_may_be_named_as_no_label_is() {
    let apps =
        json!({ "a.b": "1", "a_b": "2", "3com": "3", "größe": "4", "__x": "5", "none": null, "empty": "" });
    let server = WebServer::start(status("3.2.7", &apps));
    let basic = [("django", "5.2.19"), ("nautobot", "3.2.7"), ("python", "3.12.1")];
    let apps = [("_com", "3"), ("_x", "5"), ("a_b", "2"), ("gr__e", "4")];
    let mut expected = pairs(&[basic.as_slice(), apps.as_slice()].concat());
    expected.sort();
    assert_eq!(versions(&of_web(&server.url(), &[])).await, expected);
}

#[tokio::test]
async fn nothing_known_of_apps_is_a_series_without_labels() {
    let server = WebServer::start(status("3.2.7", &json!({})));
    let section = settings(&json!({ "url": server.url(), "token": TOKEN }));
    let collector = AppVersions::new(&section, super::wanted(false, true)).unwrap();
    assert_eq!(versions(&collector).await, []);
}

#[tokio::test]
async fn an_answer_stands_for_its_interval() {
    let server = WebServer::start(status("3.2.7", &json!({})));
    let patient = of_web(&server.url(), &[]);
    for _ in 0..5 {
        assert!(collect(&patient).await.unwrap().ages["api"] < 60.0);
    }
    assert_eq!(server.requests().len(), 1);

    let hasty = of_web(&server.url(), &[("interval", "0s")]);
    for _ in 0..3 {
        collect(&hasty).await.unwrap();
    }
    assert_eq!(server.requests().len(), 4);

    let ordinary = of_web(&server.url(), &[("interval", "300ms")]);
    collect(&ordinary).await.unwrap();
    sleep(Duration::from_millis(350)).await;
    server.does(status("3.2.8", &json!({ "nautobot_ssot": "4.0.0" })));
    let expected =
        [("django", "5.2.19"), ("nautobot", "3.2.8"), ("nautobot_ssot", "4.0.0"), ("python", "3.12.1")];
    assert_eq!(versions(&ordinary).await, pairs(&expected));
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn an_older_answer_stands_while_there_is_no_newer_one() {
    let mut server = WebServer::start(status("3.2.7", &json!({})));
    let collector = of_web(&server.url(), &[("interval", "100ms")]);
    let first = collect(&collector).await.unwrap();
    server.stop();
    sleep(Duration::from_millis(150)).await;
    let second = collect(&collector).await.unwrap();
    assert_eq!(first.versions, second.versions);
    assert!(second.ages["api"] >= 0.15 && first.ages["api"] < 0.1, "{first:?} {second:?}");
}

#[tokio::test]
async fn a_server_that_fails_is_left_alone_for_a_while() {
    let server = WebServer::start(answer("500 Internal Server Error", "", ""));
    let collector = of_web(&server.url(), &[]);
    for _ in 0..3 {
        assert!(failure(&collector).await.contains("answered 500, expected 200"));
    }
    assert_eq!(server.requests().len(), 1);
    let collector = of_web(&server.url(), &[("interval", "100ms")]);
    failure(&collector).await;
    server.does(status("3.2.7", &json!({})));
    sleep(Duration::from_millis(150)).await;
    assert_eq!(versions(&collector).await.len(), 3);
}

#[tokio::test]
async fn what_is_no_status_is_refused_with_the_way_out() {
    let elsewhere = WebServer::start(status("3.2.7", &json!({})));
    let location = format!("Location: {}/api/status/\r\n", elsewhere.url());
    for (does, expected) in [
        (
            answer("301 Moved Permanently", &location, ""),
            "answered 301, expected 200; redirects are not followed",
        ),
        (answer("400 Bad Request", "", ""), "answered 400, expected 200; ALLOWED_HOSTS"),
        (answer("401 Unauthorized", "", ""), "answered 401, expected 200; check nautobot.token"),
        (answer("403 Forbidden", "", TOKEN), "answered 403, expected 200; check nautobot.token"),
        (answer("404 Not Found", "", ""), "answered 404, expected 200; nautobot.url has to be"),
        (answer("503 Service Unavailable", "", ""), "answered 503, expected 200"),
        (answer("204 No Content", "", ""), "answered 204, expected 200"),
        (answer("200 OK", "", "<html>"), "no status of Nautobot: expected value"),
        (answer("200 OK", "", "{}"), "no status of Nautobot: it has no `nautobot-version`"),
        (answer("200 OK", "", TOKEN), "no status of Nautobot: "),
        (answer("200 OK", "", &"[".repeat(10_000)), "no status of Nautobot: "),
        (Does::Flood, "no status of Nautobot: it is larger than 1 MiB"),
        (Does::Answer(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), "cannot ask http://127.0.0.1:"),
        (Does::Answer(Vec::new()), "cannot ask http://127.0.0.1:"),
        (
            Does::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec()),
            "cannot ask http://127.0.0.1:",
        ),
    ] {
        let server = WebServer::start(does);
        let failure = failure(&of_web(&server.url(), &[])).await;
        assert!(failure.contains(expected), "{failure}");
    }
    assert_eq!(elsewhere.requests(), [""; 0]);
    let nobody = format!("http://127.0.0.1:{}", free_port().unwrap());
    let failure = failure(&of_web(&nobody, &[])).await;
    assert!(failure.starts_with(&format!("cannot ask {nobody}/api/status/: ")), "{failure}");
}

#[tokio::test]
async fn a_silent_server_costs_the_first_page_half_of_its_time_at_most_and_the_next_a_tenth() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec();
    for does in [Does::AnswerAndHang(Vec::new()), Does::AnswerAndHang(head)] {
        let server = WebServer::start(does);
        for (time, others) in [(1, [].as_slice()), (20, &[("timeout", "500ms")])] {
            let collector = of_web(&server.url(), others);
            let mut out = Samples::new(Duration::from_secs(time), usize::MAX);
            let start = Instant::now();
            let failure = collector.collect(&mut out).await.unwrap_err().to_string();
            assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
            assert!(failure.contains("/api/status/ did not answer in time; look"), "{failure}");
            let mut out = Samples::new(Duration::from_secs(time), usize::MAX);
            let start = Instant::now();
            collector.collect(&mut out).await.unwrap_err();
            assert!(start.elapsed() < Duration::from_millis(300), "{:?}", start.elapsed());
        }
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_costs_a_page_half_a_second_at_most() {
    let server = WebServer::start(status("3.2.7", &json!({})));
    let collector = of_web(&server.url(), &[("interval", "0s"), ("timeout", "2s")]);
    let first = versions(&collector).await;
    server.does(Does::AnswerAndHang(Vec::new()));
    for _ in 0..6 {
        let start = Instant::now();
        assert_eq!(versions(&collector).await, first);
        assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
    }
    assert!(server.requests().len() <= 4, "{:?}", server.requests());
}

#[tokio::test]
async fn a_slow_answer_is_found_by_the_next_run() {
    let server = WebServer::start(status("3.2.7", &json!({})));
    let collector = of_web(&server.url(), &[("interval", "100ms"), ("timeout", "700ms")]);
    collect(&collector).await.unwrap();
    sleep(Duration::from_millis(150)).await;
    server.does(late(Duration::from_millis(1000), status("3.2.8", &json!({}))));
    let nautobot = |shown: &[(String, String)]| shown[1].1.clone();
    assert_eq!(nautobot(&versions(&collector).await), "3.2.7");
    sleep(Duration::from_millis(1000)).await;
    let shown = collect(&collector).await.unwrap();
    assert_eq!(nautobot(&shown.versions), "3.2.8");
    assert!(shown.ages["api"] >= 1.0, "{shown:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn what_a_run_that_is_given_up_asked_the_next_one_hears() {
    let server = WebServer::start(late(Duration::from_millis(400), status("3.2.7", &json!({}))));
    let collector = of_web(&server.url(), &[]);
    tokio::time::timeout(Duration::from_millis(200), collect(&collector)).await.unwrap_err();
    assert_eq!(versions(&collector).await.len(), 3);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_failing_server_takes_no_other_source_away() {
    let server = WebServer::start(answer("403 Forbidden", "", ""));
    let section = json!({ "url": server.url(), "token": TOKEN, "versions": { "python": "3.12.1" } });
    let collector = AppVersions::new(&settings(&section), all()).unwrap();
    let shown = collect(&collector).await.unwrap();
    assert_eq!((shown.versions, shown.ages.len()), (pairs(&[("python", "3.12.1")]), 0));
}

#[tokio::test]
async fn certificates_are_looked_at() {
    let authority = authority();
    let server = WebServer::start_with(status("3.2.7", &json!({})), Some(encrypted(&authority)));
    let files = tempfile::tempdir().unwrap();
    let [trusted, other] = ["trusted", "other"].map(|name| files.path().join(name));
    std::fs::write(&trusted, authority.as_ref().pem()).unwrap();
    std::fs::write(&other, self::authority().as_ref().pem()).unwrap();
    for (host, ca, works) in
        [("localhost", &trusted, true), ("localhost", &other, false), ("127.0.0.1", &trusted, false)]
    {
        let url = format!("https://{host}:{}", server.port());
        let collector = of_web(&url, &[("tls_ca_file", ca.to_str().unwrap())]);
        if works {
            assert_eq!(versions(&collector).await.len(), 3);
        } else {
            let failure = failure(&collector).await;
            assert!(failure.contains("certificate"), "{failure}");
        }
    }
    assert_eq!(server.requests().len(), 1);
    let plain = of_web(&format!("http://localhost:{}", server.port()), &[]);
    failure(&plain).await;
}

#[tokio::test]
async fn the_token_is_shown_nowhere() {
    let server = WebServer::start(status("3.2.7", &json!({})));
    let collector = of_web(&server.url(), &[]);
    collect(&collector).await.unwrap();
    assert!(!format!("{collector:?}").contains(TOKEN));
}

#[tokio::test]
async fn a_registry_takes_the_labels_as_they_come() {
    let server = WebServer::start(status("3.2.7", &json!({ "nautobot_ssot": "4.0.0" })));
    let mut registry = Registry::new();
    let collector = BoxCollector::new(of_web(&server.url(), &[("interval", "0s")]));
    registry.register(collector, Limits::default()).unwrap();
    for apps in [json!({ "nautobot_ssot": "4.0.0" }), json!({ "other": "1" }), json!({})] {
        server.does(status("3.2.7", &apps));
        let gathered = registry.gather(&Scrape::within(Duration::from_secs(5))).await;
        for run in gathered.runs() {
            assert!(run.outcome().is_success(), "{:?}", run.outcome());
        }
        let of_versions =
            gathered.families().filter(|family| family.descriptor().name() == "nautobot_app_versions");
        assert_eq!(of_versions.count(), 1);
    }
}
