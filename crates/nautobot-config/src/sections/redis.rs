//! `[redis]` and `[rq_metrics]`, from `RQ_QUEUES` and the cache, in which Nautobot 1 has its queues.

use super::server::{Server, sentinels};
use crate::assigned::Assigned;
use crate::page::Section;
use crate::python::{Node, Value};

/// The variables that an exporter reads as Nautobot does.
const VARIABLES: &str = "NAUTOBOT_REDIS_HOST, …PORT, …USERNAME, …PASSWORD, …SSL";

/// `[redis]`, `[rq_metrics]` and a `[[rq_metrics.redis]]` for each other Redis.
pub(super) fn sections(assigned: &Assigned) -> Vec<Section> {
    let mut redis = Section::new("[redis]");
    let mut rq = Section::new("[rq_metrics]");
    let Some(queues) = assigned.get("RQ_QUEUES") else {
        cache_only(assigned, &mut redis);
        return vec![redis];
    };
    let Value::Dict(entries) = &queues.value else {
        redis.note(
            queues.line,
            "RQ_QUEUES is computed by code: set [redis], and queues of [rq_metrics], by hand",
        );
        return vec![redis];
    };
    let mut servers: Vec<Server> = Vec::new();
    let mut reads_environment = false;
    for (name, queue) in entries {
        match server(queue, assigned) {
            Found::Server(server) if !servers.contains(&server) => servers.push(*server),
            Found::Server(_) => {}
            Found::Environment => reads_environment = true,
            Found::Nothing => {
                let name = name.text().unwrap_or_default();
                redis.note(
                    queue.line,
                    &format!("where the queue {name:?} is cannot be read: set [redis] by hand"),
                );
            }
        }
    }
    if reads_environment {
        redis.comment(&format!(
            "[redis] is read from the environment here, too, by the same names: {VARIABLES}"
        ));
    }
    let names: Vec<&str> = entries.iter().filter_map(|(name, _)| name.text()).collect();
    if !names.is_empty() {
        rq.set("queues", names);
    }
    // What the environment says is the first, and is not overridden.
    let mut servers = servers.into_iter();
    if !reads_environment && let Some(first) = servers.next() {
        first.write(&mut redis);
    }
    let mut sections = vec![redis, rq];
    sections.extend(servers.map(|server| {
        let mut section = Section::new("[[rq_metrics.redis]]");
        server.write(&mut section);
        section
    }));
    sections
}

enum Found {
    Server(Box<Server>),
    /// Where Nautobot's environment says.
    Environment,
    Nothing,
}

fn server(queue: &Node, assigned: &Assigned) -> Found {
    if let Some(name) = queue.get("USE_REDIS_CACHE") {
        let cache = name.text().and_then(|name| assigned.get("CACHES")?.get(name));
        // Nautobot's own cache, unless the file has another.
        return cache.map_or(Found::Environment, self::cache);
    }
    let is_theirs =
        |code: &crate::python::Code| code.variables.iter().any(|name| name.starts_with("NAUTOBOT_REDIS_"));
    if let Value::Dict(entries) = &queue.value
        && entries.iter().any(|(_, value)| value.code().is_some_and(is_theirs))
    {
        return Found::Environment;
    }
    Server::of_queue(queue).map_or(Found::Nothing, |server| Found::Server(Box::new(server)))
}

/// The server of an entry of `CACHES`.
fn cache(cache: &Node) -> Found {
    let Some(location) = cache.get("LOCATION") else { return Found::Nothing };
    let first = match &location.value {
        Value::List(locations) => locations.first().unwrap_or(location),
        _ => location,
    };
    if let Some(code) = first.code() {
        let is_read = code.name.as_deref().is_some_and(|name| name.ends_with("parse_redis_connection"))
            || code.variables.iter().any(|name| name.starts_with("NAUTOBOT_REDIS_"));
        return if is_read { Found::Environment } else { Found::Nothing };
    }
    let Some(mut server) = first.text().and_then(Server::of_url) else { return Found::Nothing };
    let option = |name| cache.get("OPTIONS").and_then(|options| options.get(name));
    server.has_password |= option("PASSWORD").is_some_and(|password| password.is_true() != Some(false));
    if let Some(nodes) = option("SENTINELS") {
        let Some(sentinels) = sentinels(nodes) else { return Found::Nothing };
        server = Server { sentinels, sentinel_master: server.host.take(), port: None, ..server };
    }
    Found::Server(Box::new(server))
}

/// Nautobot 1 has its queues in the cache's database, later ones Celery's in another, and nothing here says which it is.
fn cache_only(assigned: &Assigned, to: &mut Section) {
    let Some(node) = assigned.get("CACHES").and_then(|caches| caches.get("default")) else { return };
    match cache(node) {
        Found::Server(server) => {
            let mut keys = Section::new("");
            server.write(&mut keys);
            to.note(node.line, "the cache. Nautobot 1 has its queues there, too; for its rq-exporter these are [redis], for later ones its database is another:");
            keys.text().lines().for_each(|line| to.comment(line.trim_start_matches("# ")));
        }
        Found::Environment => {
            to.comment(&format!(
                "[redis] is read from the environment here, too, by the same names: {VARIABLES}"
            ));
        }
        Found::Nothing => to.note(node.line, "where the cache is cannot be read: set [redis] by hand"),
    }
}
