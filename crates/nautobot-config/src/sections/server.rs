//! Where a Redis is, as Django, RQ and kombu write it.

use url::Url;

use crate::page::Section;
use crate::python::{Node, Value};

/// One of which everything is a literal. A password is not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Server {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) database: Option<u32>,
    pub(super) username: Option<String>,
    pub(super) is_tls: bool,
    pub(super) has_password: bool,
    /// As `host:port`.
    pub(super) sentinels: Vec<String>,
    pub(super) sentinel_master: Option<String>,
}

impl Server {
    /// `redis://user:password@host:port/database`, `rediss://…`, or `unix:///path?db=0`.
    pub(super) fn of_url(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let asked =
            |key: &str| url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned());
        let is_socket = matches!(url.scheme(), "unix" | "redis+socket");
        if !is_socket && !matches!(url.scheme(), "redis" | "rediss") {
            return None;
        }
        let in_path = url.path().trim_matches('/');
        let database = if is_socket || in_path.is_empty() { asked("db") } else { Some(in_path.to_owned()) };
        let database = database.map(|number| number.parse::<u32>()).transpose().ok()?;
        let decoded = |text: &str| form(text);
        Some(Self {
            host: if is_socket { Some(url.path().to_owned()) } else { url.host_str().map(str::to_owned) },
            port: url.port(),
            database,
            username: Some(url.username()).filter(|name| !name.is_empty()).and_then(decoded),
            is_tls: url.scheme() == "rediss",
            has_password: url.password().is_some()
                || url.query_pairs().any(|(name, _)| name.contains("pass")),
            ..Self::default()
        })
    }

    /// A queue of `RQ_QUEUES`: `URL`, or `HOST` and others, or `SENTINELS`.
    pub(super) fn of_queue(queue: &Node) -> Option<Self> {
        let number = |key| match queue.get(key).map(|node| &node.value) {
            None | Some(Value::None) => Some(None),
            Some(Value::Int(number)) => u32::try_from(*number).ok().map(Some),
            Some(Value::Text(text)) => text.parse().ok().map(Some),
            Some(_) => None,
        };
        let text = |key| match queue.get(key).map(|node| &node.value) {
            None | Some(Value::None) => Some(None),
            Some(Value::Text(text)) => Some(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => None,
        };
        let has_password = queue.get("PASSWORD").is_some_and(|password| password.is_true() != Some(false));
        let database = number("DB")?;
        if let Some(url) = text("URL")? {
            let server = Self::of_url(&url)?;
            let has_password = has_password || server.has_password;
            return Some(Self { database: database.or(server.database), has_password, ..server });
        }
        let socket = text("UNIX_SOCKET_PATH")?;
        let server = Self {
            database,
            username: text("USERNAME")?,
            is_tls: queue.get("SSL").is_some_and(|tls| tls.is_true() == Some(true)),
            has_password,
            ..Self::default()
        };
        if let Some(nodes) = queue.get("SENTINELS") {
            let (sentinels, sentinel_master) = (sentinels(nodes)?, Some(text("MASTER_NAME")??));
            return Some(Self { sentinels, sentinel_master, ..server });
        }
        let host = socket.or(text("HOST")?)?;
        Some(Self { host: Some(host), port: number("PORT")?.map(u16::try_from).transpose().ok()?, ..server })
    }

    /// The keys of `[redis]`.
    pub(super) fn write(&self, to: &mut Section) {
        if let Some(host) = self.host.as_deref() {
            to.set("host", host);
        }
        if let Some(port) = self.port {
            to.set("port", i64::from(port));
        }
        if let Some(database) = self.database {
            to.set("database", i64::from(database));
        }
        if let Some(username) = self.username.as_deref() {
            to.set("username", username);
        }
        if self.is_tls {
            to.set("tls", true);
        }
        if let Some(master) = self.sentinel_master.as_deref() {
            to.set("sentinels", self.sentinels.clone());
            to.set("sentinel_master", master);
        }
        if self.has_password {
            to.comment("The password is not copied: put it into a file, password_file = \"/run/secrets/nautobot-redis\"");
        }
    }
}

/// Pairs of a host and a port.
pub(super) fn sentinels(nodes: &Node) -> Option<Vec<String>> {
    let Value::List(nodes) = &nodes.value else { return None };
    nodes
        .iter()
        .map(|node| match &node.value {
            Value::List(pair) => match pair.as_slice() {
                [host, Node { value: Value::Int(port), .. }] => {
                    Some(format!("{}:{}", host.text()?, u16::try_from(*port).ok()?))
                }
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// A user's name, of which a URL escapes some characters.
fn form(text: &str) -> Option<String> {
    let name = format!("n={}", text.replace('+', "%2B"));
    let url = Url::parse(&format!("x:?{name}")).ok()?;
    url.query_pairs().next().map(|(_, value)| value.into_owned())
}
