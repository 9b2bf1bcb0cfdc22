//! The names of RQ's keys.
//!
//! The same in every version from 1.2 to 3.0, except where a line says otherwise; read in RQ's `queue.py`,
//! `registry.py`, `worker.py` and `job.py`.

/// What every key starts with.
const PREFIX: &str = "rq";

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

/// Set of the keys of all queues that a job was ever put into.
pub(crate) fn queues() -> Vec<u8> {
    key(&["queues"], b"")
}

/// Set of the keys of all workers, dead ones included until some worker cleans up.
pub(crate) fn workers() -> Vec<u8> {
    key(&["workers"], b"")
}

/// List of the ids of the jobs that wait in a queue.
pub(crate) fn queue(queue: &[u8]) -> Vec<u8> {
    key(&["queue", ""], queue)
}

/// Set of the keys of the workers that listen to a queue, dead ones included as in [`workers`].
pub(crate) fn workers_of(queue: &[u8]) -> Vec<u8> {
    key(&["workers", ""], queue)
}

/// One of a queue's registries.
pub(crate) fn registry(registry: Registry, queue: &[u8]) -> Vec<u8> {
    let name = match registry {
        Registry::Started => "wip",
        Registry::Finished => "finished",
        Registry::Failed => "failed",
        Registry::Deferred => "deferred",
        Registry::Scheduled => "scheduled",
        Registry::Canceled => "canceled",
    };
    key(&[name, ""], queue)
}

/// Hash of a job. Its field [`RETRIES_LEFT`] is there only if the job may be retried.
pub(crate) fn job(id: &[u8]) -> Vec<u8> {
    key(&["job", ""], id)
}

/// How often a job that fails is still to be put back; from RQ 1.5 on.
pub(crate) const RETRIES_LEFT: &str = "retries_left";

/// The name of the queue that a member of [`queues`] is the key of.
pub(crate) fn queue_name(key: &[u8]) -> Option<&[u8]> {
    key.strip_prefix(queue(b"").as_slice())
}

fn key(parts: &[&str], name: &[u8]) -> Vec<u8> {
    let mut key = PREFIX.as_bytes().to_vec();
    for part in parts {
        key.push(b':');
        key.extend_from_slice(part.as_bytes());
    }
    key.extend_from_slice(name);
    key
}
