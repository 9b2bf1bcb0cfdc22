//! The third round trip, for what the first two brought up: abandoned jobs, and workers that only a queue knows.

use std::collections::{BTreeSet, HashSet};
use std::iter::once;

use redis::Pipeline;

use super::counts::{Alive, Counts};
use super::{Session, command};
use crate::answers::Answers;
use crate::error::Error;
use crate::keys::{self, RETRIES_LEFT, Registry};

/// How many expired started jobs are looked at in one call; what is beyond is missing among the failed ones.
const MAX_EXPIRED: usize = 10_000;

/// How many jobs of each queue are abandoned, in the order of `counts`. Completes `alive`.
pub(crate) async fn read(
    session: &mut Session<'_>,
    counts: &[Counts],
    alive: &mut Alive,
) -> Result<Vec<u64>, Error> {
    let mut budget = MAX_EXPIRED;
    let expired: Vec<Expired<'_>> = counts.iter().map(|queue| Expired::new(queue, &mut budget)).collect();
    let listed = counts.iter().flat_map(|queue| queue.workers.iter().flatten());
    let unknown: BTreeSet<&Vec<u8>> = listed.filter(|worker| !alive.contains_key(*worker)).collect();

    let mut commands = Pipeline::new();
    expired.iter().for_each(|queue| queue.ask(&mut commands));
    for worker in &unknown {
        commands.add_command(command("EXISTS", worker));
    }
    let now = session.now;
    let mut answers = session.ask(once(commands)).await?;
    let abandoned =
        expired.iter().map(|queue| queue.abandoned(&mut answers, now)).collect::<Result<_, _>>()?;
    for worker in unknown {
        let lives = answers.count(worker)? == Some(1);
        alive.insert(worker.clone(), lives);
    }
    Ok(abandoned)
}

/// The jobs of one queue that a worker has in hand for longer than RQ allows.
struct Expired<'a> {
    failed: Vec<u8>,
    /// For each member of the registry, the jobs it may stand for: the first one that exists is meant.
    members: Vec<Vec<Job<'a>>>,
}

struct Job<'a> {
    id: &'a [u8],
    key: Vec<u8>,
}

impl<'a> Expired<'a> {
    fn new(queue: &'a Counts, budget: &mut usize) -> Self {
        let members: Vec<_> = queue.expired.iter().take(*budget).map(|member| jobs(member)).collect();
        *budget -= members.len();
        Self { failed: keys::registry(Registry::Failed, &queue.name), members }
    }

    /// Writes the commands whose answers [`abandoned`](Self::abandoned) reads, in its order.
    fn ask(&self, commands: &mut Pipeline) {
        for job in self.members.iter().flatten() {
            let mut retries = command("HGET", &job.key);
            retries.arg(RETRIES_LEFT);
            let mut failed = command("ZSCORE", &self.failed);
            failed.arg(job.id);
            commands.add_command(command("HLEN", &job.key)).add_command(retries).add_command(failed);
        }
    }

    /// How many of them RQ's clean-up would add to the failed ones.
    fn abandoned(&self, answers: &mut Answers<'_>, now: u64) -> Result<u64, Error> {
        // Two runs of one job are two members, but one failed job.
        let mut abandoned = HashSet::new();
        for jobs in &self.members {
            let mut decided = false;
            for job in jobs {
                let exists = answers.count(&job.key)?.is_some_and(|fields| fields > 0);
                let retries = answers.number(&job.key)?.flatten().unwrap_or(0.0);
                let score = answers.number(&self.failed)?.flatten();
                let counted = score.is_some_and(|score| !(0.0..=now as f64).contains(&score));
                if exists && !decided {
                    decided = true;
                    if retries <= 0.0 && !counted {
                        abandoned.insert(job.id);
                    }
                }
            }
        }
        Ok(abandoned.len() as u64)
    }
}

/// `job_id`, or from RQ 2.0 on `job_id:execution_id`. Ids with a colon in them are possible in RQ 1.
fn jobs(member: &[u8]) -> Vec<Job<'_>> {
    let before_colon = member.iter().rposition(|&byte| byte == b':').and_then(|colon| member.get(..colon));
    let ids = std::iter::once(member).chain(before_colon);
    ids.map(|id| Job { id, key: keys::job(id) }).collect()
}
