//! Whether two settings say the same in other words.

use redis::{Client, ConnectionAddr};

/// Where a client goes, and as whom.
#[derive(PartialEq)]
pub(crate) struct Way<'a> {
    address: Option<&'a ConnectionAddr>,
    is_tls: bool,
    database: i64,
    username: &'a str,
    password: Option<&'a str>,
}

impl<'a> Way<'a> {
    /// Without an address, if somebody else says it.
    pub(crate) fn of(client: &'a Client, has_address: bool) -> Self {
        let server = client.get_connection_info();
        let login = server.redis_settings();
        Self {
            address: has_address.then(|| server.addr()),
            is_tls: matches!(server.addr(), ConnectionAddr::TcpTls { .. }),
            database: login.db(),
            // That is who gives a password only.
            username: login.username().unwrap_or("default"),
            password: login.password(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Redis;

    #[test]
    fn other_words_for_the_same_way_lead_the_same_way() {
        let leads_as = |one: serde_json::Value, other: serde_json::Value| {
            let settings = |json| serde_json::from_value(json).unwrap();
            Redis::open(&settings(one), "").unwrap().is_of(&settings(other)).unwrap()
        };
        let named = || json!({"host": "cache", "database": 1, "password": "p@ss"});
        for url in ["redis://:p%40ss@cache/1", "redis://default:p%40ss@cache:6379/1"] {
            assert!(leads_as(named(), json!({"url": url})), "{url}");
        }
        for url in [
            "redis://:p%40ss@cache/2",
            "redis://:p%40ss@other/1",
            "redis://:p%40ss@cache:7/1",
            "rediss://:p%40ss@cache/1",
            "redis://:other@cache/1",
            "redis://user:p%40ss@cache/1",
            "unix:///cache?db=1&pass=p%40ss",
        ] {
            assert!(!leads_as(named(), json!({"url": url})), "{url}");
        }
        assert!(!leads_as(named(), json!({"url": "redis://:p%40ss@cache/1", "response_timeout": "9s"})));
        let behind = |sentinel: &str, host: &str, password: &str| json!({"sentinels": [sentinel], "sentinel_master": "m", "host": host, "sentinel_password": password});
        assert!(leads_as(behind("a", "cache", "p"), behind("a:26379", "other", "p")));
        assert!(!leads_as(behind("a", "cache", "p"), behind("b", "cache", "p")));
        assert!(!leads_as(behind("a", "cache", "p"), behind("a", "cache", "q")));
        assert!(!leads_as(behind("a", "m", "p"), json!({"host": "m"})));
    }
}
