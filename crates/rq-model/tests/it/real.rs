//! What real RQ says of a Redis in which its workers left jobs in every registry: the same is read here, and nothing is
//! touched.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rq_model::{Queue, Rq, Worker};
use serde_json::{Value, json};
use testbed::Redis;
use testbed::python::{Environment, Installed, RQ};

use crate::{assert_only_read, contents, patient, queues, soon};

#[tokio::test]
async fn rq_1_5() {
    reads_as_rq_counts(&RQ[0], None).await;
}

#[tokio::test]
async fn rq_1_16() {
    reads_as_rq_counts(&RQ[1], None).await;
}

#[tokio::test]
async fn rq_2() {
    reads_as_rq_counts(&RQ[2], None).await;
}

#[tokio::test]
async fn rq_3() {
    reads_as_rq_counts(&RQ[3], None).await;
}

#[tokio::test]
async fn rq_3_with_a_prefix() {
    reads_as_rq_counts(&RQ[3], Some("acme:{rq}")).await;
}

async fn reads_as_rq_counts(rq: &Environment, prefix: Option<&str>) {
    let Some(python) = rq.found() else { return };
    let redis = crate::empty();
    let _workers = Workers::leave_jobs_in(&redis, &python, prefix);
    let copy = copy_of(&redis);
    let before = contents(&redis);

    let pattern = format!("~{}:*", prefix.unwrap_or("rq"));
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">pw", "-@all", "+@read", &pattern]);
    redis.cli(&["CONFIG", "RESETSTAT"]);
    let reader = patient(json!({
        "url": redis.url(), "username": "metrics", "password": "pw", "key_prefix": prefix.unwrap_or_default(),
    }));
    let ours = json!({"queues": told_of_queues(&reader).await, "workers": told_of_workers(&reader).await});
    assert_waiting(&reader).await;
    assert_only_read(&redis);
    assert_eq!(changed(&before, &contents(&redis)), [""; 0]);

    let mut theirs = said_by_rq(&python, &copy, prefix);
    sort(&mut theirs);
    assert_eq!(ours, theirs);
    assert!(!changed(&before, &contents(&copy)).is_empty(), "RQ has cleaned up nothing");
}

/// The keys that are on one side only, or have another value there.
fn changed<'a>(before: &'a [(String, Vec<u8>)], after: &'a [(String, Vec<u8>)]) -> Vec<&'a str> {
    let missing_in =
        |others: &'a [(String, Vec<u8>)]| move |entry: &&(String, Vec<u8>)| !others.contains(entry);
    let gone = before.iter().filter(missing_in(after));
    gone.chain(after.iter().filter(missing_in(before))).map(|(key, _)| key.as_str()).collect()
}

async fn told_of_queues(rq: &Rq) -> Value {
    let told = |queue: Queue| {
        let numbers = json!({
            "queued": queue.queued, "started": queue.started, "finished": queue.finished, "failed": queue.failed,
            "deferred": queue.deferred, "scheduled": queue.scheduled, "canceled": queue.canceled,
            "workers": queue.workers,
        });
        (queue.name, numbers)
    };
    json!(queues(rq).await.into_iter().map(told).collect::<BTreeMap<_, _>>())
}

async fn told_of_workers(rq: &Rq) -> Value {
    let told = |worker: Worker| {
        assert!(worker.heartbeat_age.is_some_and(|age| age < soon()), "{worker:?}");
        json!({
            "queues": worker.queues.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "state": worker.state.as_str(),
            "successful": worker.successful_jobs,
            "failed": worker.failed_jobs,
            "time": worker.working_time,
        })
    };
    let workers = rq.workers(&[], soon()).await.unwrap().workers.unwrap();
    let mut told = json!({"workers": workers.into_iter().map(told).collect::<Vec<_>>()});
    sort(&mut told);
    told["workers"].take()
}

/// Three jobs have been waiting for their first seconds, and one queue has a scheduler.
async fn assert_waiting(rq: &Rq) {
    let waiting = rq.waiting(&[], soon()).await.unwrap();
    for queue in &waiting {
        let age = queue.oldest_age.unwrap();
        assert_eq!(!age.is_zero(), queue.name == "later é", "{queue:?}");
        assert!(age < soon(), "{queue:?}");
        let scheduled = ["busy", "idle"].contains(&queue.name.as_str());
        assert_eq!(queue.has_scheduler, Some(scheduled), "{queue:?}");
        assert_eq!(queue.intermediate, Some(0), "{queue:?}");
    }
    assert_eq!(waiting.len(), 5);
}

/// The register has no order.
fn sort(told: &mut Value) {
    let workers = told["workers"].as_array_mut().unwrap();
    assert_eq!(workers.len(), 2);
    workers.sort_by_key(Value::to_string);
}

/// Workers that stand still, and are gone when dropped.
struct Workers(Child);

impl Workers {
    fn leave_jobs_in(redis: &Redis, python: &Installed, prefix: Option<&str>) -> Self {
        let mut command = script(python, "fill.py", redis, prefix);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let workers = Self(child);
        assert_eq!(line, "ready\n");
        workers
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

fn said_by_rq(python: &Installed, redis: &Redis, prefix: Option<&str>) -> Value {
    let output = script(python, "count.py", redis, prefix).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn script(python: &Installed, name: &str, redis: &Redis, prefix: Option<&str>) -> Command {
    let scripts = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/real"));
    let mut command = python.command("python");
    command.arg("-B").arg(scripts.join(name)).arg(redis.url());
    if let Some(prefix) = prefix {
        command.env("RQ_KEY_PREFIX", prefix);
    }
    command
}

/// Another server with the same keys, which expire when they do.
fn copy_of(redis: &Redis) -> Redis {
    let copy = crate::empty();
    let connect = |redis: &Redis| redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let (mut from, mut to) = (connect(redis), connect(&copy));
    for (key, value) in contents(redis) {
        let left: i64 = redis::cmd("PTTL").arg(&key).query(&mut from).unwrap();
        let left = left.max(0);
        let () = redis::cmd("RESTORE").arg(&key).arg(left).arg(value).query(&mut to).unwrap();
    }
    copy
}
