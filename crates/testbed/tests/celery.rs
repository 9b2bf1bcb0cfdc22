//! Celery, as far as this machine has it.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use testbed::{Celery, Redis, Task, eventually};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn workers_do_what_a_client_sends() {
    let redis = Redis::start().unwrap();
    let Some(celery) = Celery::found(&redis.url()) else { return };
    celery.send(Task::new("slow").priority(7).job("jobs.Cleanup"));
    let waiting = redis.cli(&["LRANGE", "slow\u{6}\u{16}6", "0", "-1"]);
    for part in [
        "application/x-nautobot-json",
        "jobs.Cleanup",
        "nautobot_job_user_id",
        "nautobot.extras.jobs.run_job",
    ] {
        assert!(waiting.contains(part), "{part}: {waiting}");
    }

    let [one, two] = ["one", "two"].map(|name| celery.worker(name, &["default", "slow"], 1).unwrap());
    let done = || {
        ["one@testbed", "two@testbed"]
            .iter()
            .map(|name| {
                celery.inspect("stats")[*name]["total"]["nautobot.extras.jobs.run_job"].as_u64().unwrap_or(0)
            })
            .sum::<u64>()
    };
    eventually("done", SOON, || done() == 1);
    let long = celery.send(Task::new("default").lasting(Duration::from_secs(60)));
    let late = celery.send(Task::new("default").after(Duration::from_secs(600)));
    // a busy worker may take longer to answer than Celery waits
    let count = |method: &str| {
        let workers = celery.inspect(method);
        Some(workers.as_object()?.values().map(|tasks| tasks.as_array().unwrap().len()).sum::<usize>())
    };
    eventually("running", SOON, || count("active") == Some(1) && count("scheduled") == Some(1));
    celery.revoke(&late);
    celery.terminate(&long);
    eventually("ended", SOON, || count("active") == Some(0));

    let children = || redis.cli(&["CLIENT", "LIST"]).lines().count();
    let before = children();
    two.kill();
    eventually("killed", SOON, || children() < before);
    let alive = || celery.inspect("ping").as_object().map(|workers| workers.len());
    eventually("one left", SOON, || alive() == Some(1));
    one.stop();
    assert_eq!(alive(), None);
}
