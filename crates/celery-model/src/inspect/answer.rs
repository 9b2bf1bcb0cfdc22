use std::collections::BTreeMap;

use serde::Deserialize;

use super::question::Method;
use super::{Capacity, Worker};
use crate::envelope::Envelope;

/// Longer answers are not looked into: a worker with a thousand queues says half as much.
const MAX_ANSWER: usize = 4 << 20;

/// What has been answered.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) workers: BTreeMap<String, Worker>,
}

impl Answers {
    /// Takes a message into account if it is an answer to a question of ours. A worker that says something else, an error for example, has not
    /// answered.
    pub(crate) fn add(&mut self, message: &[u8], method_of: impl Fn(&str) -> Option<Method>) {
        let Some(envelope) = Envelope::read(message, MAX_ANSWER) else { return };
        let Some(body) = envelope.body() else { return };
        match envelope.ticket().and_then(method_of) {
            Some(Method::ActiveQueues) => self.tell(&body, |worker, queues: Vec<Queue>| {
                worker.queues = Some(queues.into_iter().map(|queue| queue.name).collect());
            }),
            Some(Method::Stats) => self.tell(&body, |worker, stats: Stats| {
                worker.capacity =
                    Some(Capacity { concurrency: stats.pool.and_then(|pool| pool.max_concurrency) });
            }),
            Some(Method::Active) => self.tell(&body, |worker, tasks: Vec<Task>| {
                let mut running = BTreeMap::new();
                for task in tasks {
                    *running.entry(task.delivery_info.routing_key).or_insert(0) += 1;
                }
                worker.running = Some(running);
            }),
            None => {}
        }
    }

    /// The body names the worker that answers.
    fn tell<'a, T: Deserialize<'a>>(&mut self, body: &'a [u8], tell: impl Fn(&mut Worker, T)) {
        let Ok(answers) = serde_json::from_slice::<BTreeMap<String, T>>(body) else { return };
        for (hostname, answer) in answers {
            tell(self.workers.entry(hostname).or_default(), answer);
        }
    }
}

#[derive(Deserialize)]
struct Queue {
    name: String,
}

#[derive(Deserialize)]
struct Stats {
    pool: Option<Pool>,
}

#[derive(Deserialize)]
struct Pool {
    #[serde(rename = "max-concurrency")]
    max_concurrency: Option<u64>,
}

#[derive(Deserialize)]
struct Task {
    delivery_info: DeliveryInfo,
}

#[derive(Deserialize)]
struct DeliveryInfo {
    routing_key: String,
}
