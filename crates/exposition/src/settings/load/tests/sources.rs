//! Where settings come from, and which of them wins.

use secrecy::ExposeSecret;

use super::super::super::{LogFormat, LogLevel, prefix_of};
use super::*;

#[test]
fn nothing_given_is_the_default_with_an_entry_for_every_collector() {
    let loaded = given().loaded();
    assert_eq!(loaded.exporter.web.listen_address, [":18187".parse().unwrap()]);
    assert_eq!(loaded.exporter.web.telemetry_path, "/metrics");
    assert_eq!(loaded.exporter.web.max_requests.get(), 40);
    assert_eq!(loaded.exporter.scrape.timeout, Duration::from_secs(10));
    assert_eq!(loaded.exporter.scrape.timeout_offset, Duration::from_millis(500));
    assert_eq!((loaded.exporter.log.level, loaded.exporter.log.format), (LogLevel::Info, LogFormat::Logfmt));
    let names: Vec<&String> = loaded.exporter.collectors.keys().collect();
    assert_eq!(names, ["jobs", "models", "plain"]);
    assert_eq!(loaded.exporter.collectors["models"].max_series, 50_000);
    assert_eq!(loaded.own.database.max_connections, 2);
}

#[test]
fn every_key_of_the_exporter_is_read_from_toml() {
    let text = r#"
        [web]
        listen_address = [":1", "[::1]:2", "unix:/run/x.sock"]
        telemetry_path = "/m"
        max_requests = 7
        [scrape]
        timeout = "1m"
        timeout_offset = "0s"
        [log]
        level = "trace"
        format = "json"
        [collectors.models]
        enabled = false
        timeout = "2s"
        min_interval = "5m"
        max_series = 9
    "#;
    let exporter = given().file("a.toml", text).loaded().exporter;
    assert_eq!(exporter.web.listen_address.len(), 3);
    assert_eq!((exporter.web.telemetry_path.as_str(), exporter.web.max_requests.get()), ("/m", 7));
    assert_eq!(
        (exporter.scrape.timeout, exporter.scrape.timeout_offset),
        (Duration::from_mins(1), Duration::ZERO)
    );
    assert_eq!((exporter.log.level, exporter.log.format), (LogLevel::Trace, LogFormat::Json));
    let models = &exporter.collectors["models"];
    assert_eq!((models.enabled, models.timeout), (Some(false), Some(Duration::from_secs(2))));
    assert_eq!((models.min_interval, models.max_series), (Duration::from_mins(5), 9));
}

