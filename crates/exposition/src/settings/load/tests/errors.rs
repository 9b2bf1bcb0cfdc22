//! One clear line for everything that is wrong.

use super::*;

fn toml(text: &str) -> String {
    given().file("s.toml", text).refused()
}

fn json(text: &str) -> String {
    given().file("s.json", text).refused()
}

#[test]
fn an_unknown_key_is_told_with_its_line_and_the_nearest_one() {
    assert_eq!(
        toml("[app_metrics]\n\njbos = true"),
        "s.toml:3: unknown key `app_metrics.jbos`; did you mean `jobs`?"
    );
    assert_eq!(
        json("{\n \"app_metrics\": {\"jobs\": true,\n \"modles\": {}}}"),
        "s.json:3: unknown key `app_metrics.modles`; did you mean `models`?"
    );
    assert_eq!(toml("\n[databse]"), "s.toml:2: unknown key `databse`; did you mean `database`?");
    assert_eq!(toml("[wbe]\nx = 1"), "s.toml:1: unknown key `wbe`; did you mean `web`?");
    assert_eq!(toml("[rq_metric]"), "s.toml:1: unknown key `rq_metric`; did you mean `rq_metrics`?");
    assert_eq!(
        toml("[log]\ncolour = 1"),
        "s.toml:2: unknown key `log.colour`; known here: `level`, `format`"
    );
    assert_eq!(
        toml("[collectors.models]\nmax_serie = 1"),
        "s.toml:2: unknown key `collectors.models.max_serie`; did you mean `max_series`?"
    );
    assert_eq!(
        toml("[collectors.model]"),
        "s.toml:1: unknown key `collectors.model`; did you mean `models`?"
    );
    assert_eq!(
        toml("[collectors.queus]"),
        "s.toml:1: unknown key `collectors.queus`; did you mean `queues`?"
    );
    assert_eq!(
        toml("[app_metrics]\nversoins = 1"),
        "s.toml:2: unknown key `app_metrics.versoins`; did you mean `versions`?"
    );
    assert_eq!(
        toml("[database]\npasword_file = \"x\""),
        "s.toml:2: unknown key `database.pasword_file`; did you mean `password_file`?"
    );
}

#[test]
fn an_unknown_key_is_refused_where_the_type_would_pass_over_it() {
    assert_eq!(toml("[lenient]\ndetph = 1"), "s.toml:2: unknown key `lenient.detph`; did you mean `depth`?");
}

#[test]
fn an_unknown_variable_is_told_with_the_nearest_one() {
    let refused = |name: &str| given().variable(name, "canary").refused();
    assert_eq!(
        refused("NAUTOBOT_EXPORTER_DATABASE__HOTS"),
        "NAUTOBOT_EXPORTER_DATABASE__HOTS: unknown key `database.hots`; did you mean `NAUTOBOT_EXPORTER_DATABASE__HOST`?"
    );
    assert_eq!(
        refused("NAUTOBOT_EXPORTER_LOGG__LEVEL"),
        "NAUTOBOT_EXPORTER_LOGG__LEVEL: unknown key `logg`; did you mean `NAUTOBOT_EXPORTER_LOG`?"
    );
    assert_eq!(
        refused("NAUTOBOT_EXPORTER_DATABASE__PASWORD_FILE"),
        "NAUTOBOT_EXPORTER_DATABASE__PASWORD_FILE: unknown key `database.pasword_file`; \
         did you mean `NAUTOBOT_EXPORTER_DATABASE__PASSWORD_FILE`?"
    );
    assert!(refused("NAUTOBOT_EXPORTER_").starts_with("NAUTOBOT_EXPORTER_: unknown key"));
}

