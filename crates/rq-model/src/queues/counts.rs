//! The second round trip: what the keys of each queue hold, and which workers need not be alive. Then a third one, for
//! what was expected otherwise.

use std::collections::{BTreeMap, HashSet};

use nautobot_redis::{Answers, Error, command, part_size};
use redis::{Cmd, Pipeline};

use super::dead::Suspects;
use super::expected::{Expected, Held};
use super::register::{Workers, how_many};
use super::{Queue, Session};
use crate::keys::{Keyspace, Registry};

/// What RQ keeps of a queue, each in a key of its own.
pub(super) const KINDS: [Kind; 8] = [
    Kind::Waiting,
    Kind::Expiring(Registry::Started),
    Kind::Expiring(Registry::Finished),
    Kind::Expiring(Registry::Failed),
    Kind::Lasting(Registry::Deferred),
    Kind::Lasting(Registry::Scheduled),
    Kind::Lasting(Registry::Canceled),
    Kind::Workers,
];

/// One queue before its abandoned jobs and dead workers are settled.
pub(crate) struct Counts {
    /// The name of the queue in keys.
    pub(crate) name: Vec<u8>,
    /// How many members of the registry of started jobs are over their time.
    pub(crate) expired: u64,
    /// How many workers listen to it, dead or alive; `None` if that cannot be told.
    pub(crate) workers: Option<u64>,
    /// The numbers, without abandoned jobs among the failed ones and without workers.
    pub(crate) queue: Queue,
}

/// Asks for the queues of these names, shown and in keys, and which workers need not be alive.
///
/// Without a register there is nothing to be said of workers.
pub(crate) async fn read(
    session: &mut Session<'_>,
    names: BTreeMap<String, Vec<u8>>,
    registered: Option<&[Vec<u8>]>,
    expected: &mut Expected,
) -> Result<(Vec<Counts>, Suspects), Error> {
    let (keys, now) = (session.keys, session.now);
    let mut queues: Vec<Keys> =
        names.into_iter().map(|(shown, name)| Keys::new(keys, shown, name, expected)).collect();
    let workers = registered.unwrap_or_default();
    let known = registered.map(|workers| workers.iter().map(Vec::as_slice).collect());
    let mut reading = Reading::new(&mut queues, workers, known.as_ref(), expected);
    let mut answers = session.ask(reading.ask(now)).await?;
    reading.take(&mut answers)?;
    let mut answers = session.ask(reading.ask_closer(now)).await?;
    reading.take_closer(&mut answers)?;

    let suspects = reading.suspects(workers.len());
    expected.note_workers(workers, &suspects.dead);
    expected.note_queues(queues.iter().map(|queue| (queue.name.as_slice(), queue.held())));
    Ok((queues.into_iter().map(|queue| queue.counts(registered.is_some())).collect(), suspects))
}

/// What is asked for, part by part.
struct Reading<'a> {
    queues: Vec<Part<'a>>,
    workers: Vec<Workers<'a>>,
    dead: Vec<Vec<u8>>,
}

impl<'a> Reading<'a> {
    fn new(
        queues: &'a mut [Keys],
        workers: &'a [Vec<u8>],
        known: Option<&'a HashSet<&'a [u8]>>,
        expected: &Expected,
    ) -> Self {
        let part = part_size(queues.len());
        Self {
            queues: queues.chunks_mut(part).map(|queues| Part::new(queues, known)).collect(),
            workers: Workers::in_parts(workers, expected),
            dead: Vec::new(),
        }
    }

    fn ask(&self, now: u64) -> impl Iterator<Item = Pipeline> + Clone {
        self.queues.iter().map(move |part| part.ask(now)).chain(self.workers.iter().map(Workers::ask))
    }

    fn take(&mut self, answers: &mut Answers<'_>) -> Result<(), Error> {
        self.queues.iter_mut().try_for_each(|part| part.take(answers))?;
        self.workers.iter_mut().try_for_each(|part| part.take(answers, &mut self.dead))
    }

