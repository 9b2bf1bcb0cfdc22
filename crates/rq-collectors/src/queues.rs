mod numbers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};

use crate::celery::{Answer, JobQueues, by_queue};
use crate::{CeleryBrokers, Servers, Settings};

use numbers::{Numbers, STATUSES};

static JOBS: Family<Gauge, 2> = Family::gauge(
    "nautobot_queue_number_jobs",
    "Number of RQ's jobs and Celery's tasks per queue and status; entries that RQ would clean up are not counted.",
    ["name", "status"],
);
static WORKERS: Family<Gauge, 1> = Family::gauge(
    "nautobot_queue_number_workers",
    "Number of live workers per queue, of Celery only if they are asked; a worker that listens to several queues counts in each.",
    ["name"],
);
static WAITING: Family<Gauge, 2> = Family::gauge(
    "nautobot_celery_queue_waiting_tasks",
    "Tasks that wait in a Celery queue and that no worker has taken, by the lowest priority of the list that they lie in.",
    ["queue", "priority"],
)
.experimental();
static UNACKED: Family<Gauge, 0> = Family::gauge(
    "nautobot_celery_unacked_tasks",
    "Tasks of any queue that Celery's workers have taken and not begun: reserved ones and those whose time has not come.",
    [],
)
.experimental();

/// Counts the jobs and the live workers of each queue of RQ, of Celery or of both: eight series per queue of RQ, nine at most per
/// queue of Celery, and one.
///
/// Of RQ's jobs the statuses are `finished`, `started`, `deferred`, `failed`, `scheduled`, `queued` and `canceled`. Of Celery's tasks,
/// `queued` are those that no worker has taken, `reserved` those that a worker keeps until one of its processes is free, `scheduled` those that
/// it keeps until their time has come, and `started` those that run: they have no sample while
/// [`CeleryTasks`](crate::CeleryTasks) has not heard all of them begin. How many workers listen to a queue of Celery's is
/// known only if they are asked ([`CelerySettings::inspect`](crate::CelerySettings)). A queue that both have is one queue.
///
/// A run reads only. It is two round trips to RQ's Redis, one or two more while workers are dead or jobs are abandoned, and one more when
/// a key holds something for the first time or a worker has just died; and beside them two to Celery's, or three while workers keep
/// tasks. The queues are those of the settings, those that RQ has registered and those that Celery has bound, 10,000 of each at most:
/// beyond, a run fails. A value that cannot be told has no sample: see [`Rq::queues`](rq_model::Rq::queues) and
/// [`Celery::queues`](celery_model::Celery::queues).
#[derive(Debug)]
pub struct Queues {
    servers: Servers,
    celery: CeleryBrokers,
    job_queues: Option<JobQueues>,
    configured: Vec<String>,
}

impl Queues {
    /// Reads from these; `settings` names queues that are shown even if neither RQ nor Celery knows them yet.
    pub fn new(servers: impl Into<Servers>, celery: CeleryBrokers, settings: &Settings) -> Self {
        Self { servers: servers.into(), celery, job_queues: None, configured: settings.queues.clone() }
    }

    /// Where there is Celery, shows Nautobot's job queues, too, used or not.
    #[must_use]
    pub fn with_job_queues(mut self, job_queues: JobQueues) -> Self {
        self.job_queues = Some(job_queues);
        self
    }

    /// A queue of which nobody has told does not run any, once all that run are known.
    async fn add_running(
        &self,
        celery: &celery_model::Queues,
        answers: &[Answer],
        numbers: &mut Numbers,
        within: Duration,
    ) {
        let heard = self.celery.running(within).await;
        let Some(mut running) = heard.or_else(|| running(answers)) else { return };
        for queue in &celery.queues {
            numbers.add_started(&queue.name, running.remove(queue.name.as_str()).unwrap_or(0));
        }
        running.into_iter().for_each(|(queue, tasks)| numbers.add_started(&queue, tasks));
    }

    /// None if there is nobody to ask.
    async fn job_queues(&self, out: &Samples) -> Vec<String> {
        match &self.job_queues {
            Some(job_queues) => job_queues.names(out).await,
            None => Vec::new(),
        }
    }
}

impl Collector for Queues {
    fn name(&self) -> &str {
        "queues"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![JOBS.descriptor(), WORKERS.descriptor(), WAITING.descriptor(), UNACKED.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let within = out.time_left();
        let of_rq = self.servers.queues(&self.configured, within);
        let of_celery = self.celery.queues(&self.configured, within);
        let (rq, celery) = join(of_rq, of_celery).await;
        let rq = rq?;
        let knows_rq = rq.iter().any(|queue| queue.is_registered);
        let celery = self.celery.unless_absent(celery, knows_rq)?;
        let mut numbers = Numbers::default();
        if celery.is_none() || knows_rq || !self.celery.is_guess() {
            rq.iter().for_each(|queue| numbers.add_rq(queue));
        }
        if let Some(celery) = &celery {
            celery.queues.iter().for_each(|queue| numbers.add_celery(queue));
            self.job_queues(out).await.iter().for_each(|queue| numbers.add_empty(queue));
            // Who wants to know why nobody answers has the collector `celery_inspect`.
            let answers = self.celery.inspect(out.time_left()).await.unwrap_or_default();
            self.add_running(celery, &answers, &mut numbers, out.time_left()).await;
            add_workers(celery, &answers, &mut numbers);
        }
        tell(&numbers, out);
        for queue in celery.iter().flat_map(|celery| &celery.queues) {
            for step in &queue.steps {
                if let Some(waiting) = step.waiting {
                    out.gauge(&WAITING, [&queue.name, &step.priority.to_string()], waiting);
                }
            }
        }
        if let Some(unacked) = celery.and_then(|celery| celery.unacked) {
            out.gauge(&UNACKED, [], unacked);
        }
        Ok(())
    }
}

/// What workers answered, if all of them did.
fn running(answers: &[Answer]) -> Option<BTreeMap<Arc<str>, u64>> {
    let is_complete = !answers.is_empty() && answers.iter().all(|answer| answer.silent() == 0);
    let mut sum = BTreeMap::new();
    for worker in answers.iter().filter(|_| is_complete).flat_map(Answer::workers) {
        for (queue, tasks) in worker.running.as_ref()? {
            *sum.entry(Arc::from(queue.as_str())).or_default() += tasks;
        }
    }
    Some(sum).filter(|_| is_complete)
}

/// A queue to which nobody said that he listens has no worker, once somebody was asked.
fn add_workers(celery: &celery_model::Queues, answers: &[Answer], numbers: &mut Numbers) {
    if answers.is_empty() {
        return;
    }
    let mut listeners = by_queue(answers, |_| Some(1));
    for queue in &celery.queues {
        numbers.add_workers(&queue.name, listeners.remove(queue.name.as_str()).unwrap_or(0));
    }
    listeners.into_iter().for_each(|(queue, workers)| numbers.add_workers(queue, workers));
}

/// First what is fewer: a limit of series then costs jobs of the last queues, not the workers of all.
fn tell(numbers: &Numbers, out: &mut Samples) {
    for (queue, number) in numbers.workers() {
        out.gauge(&WORKERS, [queue], number);
    }
    for (queue, jobs) in numbers.jobs() {
        for (status, number) in STATUSES.into_iter().zip(jobs) {
            if let Some(number) = number {
                out.gauge(&JOBS, [queue, status], number);
            }
        }
    }
}
