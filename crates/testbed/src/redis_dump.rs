//! The Redis keys of a real Nautobot, as commands that bring them back.

use std::collections::BTreeMap;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::Error;
use crate::data::{CELERY_DUMP, RQ_DUMP};

/// When RQ's keys were read, in Unix time: the jobs that ended at 1795378114 with a TTL of ten years had 1447 s less.
const READ_AT: f64 = 1_795_379_561.0;

/// Scores that are times within a day of the reading belong to something under way, and move with the clock; the
/// others say "for ever", "years ago" or "in ten years".
const NEAR: f64 = 86_400.0;

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "key")]
    name: String,
    #[serde(flatten)]
    key: Key,
}

#[derive(Deserialize)]
struct Key {
    /// Seconds; -1 for none.
    ttl: i64,
    #[serde(flatten)]
    contents: Contents,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
enum Contents {
    String(Bytes),
    Hash(BTreeMap<String, Bytes>),
    List(Vec<Bytes>),
    Set(Vec<Bytes>),
    Zset(Vec<(Bytes, f64)>),
    Stream(Vec<(String, BTreeMap<String, Bytes>)>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Bytes {
    Text(String),
    Binary { b64: String },
}

/// The commands, in Redis' protocol and as one transaction, that leave RQ's keys as they were at the reading, had it
/// been at `now` (Unix time).
pub(crate) fn rq(now: f64) -> Result<Vec<u8>, Error> {
    let keys = RQ_DUMP.lines().map(serde_json::from_str);
    let keys = keys.map(|named| named.map(|Named { name, key }| (name, key)));
    commands("nautobot-1.6.32/redis-rq.jsonl", keys.collect(), now - READ_AT)
}

/// The same of Celery's keys, whose times stay as they were.
pub(crate) fn celery() -> Result<Vec<u8>, Error> {
    commands("nautobot-3.2.7/redis-celery.json", serde_json::from_str(CELERY_DUMP), 0.0)
}

fn commands(file: &str, keys: serde_json::Result<BTreeMap<String, Key>>, age: f64) -> Result<Vec<u8>, Error> {
    let damaged = |cause| Error::Damaged { name: file.into(), cause };
    let mut script = Script::default();
    script.command(["MULTI"]);
    for (name, key) in keys.map_err(|cause| damaged(cause.into()))? {
        script.command(["DEL", &name]);
        script.contents(&name, key.contents, age).map_err(damaged)?;
        if key.ttl >= 0 {
            script.command(["EXPIRE", &name, &key.ttl.to_string()]);
        }
    }
    script.command(["EXEC"]);
    Ok(script.0)
}

/// Commands one after the other in Redis' protocol.
#[derive(Default)]
struct Script(Vec<u8>);

impl Script {
    fn command<T: AsRef<[u8]>>(&mut self, words: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>) {
        let words = words.into_iter();
        self.0.extend(format!("*{}\r\n", words.len()).into_bytes());
        for word in words {
            let word = word.as_ref();
            self.0.extend(format!("${}\r\n", word.len()).into_bytes());
            self.0.extend(word);
            self.0.extend(b"\r\n");
        }
    }

    fn contents(&mut self, key: &str, contents: Contents, age: f64) -> io::Result<()> {
        let (command, words) = match contents {
            Contents::String(value) => ("SET", vec![value.decoded()?]),
            Contents::Hash(fields) => ("HSET", flat(fields)?),
            Contents::List(values) => ("RPUSH", all(values)?),
            Contents::Set(members) => ("SADD", all(members)?),
            Contents::Zset(members) => ("ZADD", scored(members, age)?),
            Contents::Stream(entries) => return self.stream(key, entries),
        };
        self.command([command.into(), key.into()].into_iter().chain(words).collect::<Vec<_>>());
        Ok(())
    }

    fn stream(&mut self, key: &str, entries: Vec<(String, BTreeMap<String, Bytes>)>) -> io::Result<()> {
        for (id, fields) in entries {
            let words = [b"XADD".to_vec(), key.into(), id.into()];
            self.command(words.into_iter().chain(flat(fields)?).collect::<Vec<_>>());
        }
        Ok(())
    }
}

impl Bytes {
    fn decoded(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Binary { b64 } => STANDARD.decode(b64).map_err(io::Error::other),
        }
    }
}

fn all(values: Vec<Bytes>) -> io::Result<Vec<Vec<u8>>> {
    values.into_iter().map(Bytes::decoded).collect()
}

fn flat(fields: BTreeMap<String, Bytes>) -> io::Result<Vec<Vec<u8>>> {
    let words = fields.into_iter().flat_map(|(name, value)| [Ok(name.into_bytes()), value.decoded()]);
    words.collect()
}

fn scored(members: Vec<(Bytes, f64)>, age: f64) -> io::Result<Vec<Vec<u8>>> {
    let shifted =
        |score: f64| if age > 0.0 && (score - READ_AT).abs() < NEAR { (score + age).round() } else { score };
    let words = members
        .into_iter()
        .flat_map(|(member, score)| [Ok(shifted(score).to_string().into_bytes()), member.decoded()]);
    words.collect()
}