#[test]
fn a_wrong_type_is_told_without_the_value() {
    for (text, message) in [
        (
            "[database]\nport = \"canary\"",
            "2: `database.port`: expected a whole number from 0 to 65535, found a string",
        ),
        ("[database]\nport = 77777", "2: `database.port`: expected a whole number from 0 to 65535"),
        ("[database]\npassword = 123456", "2: `database.password`: expected a string, found a number"),
        (
            "[database]\nconnect_timeout = \"canary\"",
            "2: `database.connect_timeout`: expected a duration such as `10s` or `500ms`",
        ),
        ("database = \"canary\"", "1: `database`: expected a section, found a string"),
        ("[app_metrics]\njobs = \"canary\"", "2: `app_metrics.jobs`: expected true or false, found a string"),
        (
            "[app_metrics]\nqueues = [\n\"a\",\n5]",
            "4: `app_metrics.queues.1`: expected a string, found a number",
        ),
        ("[app_metrics]\nqueues = \"canary\"", "2: `app_metrics.queues`: expected a list, found a string"),
        ("[log]\nlevel = \"canary\"", "2: `log.level`: expected one of error, warn, info, debug, trace"),
        ("[web]\nmax_requests = 0", "2: `web.max_requests`: expected a whole number from 1 to 65535"),
        ("[web]\nmax_requests = -1", "2: `web.max_requests`: expected a whole number from 1 to 65535"),
        (
            "[web]\nmax_requests = 9223372036854775807",
            "2: `web.max_requests`: expected a whole number from 1 to 65535",
        ),
        (
            "[web]\ntelemetry_path = \"canary\"",
            "2: `web.telemetry_path`: expected a path such as `/metrics`, without characters that a URL escapes",
        ),
        (
            "[web]\nlisten_address = [\"canary\"]",
            "2: `web.listen_address.0`: expected `:port`, `host:port`, `[IPv6 address]:port` or `unix:/path`",
        ),
        ("database = [\"canary\"]", "1: `database`: expected a section, found a list"),
        ("web = 1", "1: `web`: expected a section, found a number"),
        ("collectors = \"canary\"", "1: `collectors`: expected a section, found a string"),
    ] {
        assert_eq!(toml(text), format!("s.toml:{message}"));
    }
}

#[test]
fn a_path_that_no_request_can_have_is_refused() {
    for path in
        ["", "m", "/m?x", "/m#x", "/m%20x", "/m x", "/m\tx", "/m\n", "/m\u{7f}", "/mé", "/<m>", "/m|x"]
    {
        let given = given().flag("web.telemetry_path", path);
        assert!(given.load().is_err(), "{path:?}");
    }
    for path in ["/", "/metrics", "/a/b-c_d.e~f", "/$&+,:;=@"] {
        assert_eq!(given().flag("web.telemetry_path", path).loaded().exporter.web.telemetry_path, path);
    }
}

#[test]
fn a_wrong_variable_is_told_without_the_value() {
    let refused = |name: &str, value: &str| given().variable(name, value).refused();
    assert_eq!(
        refused("X_DB_PORT", "canary"),
        "X_DB_PORT: `database.port`: expected a whole number from 0 to 65535"
    );
    assert_eq!(
        refused("NAUTOBOT_EXPORTER_WEB__LISTEN_ADDRESS", ":1,canary"),
        "NAUTOBOT_EXPORTER_WEB__LISTEN_ADDRESS: `web.listen_address.1`: \
         expected `:port`, `host:port`, `[IPv6 address]:port` or `unix:/path`"
    );
    assert_eq!(
        refused("NAUTOBOT_EXPORTER_APP_METRICS__JOBS", "canary"),
        "NAUTOBOT_EXPORTER_APP_METRICS__JOBS: `app_metrics.jobs`: expected true or false"
    );
    assert_eq!(
        refused("NAUTOBOT_EXPORTER_DATABASE", "canary"),
        "NAUTOBOT_EXPORTER_DATABASE: `database`: expected a section"
    );
}

#[test]
fn the_merged_error_names_the_source_that_won() {
    let files = given().file("a.toml", "[database]\nport = 1").file("b.toml", "\n\ndatabase.port = []");
    assert_eq!(
        files.refused(),
        "b.toml:3: `database.port`: expected a whole number from 0 to 65535, found a list"
    );
}

