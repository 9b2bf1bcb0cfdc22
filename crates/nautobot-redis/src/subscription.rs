use std::fmt;
use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::{PubSub, PubSubSink, PubSubStream};
use tokio::time::timeout;

/// The messages of channels, as they come. Dropping it closes its connection.
pub struct Subscription {
    channels: PubSubSink,
    messages: PubSubStream,
}

impl Subscription {
    pub(crate) fn new(channels: PubSub) -> Self {
        let (channels, messages) = channels.split();
        Self { channels, messages }
    }

    /// What is published next, when there is one; `None` once the connection has ended.
    ///
    /// A connection may end without a word: see [`lives`](Self::lives). Nothing is lost if this future is dropped.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        let message = self.messages.next().await?;
        Some(message.get_payload_bytes().to_vec())
    }

    /// Whether the server answers on this connection within this time.
    pub async fn lives(&mut self, within: Duration) -> bool {
        matches!(timeout(within, self.channels.ping::<redis::Value>()).await, Ok(Ok(_)))
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