#[test]
fn the_higher_source_wins_key_by_key() {
    let base = given().variable("X_DB_HOST", "nautobot").variable("X_DB_PORT", "1");
    assert_eq!(base.loaded().own.database.host.as_deref(), Some("nautobot"));
    let with_files = base
        .file("a.toml", "[database]\nhost = \"first\"\nmax_connections = 3")
        .file("b.json", r#"{"database": {"host": "second"}}"#);
    let database = with_files.loaded().own.database;
    assert_eq!(
        (database.host.as_deref(), database.port, database.max_connections),
        (Some("second"), Some(1), 3)
    );
    let with_own = with_files.variable("NAUTOBOT_EXPORTER_DATABASE__HOST", "own");
    assert_eq!(with_own.loaded().own.database.host.as_deref(), Some("own"));
    let with_flag = with_own.variable("NAUTOBOT_EXPORTER_LOG__LEVEL", "debug").flag("log.level", "error");
    assert_eq!(with_flag.loaded().exporter.log.level, LogLevel::Error);
}

#[test]
fn a_url_replaces_its_parts_of_lower_ranks() {
    const URL: &str = "postgresql://metrics@db.example/x";
    let nautobot = || {
        let host = given().variable("X_DB_HOST", "nautobot").variable("X_DB_PORT", "1");
        host.variable("X_DB_PASSWORD", "canary").variable("X_DB_SSL", "False")
    };
    let is_alone = |given: Given| {
        let Loaded { own: Own { database, .. }, places, .. } = given.loaded();
        assert_eq!(database.url.unwrap().expose_secret(), URL);
        assert!(database.host.is_none() && database.port.is_none());
        assert!(database.password.is_none() && database.tls.is_none());
        assert!(!places.contains_key(&Key::dotted("database.host")));
        assert_eq!(database.max_connections, 3);
    };
    let url = format!("[database]\nurl = {URL:?}\nmax_connections = 3");
    let parts = "[database]\nhost = \"first\"\ntls = false\nmax_connections = 3";
    is_alone(nautobot().file("a.toml", &url));
    is_alone(nautobot().file("a.toml", parts).variable("NAUTOBOT_EXPORTER_DATABASE__URL", URL));
    is_alone(given().file("a.toml", parts).file("b.toml", &url));
    let given = nautobot();
    let secret = given.written("url", URL);
    let url_file = format!("[database]\nurl_file = {:?}\nmax_connections = 3", secret.display().to_string());
    is_alone(given.file("a.toml", &url_file));
    is_alone(
        nautobot()
            .file("a.toml", parts)
            .variable("NAUTOBOT_EXPORTER_DATABASE__URL_FILE", secret_of(URL).path()),
    );
}

fn secret_of(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn the_parts_of_the_urls_rank_and_of_higher_ones_stay() {
    let given = given().variable("X_DB_HOST", "nautobot").file("a.toml", "[database]\nurl = \"u\"\nport = 2");
    let database = given.variable("NAUTOBOT_EXPORTER_DATABASE__PASSWORD", "canary").loaded().own.database;
    assert_eq!((database.host, database.port, database.password.is_some()), (None, Some(2), true));
    let variables = super::given().variable("NAUTOBOT_EXPORTER_DATABASE__URL", "u");
    let variables = variables.variable("NAUTOBOT_EXPORTER_DATABASE__HOST", "own");
    assert_eq!(variables.loaded().own.database.host.as_deref(), Some("own"));
}

#[test]
fn an_empty_url_replaces_nothing() {
    let given = given().variable("X_DB_HOST", "nautobot").variable("NAUTOBOT_EXPORTER_DATABASE__URL", "");
    assert_eq!(given.loaded().own.database.host.as_deref(), Some("nautobot"));
}

#[test]
fn the_plugins_own_settings_are_a_valid_file() {
    let text = r#"{"app_metrics": {"models": {"dcim": {"Site": true, "Rack": false}, "ipam": {"Prefix": true}},
                   "jobs": true, "queues": []}}"#;
    let metrics = given().file("plugin.json", text).loaded().own.app_metrics;
    assert!(metrics.jobs);
    assert_eq!(
        metrics.models["dcim"],
        BTreeMap::from([("Rack".to_owned(), false), ("Site".to_owned(), true)])
    );
}

#[test]
fn a_given_map_replaces_the_default_one() {
    let metrics =
        given().file("a.toml", "app_metrics.models.ipam = { Prefix = true }").loaded().own.app_metrics;
    assert_eq!(metrics.models.keys().collect::<Vec<_>>(), ["ipam"]);
}

#[test]
fn what_a_sibling_reads_is_accepted_and_not_read() {
    let text = "[redis]\nurl = 1\npassword_file = \"/nowhere\"\n[rq_metrics]\nx = []\n[collectors.queues]\nwhatever = 1";
    let loaded = given()
        .file("a.toml", text)
        .variable("NAUTOBOT_EXPORTER_REDIS__HOST", "x")
        .variable("NAUTOBOT_EXPORTER_RQ_METRICS__PASSWORD_FILE", "/nowhere")
        .variable("NAUTOBOT_EXPORTER_COLLECTORS__QUEUES__ENABLED", "true")
        .variable("X_REDIS", "x")
        .loaded();
    assert!(!loaded.exporter.collectors.contains_key("queues"));
}