#[test]
fn syntax_errors_have_a_line_and_quote_nothing() {
    for text in [
        "[database]\npassword = canary",
        "[database]\npassword = \"canary",
        "[database]\ncanary",
        "x = 1\nx = \"canary\"",
    ] {
        let message = toml(text);
        assert!(message.starts_with("s.toml:2: ") && !message.contains("canary"), "{message}");
    }
    for text in [
        "{\n\"password\": canary}",
        "{\n\"password\": 'canary'}",
        "{\n\"password\": \"canary}",
        "{\"a\": 1,\n// canary\n}",
        "{\"a\": 1,\n}",
        "{\"a\": 1,\n\"a\": \"canary\"}",
    ] {
        let message = json(text);
        assert!(message.starts_with("s.json:") && !message.contains("canary"), "{message}");
    }
    assert_eq!(json("{\"a\": 1,\n \"a\": 2}"), "s.json:2: `a` is given twice");
    assert_eq!(json("[1]"), "s.json:1: expected an object, `{`");
    assert_eq!(json(""), "s.json:1: expected an object, `{`");
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let mut files = given();
    files.files.push(files.path("missing.toml"));
    assert_eq!(files.refused(), "missing.toml: cannot be read: No such file or directory (os error 2)");
    let yaml = given().file("s.yaml", "a: 1");
    assert_eq!(yaml.refused(), "s.yaml: expected a file name that ends in .toml or .json");
}

#[test]
fn a_message_of_the_types_own_is_shown_unless_it_repeats_the_value() {
    #[derive(Debug, Default, Deserialize, Serialize)]
    #[serde(deny_unknown_fields, default)]
    struct Own {
        #[serde(deserialize_with = "discreet")]
        discreet: String,
        #[serde(deserialize_with = "chatty")]
        chatty: String,
        #[serde(deserialize_with = "whole")]
        section: BTreeMap<String, String>,
    }
    fn discreet<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)?;
        Err(serde::de::Error::custom("expected a better one"))
    }
    fn chatty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let text = String::deserialize(deserializer)?;
        let part = text.split('@').next().unwrap_or_default();
        Err(serde::de::Error::custom(format!("no such user: {part:?}")))
    }
    fn whole<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, String>, D::Error> {
        BTreeMap::<String, String>::deserialize(deserializer)?;
        Err(serde::de::Error::custom("`url` and `host` exclude each other"))
    }
    let refused = |text: &str| {
        let given = given().file("s.toml", text);
        let error = super::super::load::<Own>(&known(), &given.files, [], &[]).err().unwrap();
        error.to_string().replace(&format!("{}/", given.directory.path().display()), "")
    };
    assert_eq!(refused("discreet = \"canary\""), "s.toml:1: `discreet`: expected a better one");
    assert_eq!(refused("chatty = \"canary@host\""), "s.toml:1: `chatty`: has no suitable value");
    assert_eq!(
        refused("[section]\nurl = \"canary\"\nhost = \"x\""),
        "s.toml:1: `section`: `url` and `host` exclude each other"
    );
}

#[test]
fn a_limit_of_no_time_is_refused() {
    let reason = "expected a duration longer than zero, such as `10s`";
    assert_eq!(toml("[scrape]\ntimeout = \"0s\""), format!("s.toml:2: `scrape.timeout`: {reason}"));
    assert_eq!(
        json("{\"collectors\": {\"models\": {\n\"timeout\": \"0ms\"}}}"),
        format!("s.json:2: `collectors.models.timeout`: {reason}")
    );
    for key in ["SCRAPE__TIMEOUT", "COLLECTORS__MODELS__TIMEOUT"] {
        let refused = given().variable(&format!("NAUTOBOT_EXPORTER_{key}"), "0s").refused();
        assert!(refused.ends_with(reason), "{refused}");
    }
}
