//! What Nautobot's web server says of itself.

use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::Client;
use super::{Error, Found, NautobotSettings};

/// `GET api/status/`, which answers every user who is logged in (`nautobot.core.api.views.StatusView`, every line from
/// 1.0 to 3.2).
#[derive(Debug)]
pub(super) struct Api(Client);

impl Api {
    /// Dials nothing. `None` without a URL.
    pub(super) fn new(settings: &NautobotSettings) -> Result<Option<Self>, Error> {
        let given = |text: &'static str| move || Error::Settings { key: text, reason: missing(text) };
        // Empty is what an environment file has for "none".
        let [url, token] = [&settings.url, &settings.token]
            .map(|secret| secret.as_ref().filter(|text| !text.expose_secret().is_empty()));
        let Some(url) = url else {
            let alone = token.is_some() || settings.tls_ca_file.is_some();
            return if alone { Err(given("url")()) } else { Ok(None) };
        };
        let token = token.ok_or_else(given("token"))?;
        Client::new(url.expose_secret(), "api/status/", token, settings).map(|client| Some(Self(client)))
    }

    /// The address, for people.
    pub(super) fn url(&self) -> &str {
        self.0.url()
    }

    /// Does not end by itself.
    pub(super) async fn read(&self) -> Result<Found, Error> {
        let body = self.0.get().await?;
        let status = serde_json::from_slice(&body).map_err(|error| error.to_string());
        status
            .and_then(Status::versions)
            .map_err(|reason| Error::Answer { url: self.url().to_owned(), reason })
    }
}

fn missing(key: &str) -> String {
    match key {
        "url" => "missing: nautobot.token and nautobot.tls_ca_file are for it",
        _ => "missing: nautobot.url needs it, Nautobot tells its status to its users only",
    }
    .to_owned()
}

/// What of the answer is about versions. A version that is no text is none: that of an app may be null.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Status {
    python_version: Option<Value>,
    django_version: Option<Value>,
    nautobot_version: Option<Value>,
    /// Not on 2.0 and before; 2.4 and later have it beside `plugins`, and the same in both.
    nautobot_apps: Option<Map<String, Value>>,
    plugins: Option<Map<String, Value>>,
}

impl Status {
    fn versions(self) -> Result<Found, String> {
        let apps = self.nautobot_apps.or(self.plugins).unwrap_or_default();
        let basic = [
            ("python", self.python_version),
            ("django", self.django_version),
            ("nautobot", self.nautobot_version),
        ];
        let basic = basic.into_iter().filter_map(|(name, version)| Some((name.to_owned(), version?)));
        let texts = apps.into_iter().chain(basic).filter_map(|(name, version)| match version {
            Value::String(text) => Some((name, text)),
            _ => None,
        });
        let found: Found = texts.collect();
        match found.contains_key("nautobot") {
            true => Ok(found),
            false => Err("it has no `nautobot-version`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(json: &str) -> Result<Vec<(String, String)>, String> {
        let status: Status = serde_json::from_str(json).map_err(|error| error.to_string())?;
        status.versions().map(|found| found.into_iter().collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(name, version)| (name.to_owned(), version.to_owned())).collect()
    }

    #[test]
    fn what_is_no_text_is_no_version() {
        let json = r#"{"nautobot-version": "3.2.7", "python-version": null, "django-version": 5,
                       "nautobot-apps": {"a": "1.0", "b": null, "c": [1], "nautobot": "9.9"}, "plugins": {"d": "2"}}"#;
        assert_eq!(versions(json).unwrap(), pairs(&[("a", "1.0"), ("nautobot", "3.2.7")]));
    }

    #[test]
    fn something_else_is_no_status() {
        for json in ["{}", "[]", "null", r#"{"nautobot-version": null}"#, r#"{"plugins": []}"#] {
            assert!(versions(json).is_err(), "{json}");
        }
    }
}
