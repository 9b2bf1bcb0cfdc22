//! The rq-exporter of PyPI.

use testbed::Redis;
use testbed::python::Environment;

use crate::Outcome;
use crate::server::Server;

pub(crate) const NAME: &str = "PyPI's rq-exporter 3.1.0";

const ENVIRONMENT: Environment = Environment::new("rq-exporter-3.1.0", &["rq-exporter==3.1.0"], 10..=14);

/// In front of this Redis, which it has to be allowed to write to.
pub(crate) fn rq_exporter(redis: &Redis) -> Outcome<Server> {
    let program = ENVIRONMENT.make()?.program("rq-exporter").into_os_string();
    let url = redis.url();
    Server::new(NAME, "/metrics", |port| {
        let arguments = ["--host", "127.0.0.1", "--port", &port.to_string(), "--redis-url", &url];
        [program].into_iter().chain(arguments.map(Into::into)).collect()
    })
}
