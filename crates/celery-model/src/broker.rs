//! The URL of a broker, as Celery writes it, as settings of Redis.

use nautobot_redis::{Error, Settings};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Where kombu's URL leads: `redis://`, `rediss://` (with `ssl_ca_certs`), `redis+socket:///path?virtual_host=0`, or
/// `sentinel://host:26379/0;sentinel://other:26379`, for which `sentinel_master` of `settings` names the master.
///
/// What the URL says of address, database, login and TLS takes the place of all that `settings` say of it. The rest of
/// them stays: time limits, the login at Sentinels, and the authority to trust, unless the URL names one. Read in
/// `utils/url.py`, `connection.py` and `transport/redis.py` of kombu 5.7.
///
/// # Errors
/// [`Error::Unsupported`] for what Celery can use and this crate cannot: a broker such as RabbitMQ (`amqp://`), several of
/// them for failover, a certificate that is not verified, Sentinels whose master is named elsewhere; [`Error::Settings`] for a
/// URL that nobody can use. Of the URL, the message carries the scheme at most.
pub fn broker(url: &SecretString, settings: &Settings) -> Result<Settings, Error> {
    let url = url.expose_secret().trim();
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    let elsewhere =
        |what: &str| Err(unsupported(settings, "url", format!("{what}; only brokers on Redis are read")));
    match scheme {
        "sentinel" => sentinels(url, settings),
        _ if url.contains(";redis") => {
            let reason = "of several brokers for failover only one can be read: name that one";
            Err(unsupported(settings, "url", reason.to_owned()))
        }
        "redis" => server(url, settings, false),
        "rediss" | "redis+rediss" => server(url, settings, true),
        "redis+socket" | "socket" | "unix" => socket(url, settings),
        "amqp" | "amqps" | "pyamqp" | "librabbitmq" => elsewhere(&format!("`{scheme}://` leads to RabbitMQ")),
        "" => Err(settings.refuse("url", "is no URL, such as `redis://cache:6379/0`")),
        _ => elsewhere("its scheme is none of `redis`, `rediss`, `redis+socket` and `sentinel`"),
    }
}

fn unsupported(settings: &Settings, key: &'static str, reason: String) -> Error {
    Error::Unsupported { section: settings.section(), key, reason }
}

fn server(url: &str, settings: &Settings, tls: bool) -> Result<Settings, Error> {
    let url = parse(url, settings)?;
    let mut broker = elsewhere(settings);
    if tls {
        broker.tls = Some(true);
        broker.tls_ca_file = argument(&url, "ssl_ca_certs").map(Into::into).or(broker.tls_ca_file);
        // kombu has more words for each.
        if argument(&url, "ssl_cert_reqs").is_some_and(|reqs| !reqs.to_lowercase().ends_with("required")) {
            let reason = "`ssl_cert_reqs` other than `required` is not supported: name the authority in `ssl_ca_certs`";
            return Err(unsupported(settings, "url", reason.to_owned()));
        }
    } else {
        broker.tls_ca_file = None;
    }
    broker.url = Some(of_scheme("redis", &url, settings)?);
    Ok(broker)
}

fn socket(url: &str, settings: &Settings) -> Result<Settings, Error> {
    // A login without a host is no URL elsewhere.
    let url = parse(&url.replacen("@/", "@localhost/", 1), settings)?;
    let mut socket = parse("unix:///", settings)?;
    socket.set_path(url.path());
    if let Some(database) = argument(&url, "virtual_host").or_else(|| argument(&url, "db")) {
        socket.query_pairs_mut().append_pair("db", &database);
    }
    let mut broker = elsewhere(settings);
    broker.url = Some(socket.to_string().into());
    broker.tls_ca_file = None;
    broker.username = decoded(url.username());
    broker.password = url.password().and_then(decoded).map(Into::into);
    Ok(broker)
}

/// The first URL has the login at Redis and the database. The login at the Sentinels is in no URL.
fn sentinels(urls: &str, settings: &Settings) -> Result<Settings, Error> {
    let urls = urls.split(';').filter(|url| !url.trim().is_empty()).map(|url| parse(url, settings));
    let urls: Vec<Url> = urls.collect::<Result<_, _>>()?;
    let Some(first) = urls.first() else { return Err(settings.refuse("url", "names no Sentinel")) };
    let mut broker = elsewhere(settings);
    for url in &urls {
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| settings.refuse("url", "each Sentinel needs a host"))?;
        broker.sentinels.push(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
    }
    if settings.sentinel_master.as_deref().is_none_or(str::is_empty) {
        let reason = "has to say what the Sentinels call the master: `master_name` of Celery's `broker_transport_options`";
        return Err(unsupported(settings, "sentinel_master", reason.to_owned()));
    }
    broker.tls = settings.tls;
    broker.url = Some(of_scheme("redis", first, settings)?);
    Ok(broker)
}