    /// Asks again where what was expected has failed.
    fn ask_closer(&self, now: u64) -> impl Iterator<Item = Pipeline> + Clone {
        self.queues.iter().map(move |part| part.ask_closer(now)).chain(self.workers.iter().map(Workers::ask))
    }

    fn take_closer(&mut self, answers: &mut Answers<'_>) -> Result<(), Error> {
        self.queues.iter_mut().try_for_each(|part| part.take_closer(answers))?;
        self.workers.iter_mut().try_for_each(|part| part.take(answers, &mut self.dead))
    }

    fn suspects(self, registered: usize) -> Suspects {
        let strangers = self.queues.into_iter().map(|part| part.strangers.into_iter().collect()).collect();
        Suspects { registered, dead: self.dead, strangers }
    }
}

/// The keys of some queues, those that have never held anything counted by one command.
struct Part<'a> {
    queues: &'a mut [Keys],
    /// Those who are registered, if the register can be read.
    registered: Option<&'a HashSet<&'a [u8]>>,
    /// Workers that only the sets of these queues know.
    strangers: HashSet<Vec<u8>>,
    /// Whether something is where nothing has been.
    has_news: bool,
}

impl<'a> Part<'a> {
    fn new(queues: &'a mut [Keys], registered: Option<&'a HashSet<&'a [u8]>>) -> Self {
        Self { queues, registered, strangers: HashSet::new(), has_news: false }
    }

    /// The commands whose answers [`take`](Self::take) reads, in its order.
    fn ask(&self, now: u64) -> Pipeline {
        let mut commands = self.lookups(true, now);
        if self.keys(false).next().is_some() {
            commands.add_command(how_many(self.keys(false)));
        }
        commands
    }

    fn take(&mut self, answers: &mut Answers<'_>) -> Result<(), Error> {
        self.take_lookups(true, answers)?;
        let found = match self.keys(false).next() {
            Some(first) => answers.count(first)?,
            None => Some(0),
        };
        self.has_news = found != Some(0);
        Ok(())
    }

    /// The commands whose answers [`take_closer`](Self::take_closer) reads, in its order: none without news.
    fn ask_closer(&self, now: u64) -> Pipeline {
        if self.has_news { self.lookups(false, now) } else { Pipeline::new() }
    }

    fn take_closer(&mut self, answers: &mut Answers<'_>) -> Result<(), Error> {
        if self.has_news { self.take_lookups(false, answers) } else { Ok(()) }
    }

    /// Asks for those keys that have held something, or for the others.
    fn lookups(&self, held: bool, now: u64) -> Pipeline {
        let mut commands = Pipeline::with_capacity(self.queues.len() * KINDS.len());
        self.queues.iter().for_each(|queue| queue.ask(held, now, &mut commands));
        if self.registered.is_some() && self.sets(held).next().is_some() {
            // Not `SDIFF` with the register: that makes Redis tidy up the register on the way, which shows in a `DUMP`.
            let mut everybody = Cmd::new();
            everybody.arg("SUNION");
            self.sets(held).for_each(|set| _ = everybody.arg(set));
            commands.add_command(everybody);
        }
        commands
    }

    fn take_lookups(&mut self, held: bool, answers: &mut Answers<'_>) -> Result<(), Error> {
        self.queues.iter_mut().try_for_each(|queue| queue.take(held, answers))?;
        let Some(registered) = self.registered else { return Ok(()) };
        let Some(first) = self.sets(held).next() else { return Ok(()) };
        // With a key of a wrong type among them, its neighbours have no strangers.
        let everybody = answers.members(first)?.unwrap_or_default();
        let strangers = everybody.into_iter().filter(|worker| !registered.contains(worker.as_slice()));
        self.strangers.extend(strangers);
        Ok(())
    }

    fn keys(&self, held: bool) -> impl Iterator<Item = &[u8]> {
        self.queues.iter().flat_map(move |queue| queue.keys(held).map(|(_, key)| key))
    }

    /// The keys of the workers.
    fn sets(&self, held: bool) -> impl Iterator<Item = &[u8]> {
        let keys = self.queues.iter().flat_map(move |queue| queue.keys(held));
        keys.filter(|(kind, _)| matches!(kind, Kind::Workers)).map(|(_, key)| key)
    }
}

