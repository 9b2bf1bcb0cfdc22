//! Values as text: the environment supplies all of them so, and secrets are shown masked.

use std::str::FromStr;

use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) const MASK: &str = "<secret>";

pub(super) fn masked<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| MASK).serialize(serializer)
}

/// A secret, whose value serde would quote when it is not text.
pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Option::deserialize(deserializer).map_err(|_| D::Error::custom("expected text, in quotes"))
}

/// A number; empty text, which environment files have for "the default", is none.
pub(super) fn number<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: FromStr + TryFrom<i64>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(i64),
        Text(String),
    }
    let number = match Option::<Given>::deserialize(deserializer)
        .map_err(|_| D::Error::custom("expected a number"))?
    {
        None => return Ok(None),
        Some(Given::Text(text)) if text.is_empty() => return Ok(None),
        Some(Given::Text(text)) => text.parse().ok(),
        Some(Given::Number(number)) => N::try_from(number).ok(),
    };
    number.map(Some).ok_or_else(|| D::Error::custom("expected a whole number within range"))
}

/// Yes or no, spelled as Nautobot's `is_truthy` understands it (`nautobot.core.settings_funcs`).
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Flag(bool),
        Number(i64),
        Text(String),
    }
    let given = Option::<Given>::deserialize(deserializer);
    match given.map_err(|_| D::Error::custom("expected true or false"))? {
        None => Ok(None),
        Some(Given::Flag(flag)) => Ok(Some(flag)),
        Some(Given::Number(number @ (0 | 1))) => Ok(Some(number == 1)),
        Some(Given::Number(_)) => Err(D::Error::custom("expected true or false")),
        Some(Given::Text(text)) => match text.to_lowercase().as_str() {
            "" => Ok(None),
            "y" | "yes" | "t" | "true" | "on" | "1" => Ok(Some(true)),
            "n" | "no" | "f" | "false" | "off" | "0" => Ok(Some(false)),
            _ => Err(D::Error::custom("expected true or false")),
        },
    }
}