/// What stays of settings for another server than theirs.
fn elsewhere(settings: &Settings) -> Settings {
    let mut broker = settings.clone();
    broker.url = None;
    broker.host = None;
    broker.port = None;
    broker.database = None;
    broker.username = None;
    broker.password = None;
    broker.tls = None;
    broker.sentinels = Vec::new();
    broker
}

fn parse(url: &str, settings: &Settings) -> Result<Url, Error> {
    Url::parse(url.trim()).map_err(|error| settings.refuse("url", error))
}

/// The same without arguments, which are for Celery's client.
fn of_scheme(scheme: &str, url: &Url, settings: &Settings) -> Result<SecretString, Error> {
    let rest = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
    let mut url = parse(&format!("{scheme}://{rest}"), settings)?;
    url.set_query(None);
    Ok(url.to_string().into())
}

fn argument(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

fn decoded(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8_lossy().into_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use nautobot_redis::Redis;
    use serde_json::{Value, json};

    use super::*;

    fn given(url: &str, more: Value) -> Result<Settings, Error> {
        let settings: Settings = serde_json::from_value(more).unwrap();
        broker(&url.into(), &settings.of_section("celery"))
    }

    fn target(url: &str, more: Value) -> String {
        Redis::open(&given(url, more).unwrap(), "+@read").unwrap().target().to_owned()
    }

    #[test]
    fn each_form_leads_where_celery_goes() {
        let cache = || json!({"host": "cache", "port": 7, "database": 5, "password": "of the cache"});
        assert_eq!(target("redis://broker:6380/3", cache()), "broker:6380/3");
        assert_eq!(target("redis://broker", cache()), "broker:6379/0");
        assert_eq!(target("rediss://:p%40ss@broker/1?ssl_cert_reqs=CERT_REQUIRED", cache()), "broker:6379/1");
        assert_eq!(
            target("redis+socket:///run/redis.sock?virtual_host=2", cache()),
            "unix:/run/redis.sock/2"
        );
        assert_eq!(target("unix:///run/redis.sock", cache()), "unix:/run/redis.sock/0");
        let sentinels =
            given("sentinel://a:1/4;sentinel://b", json!({"sentinel_master": "m", "sentinel_password": "p"}));
        let sentinels = sentinels.unwrap();
        assert_eq!(sentinels.sentinels, ["a:1", "b"]);
        assert!(sentinels.sentinel_password.is_some());
        assert_eq!(target("sentinel://a:1/4;sentinel://b", json!({"sentinel_master": "m"})), "sentinel:m/4");
    }

    #[test]
    fn the_login_is_the_url_s_own() {
        let with_both =
            given("redis+socket://u:p%40ss@/run/redis.sock", json!({"password": "of the cache"})).unwrap();
        assert_eq!(with_both.username.as_deref(), Some("u"));
        assert_eq!(with_both.password.unwrap().expose_secret(), "p@ss");
        assert!(given("redis://broker", json!({"password": "of the cache"})).unwrap().password.is_none());
    }

    #[test]
    fn tls_trusts_whom_celery_trusts() {
        let named =
            given("rediss://broker/0?ssl_ca_certs=/etc/ca.pem&ssl_cert_reqs=required", json!({})).unwrap();
        assert_eq!((named.tls, named.tls_ca_file), (Some(true), Some("/etc/ca.pem".into())));
        let kept = given("rediss://broker", json!({"tls": true, "tls_ca_file": "/etc/ours.pem"})).unwrap();
        assert_eq!(kept.tls_ca_file, Some("/etc/ours.pem".into()));
    }

    #[test]
    fn what_is_no_redis_is_refused_without_its_secrets() {
        for (url, word) in [
            ("amqp://u:canary@rabbit//", "RabbitMQ"),
            ("pyamqp://canary@rabbit//", "RabbitMQ"),
            ("canary://canary", "only brokers on Redis"),
            ("canary", "no URL"),
            ("redis://u:canary@host:port", "port"),
            ("rediss://:canary@host?ssl_cert_reqs=none", "ssl_ca_certs"),
            ("sentinel://:canary@host", "master_name"),
            ("redis://:canary@a/0;redis://:canary@b/0", "failover"),
        ] {
            let refusal = given(url, json!({})).unwrap_err().to_string();
            assert!(refusal.starts_with("celery.") && refusal.contains(word), "{url}: {refusal}");
            assert!(!refusal.contains("canary"), "{url}: {refusal}");
        }
    }
}
