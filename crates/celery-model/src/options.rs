use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// What kombu's `broker_transport_options` say of the names of keys. Nautobot sets none of them; the defaults are kombu's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TransportOptions {
    /// What every key and channel starts with. Nothing by default.
    pub global_keyprefix: String,
    /// Into which lists a queue is divided by the priority of its messages, which is 0 to 9: a message lies in the list of
    /// the last step that is not above its priority. `[0, 3, 6, 9]` by default.
    #[serde(deserialize_with = "steps")]
    pub priority_steps: Vec<u8>,
    /// What stands between the name of a queue and a step, and between the parts of a binding. The two bytes `\x06\x16` by
    /// default.
    pub sep: String,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self { global_keyprefix: String::new(), priority_steps: vec![0, 3, 6, 9], sep: "\x06\x16".to_owned() }
    }
}

/// Numbers, also as text: the environment supplies them so.
fn steps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(u8),
        Text(String),
    }
    let number = |step| match step {
        Given::Number(number) => Some(number),
        Given::Text(text) => text.trim().parse().ok(),
    };
    let given = Vec::<Given>::deserialize(deserializer).ok();
    let steps = given.and_then(|given| given.into_iter().map(number).collect());
    steps.ok_or_else(|| D::Error::custom("expected a list of whole numbers from 0 to 9"))
}