#[test]
fn environment_is_typed_by_what_the_setting_takes() {
    let loaded = given()
        .variable("NAUTOBOT_EXPORTER_WEB__LISTEN_ADDRESS", ":1, localhost:2")
        .variable("nautobot_exporter_web__max_requests", "5")
        .variable("NAUTOBOT_EXPORTER_SCRAPE__TIMEOUT", "3s")
        .variable("NAUTOBOT_EXPORTER_COLLECTORS__MODELS__ENABLED", "no")
        .variable("NAUTOBOT_EXPORTER_COLLECTORS__MODELS__MIN_INTERVAL", "30s")
        .variable("NAUTOBOT_EXPORTER_APP_METRICS__JOBS", "True")
        .variable("NAUTOBOT_EXPORTER_APP_METRICS__QUEUES", "a,b")
        .variable("NAUTOBOT_EXPORTER_APP_METRICS__MODELS__dcim__Device", "1")
        .variable("X_DB_PORT", "5433")
        .variable("X_DB_SSL", "1")
        .variable("X_DB_HOST", "10")
        .loaded();
    assert_eq!(loaded.exporter.web.listen_address.len(), 2);
    assert_eq!(loaded.exporter.web.max_requests.get(), 5);
    assert_eq!(loaded.exporter.scrape.timeout, Duration::from_secs(3));
    assert_eq!(loaded.exporter.collectors["models"].enabled, Some(false));
    assert_eq!(loaded.exporter.collectors["models"].min_interval, Duration::from_secs(30));
    assert!(loaded.own.app_metrics.jobs);
    assert_eq!(loaded.own.app_metrics.queues, ["a", "b"]);
    assert!(loaded.own.app_metrics.models["dcim"]["Device"]);
    let database = loaded.own.database;
    assert_eq!((database.port, database.tls, database.host.as_deref()), (Some(5433), Some(true), Some("10")));
}

#[test]
fn text_that_looks_like_something_else_stays_text() {
    for text in ["0123456", "{a=b}", "[1,2]", "true", "1e5", "a,b", "\"quoted\"", " spaced "] {
        let database = given().variable("X_DB_PASSWORD", text).loaded().own.database;
        assert_eq!(database.password.unwrap().expose_secret(), text);
    }
}

#[test]
fn empty_text_for_what_takes_no_text_is_not_given() {
    let environment = given().variable("X_DB_PORT", "").variable("NAUTOBOT_EXPORTER_LOG__LEVEL", "");
    let loaded = environment.variable("X_DB_PASSWORD_FILE", "").loaded();
    assert!(loaded.own.database.port.is_none() && loaded.own.database.password.is_none());
}

#[test]
fn strange_variables_are_nobodys_business() {
    use std::os::unix::ffi::OsStringExt;
    let unreadable = || OsString::from_vec(vec![0xff]);
    let mut environment = given().variable("PATH", unreadable()).variable("NAUTOBOT_EXPORTER", "x");
    environment.environment.push((unreadable(), "x".into()));
    environment.variable("X_DB_HOSTNAME", "x").loaded();
}

