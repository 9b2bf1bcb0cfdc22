//! What kombu puts around every message that it publishes.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// A message of Celery's own talk: events, questions and answers. Nothing of it is kept but this, whatever else it holds and however
/// deep.
#[derive(Deserialize)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
    #[serde(default)]
    headers: Headers,
    #[serde(default)]
    properties: Properties,
}

#[derive(Default, Deserialize)]
struct Headers {
    ticket: Option<String>,
}

#[derive(Default, Deserialize)]
struct Properties {
    body_encoding: Option<String>,
    delivery_tag: Option<String>,
}

impl<'a> Envelope<'a> {
    /// `None` if it is longer than that, or none.
    pub(crate) fn read(message: &'a [u8], longest: usize) -> Option<Self> {
        let message = Some(message).filter(|message| message.len() <= longest)?;
        serde_json::from_slice(message).ok()
    }

    /// `None` if it is not base64 although it should be.
    pub(crate) fn body(&self) -> Option<Cow<'_, [u8]>> {
        match self.properties.body_encoding.as_deref() {
            Some("base64") => STANDARD.decode(self.body.as_bytes()).ok().map(Cow::Owned),
            _ => Some(Cow::Borrowed(self.body.as_bytes())),
        }
    }

    /// What tells it from all other messages.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.properties.delivery_tag.as_deref()
    }

    /// Which question it answers.
    pub(crate) fn ticket(&self) -> Option<&str> {
        self.headers.ticket.as_deref()
    }
}
