use redis::Pipeline;
use tokio::time::Instant;

use crate::Redis;
use crate::answers::Answers;
use crate::complaints::Complaints;
use crate::error::Error;

/// One call: whom to ask, until when, and what was left out on the way.
#[derive(Debug)]
pub struct Session<'a> {
    redis: &'a Redis,
    deadline: Instant,
    complaints: Complaints,
}

impl<'a> Session<'a> {
    pub(crate) fn new(redis: &'a Redis, deadline: Instant) -> Self {
        Self { redis, deadline, complaints: Complaints::default() }
    }

    /// Where it reads, as [`Redis::target`].
    pub fn target(&self) -> &'a str {
        self.redis.target()
    }

    /// What has been left out so far.
    pub fn complaints(&mut self) -> &mut Complaints {
        &mut self.complaints
    }

    /// One round trip: sends the commands, and returns one answer for each. However many there are, that takes a few
    /// network latencies at most. They come in parts ([`parts`](crate::parts)), so that the server is at work on one while the next is made.
    ///
    /// The commands have to be ones that may be sent twice: a connection that broke while it was idle is replaced.
    ///
    /// # Errors
    /// Redis cannot be reached, refuses the login, or does not answer within the session's time. That it refuses a command
    /// shows when its answer is read.
    pub async fn ask(&mut self, parts: impl Iterator<Item = Pipeline> + Clone) -> Result<Answers<'_>, Error> {
        let replies = self.redis.connections.ask(parts, self.deadline).await?;
        Ok(Answers::new(replies, &mut self.complaints))
    }

    /// Logs what was left out and was not the last time that a call of this kind ended.
    pub fn close(self, call: &'static str) {
        self.redis.known.log(self.redis.target(), call, self.complaints);
    }
}