#[test]
fn effective_settings_are_printed_with_their_places() {
    let given = given()
        .file("a.toml", "[database]\nhost = \"db\"\n\n[app_metrics.models.\"a b\"]\nX = true")
        .variable("X_DB_PORT", "1")
        .variable("NAUTOBOT_EXPORTER_DATABASE__PASSWORD", "canary")
        .flag("web.telemetry_path", "/m");
    let printed = given.printed();
    for line in [
        "host = \"db\"  # a.toml:2",
        "port = 1  # X_DB_PORT",
        "password = \"<secret>\"  # NAUTOBOT_EXPORTER_DATABASE__PASSWORD",
        "telemetry_path = \"/m\"  # command line",
        "[app_metrics.models.\"a b\"]",
        "X = true  # a.toml:5",
        "listen_address = [\":18187\"]",
        "timeout_offset = \"500ms\"",
        "[collectors.jobs]",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is missing from\n{printed}");
    }
    assert!(!printed.contains("canary"));
    let again = super::given().file("again.toml", &printed).printed();
    let values = |text: &str| {
        text.lines().map(|line| line.split("  #").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(&again), values(&printed));
}

#[test]
fn the_prefix_is_the_programs() {
    assert_eq!(prefix_of("acme-exporter"), "ACME_EXPORTER_");
    let mut given = given().variable("NAUTOBOT_EXPORTER_LOGG__LEVEL", "canary");
    given.known.prefix = "ACME_".to_owned();
    let given = given.variable("ACME_LOG__LEVEL", "debug");
    assert_eq!(given.loaded().exporter.log.level, LogLevel::Debug);
    assert_eq!(
        given.variable("ACME_LOGG__LEVEL", "canary").refused(),
        "ACME_LOGG__LEVEL: unknown key `logg`; did you mean `ACME_LOG`?"
    );
}

#[test]
fn what_kubernetes_tells_of_a_service_is_no_setting() {
    let mut pod = given();
    pod.known.prefix = "ACME_EXPORTER_".to_owned();
    for name in [
        "SERVICE_HOST",
        "SERVICE_PORT",
        "SERVICE_PORT_HTTP",
        "PORT",
        "PORT_18187_TCP",
        "PORT_18187_TCP_PROTO",
        "PORT_18187_TCP_PORT",
        "PORT_18187_TCP_ADDR",
        "APP_SERVICE_HOST",
        "APP_SERVICE_PORT",
        "APP_SERVICE_PORT_WEB_UI",
        "APP_PORT",
        "RQ_PORT_18726_TCP",
        "RQ_PORT_18726_UDP_PROTO",
        "RQ_PORT_18726_SCTP_PORT",
        "RQ_PORT_18726_TCP_ADDR",
    ] {
        pod = pod.variable(&format!("ACME_EXPORTER_{name}"), "tcp://10.0.0.1:18187");
    }
    pod.loaded();
    for name in [
        "PORTS",
        "SERVICE",
        "SERVICE_HOSTS",
        "APPSERVICE_HOST",
        "APP_SPORT",
        "PORT_X_TCP",
        "PORT__TCP",
        "PORT_1_ICMP",
        "PORT_1_TCP_NAME",
        "PORT__X",
        "SERVICE_PORT__X",
        "DATABASE_HOST",
    ] {
        let mut given = given().variable(&format!("ACME_EXPORTER_{name}"), "tcp://10.0.0.1:18187");
        given.known.prefix = "ACME_EXPORTER_".to_owned();
        assert!(given.refused().contains("unknown key"), "{name}");
    }
}

#[test]
fn a_port_of_a_service_is_told_from_a_key_that_lacks_an_underscore() {
    let refused = given().variable("NAUTOBOT_EXPORTER_DATABASE_PORT", "5433").refused();
    assert!(refused.contains("unknown key `database_port`"), "{refused}");
}

#[test]
fn a_setting_of_the_programs_own_comes_before_what_kubernetes_tells() {
    #[derive(Debug, Default, Deserialize, Serialize)]
    #[serde(deny_unknown_fields, default)]
    struct Own {
        port: Option<u16>,
    }
    let given = given().variable("NAUTOBOT_EXPORTER_PORT", "7").variable("NAUTOBOT_EXPORTER_PORT_1_TCP", "x");
    let loaded = super::super::load::<Own>(&given.known, &[], given.environment, &[]);
    assert_eq!(loaded.ok().and_then(|loaded| loaded.own.port), Some(7));
}

#[test]
fn what_another_program_leaves_empty_is_not_given() {
    let given = given();
    let path = given.written("secret", "canary");
    let environment = given.variable("X_DB_PASSWORD", "").variable("X_DB_HOST", "");
    let database = environment.loaded().own.database;
    assert!(database.password.is_none() && database.host.is_none());
    let database = environment.variable("X_DB_PASSWORD_FILE", path).loaded().own.database;
    assert_eq!(database.password.unwrap().expose_secret(), "canary");
    let own = super::given().variable("NAUTOBOT_EXPORTER_DATABASE__HOST", "").loaded().own.database;
    assert_eq!(own.host.as_deref(), Some(""));
}
