//! One run of one collector: a task of its own, shared by every scrape that wants it, cancelled when the last one leaves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::check::check;
use crate::claims::Claims;
use crate::collector::{BoxCollector, Collector};
use crate::deadline::after;
use crate::gathered::{Outcome, Run};
use crate::limits::Limits;
use crate::samples::Samples;

/// A registered collector with what is known of its runs.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Arc<str>,
    pub(crate) collector: BoxCollector,
    timeout: Duration,
    limits: Limits,
    claims: Arc<Mutex<Claims>>,
    state: Mutex<State>,
    /// Held by a run until it is really over: one that blocks its thread outlives its cancellation.
    alone: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// The run that is going on; gone when nobody waits for it.
    flight: Weak<Flight>,
    /// Only while `min_interval` allows to serve it again.
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
    /// Whether some scrape has reported it.
    reported: AtomicBool,
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
        Self {
            name: collector.name().into(),
            timeout: limits.timeout.unwrap_or_else(|| collector.timeout()),
            collector,
            limits,
            claims,
            state: Mutex::default(),
            alone: tokio::sync::Mutex::default(),
        }
    }

    /// Starts a run, joins the one that is going on, or takes the result that is young enough.
    pub(crate) fn board(self: &Arc<Self>, asked: Instant, deadline: Instant) -> Ticket {
        Ticket { entry: Arc::clone(self), boarding: self.find_or_start(asked, deadline), deadline }
    }

    fn find_or_start(self: &Arc<Self>, asked: Instant, deadline: Instant) -> Boarding {
        let mut state = self.state();
        state.kept.take_if(|(at, _)| at.elapsed() >= self.limits.min_interval);
        if let Some((at, landed)) = &state.kept {
            return Boarding::Kept(*at, Arc::clone(landed));
        }
        match state.flight.upgrade() {
            Some(flight) if flight.is_going_on() => Boarding::Flying(flight),
            _ => {
                let flight = Arc::new(self.start(asked, deadline));
                state.flight = Arc::downgrade(&flight);
                Boarding::Flying(flight)
            }
        }
    }

    fn start(self: &Arc<Self>, started: Instant, deadline: Instant) -> Flight {
        let deadline = deadline.min(after(started, self.timeout));
        let (landing, landed) = watch::channel(None);
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where collectors are spawned, and aborted"
        )]
        let task = tokio::spawn(Arc::clone(self).fly(started, deadline, landing));
        Flight { started, deadline, landed, task }
    }

    /// The body of a run's task.
    async fn fly(
        self: Arc<Self>,
        started: Instant,
        deadline: Instant,
        landing: watch::Sender<Option<Arc<Landed>>>,
    ) {
        let mut samples = Samples::until(started, deadline, self.limits.max_series);
        let run = async {
            let _alone = self.alone.lock().await;
            self.collector.collect(&mut samples).await
        };
        let outcome = match timeout_at(deadline, run).await {
            Ok(Ok(())) => match check(&self.collector, &samples, &self.claims) {
                Ok(()) => Outcome::Success,
                Err(violation) => Outcome::Refused(violation.to_string()),
            },
            Ok(Err(error)) => Outcome::Failed(error.to_string()),
            Err(_) => Outcome::TimedOut,
        };
        let landed = Arc::new(self.land(outcome, started.elapsed(), samples));
        self.keep(&landed);
        landing.send_replace(Some(landed));
    }

    fn land(&self, outcome: Outcome, duration: Duration, samples: Samples) -> Landed {
        let mut state = self.state();
        state.dropped_total += samples.dropped() as u64;
        if outcome.is_success() {
            state.last_success = Some(SystemTime::now());
        }
        let samples = outcome.is_success().then(|| Arc::new(samples));
        Landed { outcome, duration, samples, reported: AtomicBool::new(false) }
    }

    fn keep(&self, landed: &Arc<Landed>) {
        if landed.outcome.is_success() && !self.limits.min_interval.is_zero() {
            self.state().kept = Some((Instant::now(), Arc::clone(landed)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Waits for the result, at most until the scrape's deadline.
    pub(crate) async fn redeem(mut self) -> Run {
        loop {
            let flight = match &self.boarding {
                Boarding::Kept(at, landed) => return self.report(landed, at.elapsed()),
                Boarding::Flying(flight) => flight,
            };
            let landed = flight.wait(self.deadline).await;
            if !flight.was_cut_short(&landed, self.deadline.min(after(flight.started, self.entry.timeout))) {
                return self.report(&landed, Duration::ZERO);
            }
            self.boarding = self.entry.find_or_start(Instant::now(), self.deadline);
        }
    }

    fn report(&self, landed: &Landed, age: Duration) -> Run {
        let state = self.entry.state();
        Run {
            collector: Arc::clone(&self.entry.name),
            outcome: landed.outcome.clone(),
            duration: landed.duration,
            age,
            first_report: !landed.reported.swap(true, Ordering::Relaxed),
            last_success: state.last_success,
            dropped_total: state.dropped_total,
            samples: landed.samples.clone(),
        }
    }
}

impl Flight {
    fn is_going_on(&self) -> bool {
        self.landed.borrow().is_none() && !self.task.is_finished()
    }

    /// The result, or what it means that there is none by then.
    async fn wait(&self, deadline: Instant) -> Arc<Landed> {
        let mut landed = self.landed.clone();
        let outcome = match timeout_at(deadline, landed.wait_for(Option::is_some)).await {
            Ok(Ok(landed)) => match &*landed {
                Some(landed) => return Arc::clone(landed),
                None => Outcome::Panicked,
            },
            // The task dropped its sender without landing, and nobody aborted it: we still hold it.
            Ok(Err(_)) => Outcome::Panicked,
            Err(_) => Outcome::TimedOut,
        };
        let reported = AtomicBool::new(false);
        Arc::new(Landed { outcome, duration: self.started.elapsed(), samples: None, reported })
    }

    /// Whether it failed for want of time that the scrape which started it did not give it, and that `deadline` would.
    ///
    /// A backend is told to give up a little before the deadline, so most of the time is all of it.
    fn was_cut_short(&self, landed: &Landed, deadline: Instant) -> bool {
        let given = self.deadline.duration_since(self.started);
        !landed.outcome.is_success() && self.deadline < deadline && landed.duration >= given.mul_f64(0.8)
    }
}
