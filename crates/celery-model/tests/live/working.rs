use std::collections::BTreeMap;
use std::time::Duration;

use celery_model::events::{Cluster, Events, Outcome, Snapshot};
use testbed::{Celery, Redis, Task};
use tokio::time::{Instant, sleep};

use super::{listen, snapshot};

const PERIOD: Duration = Duration::from_secs(2);
/// Celery's two periods, the quarter for what comes late, and the second until the silence is believed.
const DEATH: Duration = Duration::from_millis(5500);

fn counts(cluster: &Cluster, queue: &str) -> [u64; 8] {
    Outcome::ALL.map(|outcome| cluster.queues.get(queue).map_or(0, |traffic| traffic.of(outcome)))
}

fn running(cluster: &Cluster) -> BTreeMap<&str, u64> {
    cluster.running.iter().map(|(queue, tasks)| (&**queue, *tasks)).collect()
}

/// How long it took until a snapshot was like that.
async fn within(limit: Duration, events: &Events, what: &str, holds: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let begin = Instant::now();
    let snapshot = snapshot(events, what, holds).await;
    assert!(begin.elapsed() <= limit, "{what}: {:?}", begin.elapsed());
    snapshot
}

#[tokio::test]
async fn two_workers_three_queues_and_what_befalls_them() {
    let mut server = Redis::start().unwrap();
    let Some(celery) = Celery::found(&server.url()) else { return };
    let events = listen(&server.url());
    assert!(events.settled(PERIOD * 5).await);
    assert_eq!(events.snapshot().cluster.workers, 0);

    // of all ten priorities, before anybody works
    for priority in 0..10 {
        celery.send(Task::new("bulk").priority(priority));
    }
    let sent = within(PERIOD, &events, "sent", |snapshot| counts(&snapshot.cluster, "bulk")[0] == 10).await;
    assert_eq!(sent.cluster.workers, 0);
    let one = celery.worker("one", &["default", "slow", "bulk"], 2).unwrap();
    let two = celery.worker("two", &["slow"], 1).unwrap();
    let done = within(PERIOD, &events, "worked off", |snapshot| {
        snapshot.cluster.processed == 10 && snapshot.cluster.workers == 2
    })
    .await;
    assert_eq!(counts(&done.cluster, "bulk"), [10, 10, 10, 10, 0, 0, 0, 0]);

    // one that runs on each, two that have to wait, one for later, and three odd ends
    let mut long = Vec::new();
    for queue in ["default", "default", "slow", "slow", "slow"] {
        long.push(celery.send(Task::new(queue).lasting(Duration::from_secs(120))));
        sleep(Duration::from_millis(100)).await;
    }
    let late = celery.send(Task::new("default").after(Duration::from_secs(600)));
    let busy = within(PERIOD * 2, &events, "at work", |snapshot| {
        snapshot.cluster.is_explained && snapshot.cluster.active == 3
    })
    .await;
    assert_eq!(running(&busy.cluster), BTreeMap::from([("default", 2), ("slow", 1)]));
    assert_eq!(counts(&busy.cluster, "slow")[0], 3);

    celery.revoke(&late);
    celery.terminate(&long[0]);
    let ended = within(PERIOD * 2, &events, "terminated", |snapshot| {
        counts(&snapshot.cluster, "default")[6] == 1 && snapshot.cluster.is_explained
    })
    .await;
    assert!((2..=3).contains(&ended.cluster.active));
    for job in ["jobs.FailingJob", "jobs.RejectedJob", "jobs.RetriedJob"] {
        celery.terminate(&long[1]);
        celery.send(Task::new("bulk").job(job));
    }
    let odd = within(PERIOD * 3, &events, "odd ends", |snapshot| {
        counts(&snapshot.cluster, "bulk")[1..] == [14, 14, 11, 1, 1, 0, 0]
    })
    .await;
    assert_eq!(counts(&odd.cluster, "bulk")[0], 14, "what is retried is sent again");

    server.restart();
    let back = within(PERIOD, &events, "listening again", |snapshot| {
        snapshot.losses == 1 && snapshot.listening.is_some()
    })
    .await;
    assert_eq!(back.cluster.workers, 2, "a restart kills nobody");
    assert_eq!(counts(&back.cluster, "bulk")[0], 14);
    assert!(events.settled(PERIOD * 3).await);

    two.kill();
    let killed = within(DEATH, &events, "killed", |snapshot| snapshot.cluster.workers == 1).await;
    assert!(killed.cluster.active <= 2);
    one.stop();
    let stopped = within(PERIOD, &events, "stopped", |snapshot| snapshot.cluster.workers == 0).await;
    assert_eq!((stopped.cluster.active, running(&stopped.cluster)), (0, BTreeMap::new()));
    assert_eq!(stopped.malformed, 0);
}
