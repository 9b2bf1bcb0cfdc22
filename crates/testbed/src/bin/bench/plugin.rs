//! The plugin that app-exporter replaces, in a real Nautobot on the same database.

use std::ffi::OsString;
use std::fs;

use serde_json::Value;
use testbed::python::Environment;
use testbed::{Database, Postgres, Redis};

use crate::Outcome;
use crate::server::Server;

pub(crate) const NAME: &str = "the plugin in Nautobot 3.2.7";

const ENVIRONMENT: Environment =
    Environment::new("nautobot-3.2.7", &["nautobot==3.2.7", "nautobot-capacity-metrics==4.1.1"], 10..=13);

/// Nautobot's own web server with one process, which keeps its connection to the database as in production. Its Redis
/// has to live as long.
pub(crate) fn nautobot(
    postgres: &Postgres,
    database: &Database,
    redis: &Redis,
    app_metrics: &Value,
) -> Outcome<Server> {
    let program = ENVIRONMENT.make()?.program("nautobot-server").into_os_string();
    let environment = [
        format!("NAUTOBOT_DB_HOST={}", postgres.host()),
        format!("NAUTOBOT_DB_PORT={}", postgres.port()),
        format!("NAUTOBOT_DB_NAME={}", database.name()),
        "NAUTOBOT_DB_USER=postgres".to_owned(),
        "NAUTOBOT_REDIS_HOST=127.0.0.1".to_owned(),
        format!("NAUTOBOT_REDIS_PORT={}", redis.port()),
        "NAUTOBOT_ALLOWED_HOSTS=127.0.0.1".to_owned(),
        "NAUTOBOT_SECRET_KEY=bench".to_owned(),
        "NAUTOBOT_CONFIG=nautobot_config.py".to_owned(),
        "NAUTOBOT_ROOT=.".to_owned(),
    ];
    let server = Server::new(NAME, "/api/plugins/capacity-metrics/app-metrics", |port| {
        let arguments = [
            "start",
            &format!("--http-socket=127.0.0.1:{port}"),
            "--master",
            "--processes=1",
            "--enable-threads",
            "--single-interpreter",
            "--die-on-term",
            "--no-orphans",
            "--disable-logging",
        ]
        .map(OsString::from);
        let env = ["env".into()].into_iter().chain(environment.map(Into::into));
        env.chain([program]).chain(arguments).collect()
    })?;
    fs::write(server.directory().join("nautobot_config.py"), include_str!("nautobot_config.py"))?;
    fs::write(server.directory().join("app_metrics.json"), app_metrics.to_string())?;
    Ok(server)
}
