//! What holds whatever the settings say. Used by the fuzz target, and by the test that replays what that found.

use rq_model::{Rq, Settings};
use serde_json::{Map, Value};

const PASSWORD: &str = "canary";
const KEYS: [&str; 9] =
    ["url", "host", "port", "database", "username", "tls", "sentinels", "sentinel_master", "key_prefix"];

/// Takes the input for settings: lines of a byte that chooses the key, and its value.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut settings = Map::from_iter([("password".to_owned(), Value::from(PASSWORD))]);
    for line in text.lines() {
        let Some(key) = line.bytes().next() else { continue };
        let value = line.get(1..).unwrap_or_default();
        let key = KEYS[usize::from(key) % KEYS.len()];
        let list = || Value::from_iter(value.split(' '));
        settings.insert(key.to_owned(), if key == "sentinels" { list() } else { value.into() });
    }
    let Ok(settings) = serde_json::from_value::<Settings>(settings.into()) else { return };
    let (told, prefix) = match Rq::open(&settings) {
        Ok(rq) => (format!("{rq:?} {}", rq.target()), settings.key_prefix.as_deref().unwrap_or("rq")),
        Err(error) => (error.to_string(), "rq"),
    };
    // What was not given cannot be told.
    if !text.to_lowercase().contains(PASSWORD) {
        let shown = format!("{settings:?} {}", serde_json::to_string(&settings).unwrap());
        assert!(!told.contains(PASSWORD) && !shown.contains(PASSWORD), "{told} {shown}");
    }
    assert!(prefix.is_ascii(), "{prefix}");
}
