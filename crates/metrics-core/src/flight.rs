//! One run of one collector: a task of its own, shared by every scrape that wants it, cancelled when the last one leaves.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::check::check;
use crate::claims::Claims;
use crate::collector::{BoxCollector, Collector};
use crate::deadline::after;
use crate::gathered::{Outcome, Run};
use crate::registry::Limits;
use crate::samples::Samples;

/// A registered collector with what is known of its runs.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Arc<str>,
    pub(crate) collector: BoxCollector,
    limits: Limits,
    claims: Arc<Mutex<Claims>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The run that is going on; gone when nobody waits for it.
    flight: Weak<Flight>,
    /// Kept only while `min_interval` allows to serve it again.
    kept: Option<(Instant, Arc<Landed>)>,
    last_success: Option<SystemTime>,
    dropped_total: u64,
}

/// A run that ended.
#[derive(Debug)]
struct Landed {
    outcome: Outcome,
    duration: Duration,
    samples: Option<Arc<Samples>>,
}

/// A run that is going on. Dropping the last handle cancels it, and with it whatever its collector does on a backend.
#[derive(Debug)]
struct Flight {
    started: Instant,
    deadline: Instant,
    landed: watch::Receiver<Option<Arc<Landed>>>,
    task: JoinHandle<()>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A scrape's claim to a result of an entry; dropping it gives the claim up.
pub(crate) struct Ticket {
    entry: Arc<Entry>,
    boarding: Boarding,
    deadline: Instant,
}

enum Boarding {
    Kept(Instant, Arc<Landed>),
    Flying(Arc<Flight>),
}

impl Entry {
    pub(crate) fn new(collector: BoxCollector, limits: Limits, claims: Arc<Mutex<Claims>>) -> Self {
        Self { name: collector.name().into(), collector, limits, claims, state: Mutex::default() }
    }

    /// Starts a run, joins the one that is going on, or takes the result that is young enough.
    pub(crate) fn board(self: &Arc<Self>, deadline: Instant) -> Ticket {
        let boarding = {
            let mut state = self.state();
            match &state.kept {
                Some((at, landed)) if at.elapsed() < self.limits.min_interval => {
                    Boarding::Kept(*at, Arc::clone(landed))
                }
                _ => Boarding::Flying(self.join_or_start(&mut state, deadline)),
            }
        };
        Ticket { entry: Arc::clone(self), boarding, deadline }
    }

    fn join_or_start(self: &Arc<Self>, state: &mut State, deadline: Instant) -> Arc<Flight> {
        if let Some(flight) = state.flight.upgrade()
            && flight.landed.borrow().is_none()
            && !flight.task.is_finished()
        {
            return flight;
        }
        let started = Instant::now();
        let deadline = deadline.min(after(started, self.timeout()));
        let (landing, landed) = watch::channel(None);
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where collectors are spawned, and aborted"
        )]
        let task = tokio::spawn(Arc::clone(self).fly(started, deadline, landing));
        let flight = Arc::new(Flight { started, deadline, landed, task });
        state.flight = Arc::downgrade(&flight);
        flight
    }

    /// The body of a run's task.
    async fn fly(
        self: Arc<Self>,
        started: Instant,
        deadline: Instant,
        landing: watch::Sender<Option<Arc<Landed>>>,
    ) {
        let mut samples = Samples::until(deadline, self.limits.max_series);
        let outcome = match timeout_at(deadline, self.collector.collect(&mut samples)).await {
            Ok(Ok(())) => match check(&self.collector, &samples, &self.claims) {
                Ok(()) => Outcome::Success,
                Err(violation) => Outcome::Refused(violation.to_string()),
            },
            Ok(Err(error)) => Outcome::Failed(error.to_string()),
            Err(_) => Outcome::TimedOut,
        };
        let samples = outcome.is_success().then(|| Arc::new(samples));
        let landed = Arc::new(Landed { outcome, duration: started.elapsed(), samples });
        self.remember(&landed);
        landing.send_replace(Some(landed));
    }

    fn remember(&self, landed: &Arc<Landed>) {
        let Some(samples) = &landed.samples else { return };
        let mut state = self.state();
        state.last_success = Some(SystemTime::now());
        state.dropped_total += samples.dropped() as u64;
        if !self.limits.min_interval.is_zero() {
            state.kept = Some((Instant::now(), Arc::clone(landed)));
        }
    }

    fn timeout(&self) -> Duration {
        self.limits.timeout.unwrap_or_else(|| self.collector.timeout())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report_landed(&self, landed: &Landed, age: Duration) -> Run {
        self.report(landed.outcome.clone(), landed.duration, age, landed.samples.clone())
    }

    fn report(
        &self,
        outcome: Outcome,
        duration: Duration,
        age: Duration,
        samples: Option<Arc<Samples>>,
    ) -> Run {
        let state = self.state();
        Run {
            collector: Arc::clone(&self.name),
            outcome,
            duration,
            age,
            last_success: state.last_success,
            dropped_total: state.dropped_total,
            samples,
        }
    }
}

impl Ticket {
    /// Waits for the result, at most until the scrape's deadline.
    pub(crate) async fn redeem(self) -> Run {
        let Self { entry, mut boarding, deadline } = self;
        loop {
            let flight = match boarding {
                Boarding::Kept(at, landed) => return entry.report_landed(&landed, at.elapsed()),
                Boarding::Flying(flight) => flight,
            };
            match flight.land(deadline).await {
                Ok(landed) if flight.was_cut_short(&landed, deadline, entry.timeout()) => {}
                Ok(landed) => return entry.report_landed(&landed, Duration::ZERO),
                Err(outcome) => return entry.report(outcome, flight.started.elapsed(), Duration::ZERO, None),
            }
            boarding = entry.board(deadline).boarding;
        }
    }
}

impl Flight {
    async fn land(&self, deadline: Instant) -> Result<Arc<Landed>, Outcome> {
        let mut landed = self.landed.clone();
        match timeout_at(deadline, landed.wait_for(Option::is_some)).await {
            Ok(Ok(landed)) => landed.clone().ok_or(Outcome::Panicked),
            // The task dropped its sender without landing, and nobody aborted it: we still hold it.
            Ok(Err(_)) => Err(Outcome::Panicked),
            Err(_) => Err(Outcome::TimedOut),
        }
    }

    /// Whether it failed for want of time that a scrape with a shorter deadline did not give it, and this one would.
    fn was_cut_short(&self, landed: &Landed, deadline: Instant, timeout: Duration) -> bool {
        !landed.outcome.is_success()
            && Instant::now() >= self.deadline
            && self.deadline < deadline
            && self.deadline < after(self.started, timeout)
    }
}
