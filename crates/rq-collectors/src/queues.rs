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
    "Number of live workers per queue, of Celery only if they are asked and none is silent; a worker that listens to several queues counts in each.",
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
/// known only if they are asked ([`CelerySettings::inspect`](crate::CelerySettings)) and none of them is silent, or some have been for
/// ten minutes. A queue that both have is one queue.
///
/// A run reads only. It is two round trips to RQ's Redis, one or two more while workers are dead or jobs are abandoned, and one more when
/// a key holds something for the first time or a worker has just died; and beside them two to Celery's, or three while workers keep
/// tasks, one more until a worker of Celery was seen, and the same once more when Nautobot has a new job queue. Nautobot's database has a
/// second meanwhile. The queues are those of the settings, those that RQ has registered and those that Celery has bound, 10,000 of each at
/// most: beyond, a run fails. A value that cannot be told has no sample: see [`Rq::queues`](rq_model::Rq::queues) and
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

    /// Those of Celery, and Nautobot's job queues: a name that is new is asked for in a reading of its own.
    async fn of_celery(&self, out: &Samples) -> Result<celery_model::Queues, celery_model::Error> {
        let configured = self.configured.iter().cloned();
        let has_celery = self.celery.all().next().is_some();
        let Some(job_queues) = self.job_queues.as_ref().filter(|_| has_celery) else {
            return self.celery.queues(&self.configured, out.time_left()).await;
        };
        let known = job_queues.known();
        let asked: Vec<String> = configured.clone().chain(known.iter().cloned()).collect();
        let (queues, named) = join(self.celery.queues(&asked, out.time_left()), job_queues.names(out)).await;
        if named.is_subset(&known) {
            return queues;
        }
        let asked: Vec<String> = configured.chain(named).collect();
        self.celery.queues(&asked, out.time_left()).await
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
        let (rq, celery) = join(of_rq, self.of_celery(out)).await;
        let rq = rq?;
        let knows_rq = rq.iter().any(|queue| queue.is_registered);
        let celery = self.celery.unless_absent(celery, knows_rq)?;
        let mut numbers = Numbers::default();
        if celery.is_none() || knows_rq || !self.celery.is_guess() {
            rq.into_iter().for_each(|queue| numbers.add_rq(queue));
        }
        if let Some(celery) = &celery {
            celery.queues.iter().for_each(|queue| numbers.add_celery(queue));
            // Who wants to know why nobody answers has the collector `celery_inspect`.
            let answers = self.celery.inspect(out.time_left()).await.ok();
            let answers = answers.as_deref();
            self.add_running(celery, answers.unwrap_or_default(), &mut numbers, out.time_left()).await;
            add_workers(celery, answers, &mut numbers);
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

/// A queue to which nobody said that he listens has no worker, once somebody was asked and nobody was silent. Without answers,
/// they could not be asked.
fn add_workers(celery: &celery_model::Queues, answers: Option<&[Answer]>, numbers: &mut Numbers) {
    if answers.is_some_and(<[_]>::is_empty) {
        return;
    }
    let is_whole = answers.is_some_and(|answers| answers.iter().all(|answer| answer.is_whole));
    let answers = answers.unwrap_or_default();
    let mut listeners = by_queue(answers, |_| Some(1));
    for queue in &celery.queues {
        let workers = listeners.remove(queue.name.as_str()).unwrap_or(0);
        numbers.add_workers(&queue.name, is_whole.then_some(workers));
    }
    for (queue, workers) in listeners {
        numbers.add_workers(queue, is_whole.then_some(workers));
    }
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
