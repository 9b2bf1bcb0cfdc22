//! Asking Sentinels which server is the master.
//!
//! The client's own look-up sends `ROLE` to Sentinel and server, which a user who may only read is refused. A server that
//! is no longer the master still answers what we ask, until Sentinel closes its connections.

use std::time::Duration;

use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError};
use tokio::time::{Instant, timeout_at};

use crate::error::Error;

/// Sentinels that watch one master.
#[derive(Clone)]
pub(crate) struct Sentinels {
    /// One at least.
    pub(crate) clients: Vec<Client>,
    /// What they call the master.
    pub(crate) master: String,
}

impl Sentinels {
    /// Host and port of the master: what the first Sentinel says that knows. Each gets its share of the time, so that one
    /// that hangs leaves some to the others and to the master.
    pub(crate) async fn master(
        &self,
        target: &str,
        section: &'static str,
        deadline: Instant,
    ) -> Result<(String, u16), Error> {
        let mut reasons = Vec::new();
        for (asked, client) in self.clients.iter().enumerate() {
            let shares = u32::try_from(self.clients.len() - asked + 1).unwrap_or(u32::MAX);
            let left = deadline.saturating_duration_since(Instant::now());
            let share: Duration = left / shares;
            let reason = match timeout_at(Instant::now() + share, self.ask(client)).await {
                Ok(Ok(Some(address))) => return Ok(address),
                Ok(Ok(None)) => format!("knows no master `{}`", self.master),
                Ok(Err(error)) => reason(&error),
                Err(_) => format!("did not answer within {:.1} s", share.as_secs_f64()),
            };
            reasons.push(format!("{} {reason}", client.get_connection_info().addr()));
        }
        let reason = format!("no sentinel says where it is: {}", reasons.join("; "));
        Err(Error::Connect { target: target.to_owned(), section, reason })
    }

    async fn ask(&self, client: &Client) -> Result<Option<(String, u16)>, RedisError> {
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut command = redis::cmd("SENTINEL");
        command.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.master).query_async(&mut connection).await
    }
}

/// Without the server's words about a login, which may repeat the password.
fn reason(error: &RedisError) -> String {
    match (error.kind(), error.code()) {
        (ErrorKind::AuthenticationFailed, _) | (_, Some("NOAUTH")) => {
            "refused the login: check sentinel_username and sentinel_password".to_owned()
        }
        (_, Some("NOPERM")) => "refused: the user needs `+sentinel|get-master-addr-by-name`".to_owned(),
        _ => format!("cannot be asked: {error}"),
    }
}
