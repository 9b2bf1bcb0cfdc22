//! The exporters of PyPI.

use testbed::Redis;
use testbed::python::{Environment, Installed};

use crate::Outcome;
use crate::server::Server;

pub(crate) const RQ_EXPORTER: &str = "PyPI's rq-exporter 3.1.0";
/// danihodovic/celery-exporter, by its name there.
pub(crate) const CELERY_EXPORTER: &str = "prometheus-exporter-celery 0.11.2";

const RQ: Environment = Environment::new("rq-exporter-3.1.0", &["rq-exporter==3.1.0"], 10..=14);

/// With Celery itself. Left alone, pip takes releases of Celery that do not go with the client of Redis that it asks for.
pub(crate) const CELERY: Environment = Environment::new(
    "prometheus-exporter-celery-0.11.2",
    &["prometheus-exporter-celery==0.11.2", "celery==5.5.3", "kombu==5.5.4", "redis==5.2.1"],
    11..=12,
);

/// In front of this Redis, which it has to be allowed to write to.
pub(crate) fn rq_exporter(redis: &Redis) -> Outcome<Server> {
    let program = RQ.make()?.program("rq-exporter").into_os_string();
    let url = redis.url();
    Server::new(RQ_EXPORTER, "/metrics", |port| {
        let arguments = ["--host", "127.0.0.1", "--port", &port.to_string(), "--redis-url", &url];
        [program].into_iter().chain(arguments.map(Into::into)).collect()
    })
}

/// The same, told which queues there are: it knows of others those only that a worker listens to.
pub(crate) fn celery_exporter(python: &Installed, redis: &Redis, queues: &[String]) -> Outcome<Server> {
    let program = python.program("python").into_os_string();
    let (url, queues) = (redis.url(), queues.join(","));
    Server::new(CELERY_EXPORTER, "/metrics", |port| {
        let port = port.to_string();
        // it comes without a program
        let run = ["-c", "from src.cli import cli; cli()"];
        let options = ["--broker-url", &url, "--host", "127.0.0.1", "--port", &port, "--queues", &queues];
        [program].into_iter().chain(run.map(Into::into)).chain(options.map(Into::into)).collect()
    })
}