/// The keys of one queue.
struct Keys {
    shown: String,
    name: Vec<u8>,
    keys: [Vec<u8>; KINDS.len()],
    expected: Held,
    sizes: [Option<Size>; KINDS.len()],
}

impl Keys {
    fn new(keys: &Keyspace, shown: String, name: Vec<u8>, expected: &Expected) -> Self {
        Self {
            shown,
            keys: KINDS.map(|kind| kind.key(keys, &name)),
            expected: expected.held(&name),
            sizes: [Some(Size::default()); KINDS.len()],
            name,
        }
    }

    /// Those that have held something, or the others.
    fn keys(&self, held: bool) -> impl Iterator<Item = (Kind, &[u8])> {
        let keys = KINDS.into_iter().zip(&self.keys).zip(self.expected);
        keys.filter(move |(_, expected)| *expected == held).map(|((kind, key), _)| (kind, key.as_slice()))
    }

    fn ask(&self, held: bool, now: u64, commands: &mut Pipeline) {
        self.keys(held).for_each(|(kind, key)| kind.ask(key, now, commands));
    }

    fn take(&mut self, held: bool, answers: &mut Answers<'_>) -> Result<(), Error> {
        let keys = KINDS.into_iter().zip(&self.keys).zip(self.expected);
        for (((kind, key), expected), size) in keys.zip(&mut self.sizes) {
            if expected == held {
                *size = kind.take(key, answers)?;
            }
        }
        Ok(())
    }

    /// What holds something, be it of a wrong type.
    fn held(&self) -> Held {
        self.sizes.map(|size| size.is_none_or(|size| size.all > 0))
    }

    fn counts(self, has_register: bool) -> Counts {
        let [_, started, ..] = self.sizes;
        let [queued, in_hand, finished, failed, deferred, scheduled, canceled, workers] =
            self.sizes.map(|size| size.map(Size::lasting));
        let queue = Queue {
            name: self.shown,
            is_registered: false,
            queued,
            started: in_hand,
            finished,
            failed,
            deferred,
            scheduled,
            canceled,
            workers: None,
        };
        Counts {
            name: self.name,
            expired: started.map_or(0, |started| started.expired),
            workers: workers.filter(|_| has_register),
            queue,
        }
    }
}

/// What a key is for, and so how its size is asked for.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A list of jobs.
    Waiting,
    /// A registry that forgets a job at the time which is its score.
    Expiring(Registry),
    /// A registry whose scores do not count.
    Lasting(Registry),
    /// A set.
    Workers,
}

impl Kind {
    fn key(self, keys: &Keyspace, queue: &[u8]) -> Vec<u8> {
        match self {
            Self::Waiting => keys.queue(queue),
            Self::Expiring(registry) | Self::Lasting(registry) => keys.registry(registry, queue),
            Self::Workers => keys.workers_of(queue),
        }
    }

    fn ask(self, key: &[u8], now: u64, commands: &mut Pipeline) {
        let length = match self {
            Self::Waiting => "LLEN",
            Self::Expiring(_) | Self::Lasting(_) => "ZCARD",
            Self::Workers => "SCARD",
        };
        commands.add_command(command(length, key));
        if matches!(self, Self::Expiring(_)) {
            let mut expired = command("ZCOUNT", key);
            expired.arg(0).arg(now);
            commands.add_command(expired);
        }
    }

    fn take(self, key: &[u8], answers: &mut Answers<'_>) -> Result<Option<Size>, Error> {
        let all = answers.count(key)?;
        let expired = if matches!(self, Self::Expiring(_)) { answers.count(key)? } else { Some(0) };
        Ok(all.zip(expired).map(|(all, expired)| Size { all, expired }))
    }
}

/// How many members a key has.
#[derive(Clone, Copy, Default)]
struct Size {
    all: u64,
    /// Those whose score is in `[0, now]`. RQ writes -1 or +inf for "never".
    expired: u64,
}

impl Size {
    fn lasting(self) -> u64 {
        self.all.saturating_sub(self.expired)
    }
}
