//! The names of RQ's keys.
//!
//! The same in every version from 1.2 to 3.0, except where a line says otherwise; read in RQ's `queue.py`,
//! `registry.py`, `worker.py` and `job.py`.

use nautobot_redis::{Error, Settings};

/// What every key of one RQ starts with, and the keys.
///
/// RQ 3.0 takes the prefix from the environment variable `RQ_KEY_PREFIX` (`defaults.py`); before, it is `rq`.
#[derive(Clone, Debug)]
pub(crate) struct Keyspace {
    prefix: String,
}

/// A registry of jobs by state: a sorted set of job ids, whose score is the time in Unix seconds at which RQ forgets them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Registry {
    /// Being worked on. A score that lies in the past means that the worker has died.
    /// Members are `job_id`, from RQ 2.0 on `job_id:execution_id`.
    Started,
    /// Done.
    Finished,
    /// Failed.
    Failed,
    /// Waiting for another job. Its scores are ignored, as RQ 1 and 3.0 do.
    Deferred,
    /// Waiting for a time, which is the score.
    Scheduled,
    /// Cancelled. Not yet in RQ 1.8, but in 1.11.
    Canceled,
}

impl Keyspace {
    /// Refuses a prefix that RQ itself refuses: it takes letters, digits and `_ . : - { }`.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Error> {
        let prefix = settings.key_prefix.as_deref().filter(|prefix| !prefix.is_empty()).unwrap_or("rq");
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-{}".contains(&byte);
        if !prefix.bytes().all(is_allowed) {
            let reason = "RQ allows letters, digits and `_ . : - { }` only";
            return Err(settings.refuse("key_prefix", reason));
        }
        Ok(Self { prefix: prefix.to_owned() })
    }

    /// What an ACL has to allow, after `~`.
    pub(crate) fn pattern(&self) -> String {
        format!("{}:*", self.prefix)
    }

    /// Set of the keys of all queues that a job was ever put into.
    pub(crate) fn queues(&self) -> Vec<u8> {
        self.key("queues", b"")
    }

    /// Set of the keys of all workers, dead ones included until some worker cleans up.
    pub(crate) fn workers(&self) -> Vec<u8> {
        self.key("workers", b"")
    }

    /// List of the ids of the jobs that wait in a queue.
    pub(crate) fn queue(&self, queue: &[u8]) -> Vec<u8> {
        self.key("queue:", queue)
    }

    /// List of the ids of the jobs that a worker has taken from a queue and not yet begun: RQ 1.16 has it, with Redis 6.2 and later.
    pub(crate) fn intermediate(&self, queue: &[u8]) -> Vec<u8> {
        [self.queue(queue).as_slice(), b":intermediate"].concat()
    }

    /// Exists while a worker is the scheduler of a queue.
    pub(crate) fn scheduler_lock(&self, queue: &[u8]) -> Vec<u8> {
        self.key("scheduler-lock:", queue)
    }

    /// Set of the keys of the workers that listen to a queue, dead ones included as in [`workers`](Self::workers).
    pub(crate) fn workers_of(&self, queue: &[u8]) -> Vec<u8> {
        self.key("workers:", queue)
    }

    /// One of a queue's registries.
    pub(crate) fn registry(&self, registry: Registry, queue: &[u8]) -> Vec<u8> {
        let name = match registry {
            Registry::Started => "wip:",
            Registry::Finished => "finished:",
            Registry::Failed => "failed:",
            Registry::Deferred => "deferred:",
            Registry::Scheduled => "scheduled:",
            Registry::Canceled => "canceled:",
        };
        self.key(name, queue)
    }

    /// Hash of a job.
    pub(crate) fn job(&self, id: &[u8]) -> Vec<u8> {
        self.key("job:", id)
    }

    /// The name of the queue that a member of [`queues`](Self::queues) is the key of.
    pub(crate) fn queue_name<'a>(&self, key: &'a [u8]) -> Option<&'a [u8]> {
        key.strip_prefix(self.queue(b"").as_slice())
    }

    fn key(&self, kind: &str, name: &[u8]) -> Vec<u8> {
        [self.prefix.as_bytes(), b":", kind.as_bytes(), name].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyspace(prefix: &str) -> Result<Keyspace, Error> {
        Keyspace::of(&serde_json::from_value(serde_json::json!({ "key_prefix": prefix })).unwrap())
    }

    #[test]
    fn a_prefix_is_one_that_rq_takes() {
        assert_eq!(keyspace("").unwrap().pattern(), "rq:*");
        assert_eq!(keyspace("{canary}").unwrap().queue(b"default"), b"{canary}:queue:default");
        let refusal = keyspace("canary*").unwrap_err().to_string();
        assert!(refusal.starts_with("redis.key_prefix: "), "{refusal}");
    }
}
