//! Simultaneous scrapes share a run; a minimum interval serves the last good one again.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics_core::{CollectError, Collector, Descriptor, Limits, Outcome, Registry, Samples, Scrape};
use tokio::time::{Instant, advance, sleep, timeout};

use crate::fakes::{Does, Fake, families, gather, registry};

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn every(interval: Duration) -> Limits {
    Limits::default().min_interval(interval)
}

#[tokio::test(start_paused = true)]
async fn scrapes_at_the_same_time_share_one_run() {
    let slow = Fake::new("slow", Does::Take(seconds(3)));
    let runs = Arc::clone(&slow.runs);
    let registry = registry([slow]);

    let late = async {
        sleep(seconds(1)).await;
        gather(&registry, 10).await
    };
    let (a, b, c) = tokio::join!(gather(&registry, 10), gather(&registry, 10), late);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert!([a, b, c].iter().all(|gathered| families(gathered) == ["fake_slow"]));

    gather(&registry, 10).await;
    assert_eq!(runs.load(Ordering::SeqCst), 2, "a run that has ended is not shared");
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_as_long_as_one_scrape_waits_for_it() {
    let slow = Fake::new("slow", Does::Take(seconds(3)));
    let (runs, cancelled) = (Arc::clone(&slow.runs), Arc::clone(&slow.cancelled));
    let registry = registry([slow]);

    let (first, second) = tokio::join!(timeout(seconds(1), gather(&registry, 10)), gather(&registry, 10));
    assert!(first.is_err());
    assert_eq!(families(&second), ["fake_slow"]);
    assert_eq!((runs.load(Ordering::SeqCst), cancelled.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_nobody_waits_for_is_cancelled() {
    let slow = Fake::new("slow", Does::Take(seconds(3)));
    let cancelled = Arc::clone(&slow.cancelled);
    let registry = registry([slow]);

    assert!(timeout(seconds(1), gather(&registry, 10)).await.is_err());
    tokio::task::yield_now().await;
    assert_eq!(cancelled.load(Ordering::SeqCst), 1);
    assert_eq!(families(&gather(&registry, 10).await), ["fake_slow"], "and the next scrape works");
}

#[tokio::test(start_paused = true)]
async fn a_hasty_scrape_does_not_spoil_the_run_of_a_patient_one() {
    let registry = registry([Fake::new("slow", Does::Take(seconds(3)))]);
    let (hasty, patient) = tokio::join!(gather(&registry, 1), gather(&registry, 10));
    assert_eq!(hasty.runs().next().unwrap().outcome(), &Outcome::TimedOut);
    assert_eq!(families(&patient), ["fake_slow"]);
}

#[tokio::test(start_paused = true)]
async fn runs_that_were_cut_short_start_anew_side_by_side() {
    let registry = registry([Fake::new("a", Does::Take(seconds(3))), Fake::new("b", Does::Take(seconds(3)))]);
    let (_hasty, patient) = tokio::join!(gather(&registry, 1), gather(&registry, 5));
    assert_eq!(families(&patient), ["fake_a", "fake_b"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_backend_gave_up_a_little_early_was_cut_short_too() {
    let registry = registry([Fake::new("slow", Does::GiveUp(seconds(3)))]);
    let (hasty, patient) = tokio::join!(gather(&registry, 1), gather(&registry, 10));
    assert!(!hasty.runs().next().unwrap().outcome().is_success());
    assert_eq!(families(&patient), ["fake_slow"]);
}

#[tokio::test(start_paused = true)]
async fn a_shared_outcome_is_reported_first_by_one_scrape() {
    let registry = registry([Fake::new("slow", Does::Take(seconds(3)))]);
    let first = |gathered: &metrics_core::Gathered| gathered.runs().next().unwrap().is_first_report();
    // The scrape that starts the run leaves before it ends.
    let gone = timeout(seconds(1), gather(&registry, 10));
    let (_, a, b) = tokio::join!(gone, gather(&registry, 10), gather(&registry, 10));
    assert!(first(&a) != first(&b));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_failed_early_is_not_run_again() {
    let fails = Fake::new("fails", Does::Fail);
    let runs = Arc::clone(&fails.runs);
    let registry = registry([fails, Fake::new("slow", Does::Take(seconds(3)))]);
    tokio::join!(gather(&registry, 1), gather(&registry, 10));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_blocks_its_thread_is_not_started_again_beside_itself() {
    let blocks = Fake::new("blocks", Does::Emit(|_, _| std::thread::sleep(seconds(2))));
    let runs = Arc::clone(&blocks.runs);
    let registry = registry([blocks, Fake::new("good", Does::Succeed)]);
    let start = Instant::now();
    for _ in 0..4 {
        let gathered = registry.gather(&Scrape::within(Duration::from_millis(200))).await;
        assert_eq!(families(&gathered), ["fake_good"]);
    }
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn within_the_minimum_interval_the_last_result_is_served_with_its_age() {
    let fake = Fake::new("kept", Does::Succeed);
    let runs = Arc::clone(&fake.runs);
    let mut registry = Registry::new();
    registry.register(fake, every(seconds(60))).unwrap();

    assert_eq!(gather(&registry, 10).await.runs().next().unwrap().age(), Duration::ZERO);
    advance(seconds(59)).await;
    let gathered = gather(&registry, 10).await;
    assert_eq!(gathered.runs().next().unwrap().age(), seconds(59));
    assert_eq!((families(&gathered), runs.load(Ordering::SeqCst)), (vec!["fake_kept"], 1));

    advance(seconds(1)).await;
    assert_eq!(gather(&registry, 10).await.runs().next().unwrap().age(), Duration::ZERO);
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn failures_are_never_kept() {
    let fake = Fake::new("fails", Does::Fail);
    let runs = Arc::clone(&fake.runs);
    let mut registry = Registry::new();
    registry.register(fake, every(seconds(60))).unwrap();

    for _ in 0..3 {
        assert!(!gather(&registry, 10).await.runs().next().unwrap().outcome().is_success());
    }
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

/// Notes how long ago its runs were asked for, at their beginning and two seconds later.
struct Clock(&'static str, Arc<Mutex<Vec<Duration>>>);

impl Collector for Clock {
    fn name(&self) -> &str {
        self.0
    }

    fn describe(&self) -> Vec<Descriptor> {
        Vec::new()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        self.1.lock().unwrap().push(out.elapsed());
        sleep(seconds(2)).await;
        self.1.lock().unwrap().push(out.elapsed());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn runs_of_one_scrape_are_asked_for_at_the_same_instant() {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let mut registry = Registry::new();
    for name in ["one", "other"] {
        registry.register(Clock(name, Arc::clone(&noted)), Limits::default()).unwrap();
    }
    gather(&registry, 10).await;
    advance(seconds(5)).await;
    gather(&registry, 10).await;
    assert_eq!(*noted.lock().unwrap(), [0, 0, 2, 2, 0, 0, 2, 2].map(seconds));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_scrapes_leave_nothing_behind() {
    let slow = Fake::new("slow", Does::Take(Duration::from_millis(20)));
    let runs = Arc::clone(&slow.runs);
    let registry = Arc::new(registry([slow]));
    let scrapes: Vec<_> = (0..1000)
        .map(|i| {
            let registry = Arc::clone(&registry);
            tokio::task::spawn(async move {
                let patience = Duration::from_millis(i % 40);
                timeout(patience, registry.gather(&Scrape::within(seconds(5)))).await.is_ok()
            })
        })
        .collect();
    for scrape in scrapes {
        scrape.await.unwrap();
    }
    assert!(runs.load(Ordering::SeqCst) < 200, "{} runs", runs.load(Ordering::SeqCst));
    assert_eq!(families(&gather(&registry, 5).await), ["fake_slow"]);
}
