//! What holds whatever the settings say. Used by the fuzz target, and by the test that replays what that found.

use rq_model::{Rq, Settings};
use serde_json::{Map, Value};

const KEYS: [&str; 9] =
    ["url", "host", "port", "database", "username", "tls", "sentinels", "sentinel_master", "key_prefix"];

/// Takes the input for settings: lines of a byte that chooses the key, and its value.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut settings = Map::new();
    for line in text.lines() {
        let Some(key) = line.bytes().next() else { continue };
        let value = line.get(1..).unwrap_or_default();
        let key = KEYS[usize::from(key) % KEYS.len()];
        let list = || Value::from_iter(value.split(' '));
        settings.insert(key.to_owned(), if key == "sentinels" { list() } else { value.into() });
    }
    assert_eq!(told(settings.clone(), "one"), told(settings, "another"), "a password shows");
}

/// All that can be seen of these settings with this password.
fn told(mut settings: Map<String, Value>, password: &str) -> String {
    settings.insert("password".to_owned(), password.into());
    let settings: Settings = match serde_json::from_value(settings.into()) {
        Ok(settings) => settings,
        Err(error) => return error.to_string(),
    };
    let shown = format!("{settings:?} {}", serde_json::to_string(&settings).unwrap());
    match Rq::open(&settings) {
        Ok(rq) => format!("{shown} {rq:?} {}", rq.target()),
        Err(error) => format!("{shown} {error}"),
    }
}
