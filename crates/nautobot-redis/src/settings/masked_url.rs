//! A URL with a login in the settings, for `#[serde(with = "nautobot_redis::masked_url")]`: read as it is, and written
//! without its password and its query, which may hold one too.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserializer, Serialize, Serializer};
use url::Url;

use super::text::{self, MASK};

/// Reads text, and quotes it in no error.
///
/// # Errors
/// The value is no text.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    text::secret(deserializer)
}

/// Writes what is no secret.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(url: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_ref().map(|url| shown(url.expose_secret())).serialize(serializer)
}

/// Celery lists Sentinels with semicolons between them. Elsewhere a semicolon may be part of a password.
pub(super) fn shown(urls: &str) -> String {
    let all: Vec<&str> = urls.split(';').collect();
    match all.as_slice() {
        [_, _, ..] if all.iter().all(|url| url.starts_with("sentinel://")) => {
            all.into_iter().map(one).collect::<Vec<_>>().join(";")
        }
        [_, _, ..] if urls.starts_with("sentinel://") => MASK.to_owned(),
        _ => one(urls),
    }
}

fn one(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return MASK.to_owned() };
    // `user:password@host` is a URL too, of the scheme `user`.
    if url.cannot_be_a_base() {
        return MASK.to_owned();
    }
    let hidden = url.password().is_none() || url.set_password(Some("secret")).is_ok();
    if !hidden {
        return MASK.to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some("secret"));
    }
    url.set_fragment(None);
    url.as_str().replacen(":secret@", &format!(":{MASK}@"), 1).replacen("?secret", &format!("?{MASK}"), 1)
}
