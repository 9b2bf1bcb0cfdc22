use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use rq_model::{Error, Queue, Rq, Waiting, Workers};

/// The Redis databases that hold one site's RQ: one most often, or none; an [`Rq`] turns into one.
///
/// They are asked side by side, so that several take no more round trips one after another than one does, and fail as one. A
/// queue that several of them have is one queue: its numbers are added up.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    all: Vec<Rq>,
}

impl Servers {
    /// That of section `[redis]`, and those of `[[rq_metrics.redis]]`.
    ///
    /// # Errors
    /// [`Error::Settings`], as [`Rq::open`].
    pub fn open(first: &rq_model::Settings, others: &[rq_model::Settings]) -> Result<Self, Error> {
        let open = |other: &rq_model::Settings| Rq::open(&other.clone().of_section("rq_metrics.redis"));
        let all = std::iter::once(Rq::open(first)).chain(others.iter().map(open));
        Ok(Self { all: all.collect::<Result<_, _>>()? })
    }

    /// Each of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Rq> {
        self.all.iter()
    }

    pub(crate) async fn queues(&self, configured: &[String], within: Duration) -> Result<Vec<Queue>, Error> {
        if let [only] = self.all.as_slice() {
            return only.queues(configured, within).await;
        }
        let answers = try_join_all(self.all().map(|rq| rq.queues(configured, within))).await?;
        let mut queues = BTreeMap::new();
        for queue in answers.into_iter().flatten() {
            match queues.get_mut(&queue.name) {
                Some(sum) => add(sum, &queue),
                None => _ = queues.insert(queue.name.clone(), queue),
            }
        }
        Ok(queues.into_values().collect())
    }

    pub(crate) async fn waiting(
        &self,
        configured: &[String],
        within: Duration,
    ) -> Result<Vec<Waiting>, Error> {
        let answers = try_join_all(self.all().map(|rq| rq.waiting(configured, within))).await?;
        let mut queues: BTreeMap<String, Waiting> = BTreeMap::new();
        for queue in answers.into_iter().flatten() {
            match queues.get_mut(&queue.name) {
                Some(sum) => {
                    sum.oldest_age = sum.oldest_age.zip(queue.oldest_age).map(|(one, other)| one.max(other));
                    sum.intermediate =
                        sum.intermediate.zip(queue.intermediate).map(|(one, other)| one + other);
                    sum.has_scheduler =
                        sum.has_scheduler.zip(queue.has_scheduler).map(|(one, other)| one || other);
                }
                None => _ = queues.insert(queue.name.clone(), queue),
            }
        }
        Ok(queues.into_values().collect())
    }

    pub(crate) async fn workers(&self, configured: &[String], within: Duration) -> Result<Workers, Error> {
        let answers = try_join_all(self.all().map(|rq| rq.workers(configured, within))).await?;
        let mut answers = answers.into_iter();
        let mut sum = answers.next().unwrap_or_default();
        for more in answers {
            let queues: BTreeSet<Arc<str>> = sum.queues.into_iter().chain(more.queues).collect();
            sum.queues = queues.into_iter().collect();
            sum.workers = sum.workers.zip(more.workers).map(|(one, other)| [one, other].concat());
        }
        Ok(sum)
    }
}

impl From<Rq> for Servers {
    fn from(rq: Rq) -> Self {
        Self { all: vec![rq] }
    }
}

/// Part of a number is no number.
fn add(sum: &mut Queue, queue: &Queue) {
    sum.is_registered |= queue.is_registered;
    for (sum, number) in [
        (&mut sum.queued, queue.queued),
        (&mut sum.started, queue.started),
        (&mut sum.finished, queue.finished),
        (&mut sum.failed, queue.failed),
        (&mut sum.deferred, queue.deferred),
        (&mut sum.scheduled, queue.scheduled),
        (&mut sum.canceled, queue.canceled),
        (&mut sum.workers, queue.workers),
    ] {
        *sum = sum.zip(number).map(|(one, other)| one + other);
    }
}
