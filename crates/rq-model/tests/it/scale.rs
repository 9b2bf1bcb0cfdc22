//! The number of round trips does not grow with the number of queues, workers and lost jobs.

use std::time::Duration;

use rq_model::Error;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::{empty, patient, queues, rq, soon};
use testbed::Log;

/// How far away the distant server is.
const LATENCY: Duration = Duration::from_millis(500);

#[tokio::test]
async fn thousands_of_queues_take_as_many_round_trips_as_two() {
    for size in [2, 5_000] {
        let redis = empty();
        fill(&redis, size, size / 2);
        let distant = distant(redis.port()).await;
        let rq = patient(json!({"host": "127.0.0.1", "port": distant.port}));
        let (log, _guard) = Log::record();
        let begin = Instant::now();
        let found = queues(&rq).await;
        assert_eq!(log.round_trips(), 2);
        // Whatever their number, they are asked for in a few parts, of which some are under way together.
        assert!(begin.elapsed() < 20 * LATENCY, "{size}: {:?}", begin.elapsed());

        assert_eq!(found.len(), size);
        assert!(found.iter().all(|queue| (queue.queued, queue.finished) == (Some(1), Some(1))));
        assert_eq!(found.iter().filter_map(|queue| queue.workers).sum::<u64>(), size as u64 / 2);
    }
}

#[tokio::test]
async fn a_thousand_queues_and_workers_are_looked_into_in_three_round_trips_and_two() {
    let redis = empty();
    fill(&redis, 1_000, 500);
    let rq = rq(&redis);
    let (log, _guard) = Log::record();
    let workers = rq.workers(&[], soon()).await.unwrap();
    assert_eq!((workers.queues.len(), workers.workers.unwrap().len()), (1_000, 500));
    assert_eq!(log.round_trips(), 2);
    assert_eq!(rq.waiting(&[], soon()).await.unwrap().len(), 1_000);
    assert_eq!(log.round_trips(), 2 + 3);
}

#[tokio::test]
async fn the_dead_take_a_third_round_trip_and_their_jobs_a_fourth() {
    let redis = empty();
    fill(&redis, 100, 20);
    redis.cli(&["DEL", "rq:worker:0000", "rq:worker:0001"]);
    redis.cli(&["SADD", "rq:workers:q0002", "rq:worker:0000", "rq:worker:ghost"]);
    let rq = rq(&redis);
    let (log, _guard) = Log::record();
    let workers: Vec<_> = queues(&rq).await.iter().filter_map(|queue| queue.workers).collect();
    assert_eq!(log.round_trips(), 3);
    assert_eq!(workers[..4], [0, 0, 1, 1]);
    assert_eq!(workers.iter().sum::<u64>(), 18);

    lose(&redis, 500, 100);
    // Their registries are new, which takes one more, once.
    queues(&rq).await;
    assert_eq!(log.round_trips(), 3 + 5);
    let found = queues(&rq).await;
    assert_eq!(log.round_trips(), 3 + 5 + 4);
    assert!(found.iter().all(|queue| queue.failed == Some(5)));
}

#[tokio::test]
async fn workers_that_listen_to_everything_are_not_named_for_each_queue() {
    let redis = empty();
    fill(&redis, 100, 0);
    everywhere(&redis, 100, 100);
    let rq = rq(&redis);
    let before = answered(&redis);
    let found = queues(&rq).await;
    let bytes = answered(&redis) - before;
    assert!(bytes < 50_000, "{bytes} bytes for 10,000 memberships");
    assert!(found.iter().all(|queue| queue.workers == Some(100)));

    redis.cli(&["DEL", "rq:worker:0000", "rq:worker:0001"]);
    redis.cli(&["SREM", "rq:workers:q0000", "rq:worker:0001"]);
    let found = queues(&rq).await;
    assert_eq!(found[0].workers, Some(98));
    assert!(found.iter().all(|queue| queue.workers == Some(98)));
}

#[tokio::test]
async fn more_memberships_of_the_dead_than_are_looked_up_are_left_out() {
    let redis = empty();
    fill(&redis, 300, 0);
    everywhere(&redis, 300, 500);
    redis.cli(&["SADD", "rq:workers", "rq:worker:elsewhere"]);
    let mut dead = vec!["DEL".to_owned()];
    dead.extend((0..500).map(|worker| format!("rq:worker:{worker:04}")));
    redis.cli(&dead.iter().map(String::as_str).collect::<Vec<_>>());
    let rq = rq(&redis);
    let (log, _guard) = Log::record();
    let found = queues(&rq).await;
    // 501 of each: the one elsewhere has no key either.
    let told = 100_000 / 501;
    assert!(found[..told].iter().all(|queue| queue.workers == Some(0)));
    assert!(found[told..].iter().all(|queue| queue.workers.is_none() && queue.queued == Some(1)));
    assert_eq!(log.lines(&["WARN", "sets with dead workers"]), 1);
}

#[tokio::test]
async fn more_lost_jobs_than_anyone_has_are_not_looked_up_and_not_counted() {
    let redis = empty();
    fill(&redis, 3, 0);
    lose(&redis, 3, 3);
    redis.cli(&[
        "EVAL",
        "for n = 1, 12000 do redis.call('ZADD', 'rq:wip:q0001', 1000, 'more' .. n) end",
        "0",
    ]);
    let rq = rq(&redis);
    let (log, _guard) = Log::record();
    let before = answered(&redis);
    let found = queues(&rq).await;
    let bytes = answered(&redis) - before;
    let failed: Vec<_> = found.iter().map(|queue| queue.failed).collect();
    assert_eq!(failed, [Some(1), None, Some(1)]);
    assert_eq!(found[1].started, Some(0));
    assert_eq!(log.lines(&["WARN", "rq:wip:q0001", "10000"]), 1);
    assert!(bytes < 10_000, "{bytes} bytes, though no id was needed");
}

#[tokio::test]
async fn thousands_of_lost_jobs_of_one_queue_are_all_counted() {
    let redis = empty();
    fill(&redis, 1, 0);
    lose(&redis, 1_200, 1);
    let found = queues(&rq(&redis)).await;
    assert_eq!((found[0].started, found[0].failed), (Some(0), Some(1_200)));
}

#[tokio::test]
async fn more_queues_than_are_read_fail_by_a_clear_message() {
    let redis = empty();
    register(&redis, "queues", "queue", 10_000);
    let rq = rq(&redis);
    assert_eq!(queues(&rq).await.len(), 10_000);
    register(&redis, "queues", "queue", 10_001);
    let error = rq.queues(&[], soon()).await.unwrap_err();
    assert!(matches!(error, Error::TooManyQueues { bound: 10_000, .. }), "{error:?}");
    assert!(error.to_string().contains("more than 10000 queues"), "{error}");
}

#[tokio::test]
async fn more_workers_than_are_read_leave_the_jobs() {
    let redis = empty();
    fill(&redis, 2, 0);
    register(&redis, "workers", "worker", 10_001);
    let rq = rq(&redis);
    let (log, _guard) = Log::record();
    let found = queues(&rq).await;
    assert!(found.iter().all(|queue| queue.workers.is_none() && queue.queued == Some(1)));
    assert_eq!(log.lines(&["WARN", "more than 10000 workers"]), 1);
}

/// So many members of one of RQ's two registers.
fn register(redis: &testbed::Redis, register: &str, kind: &str, members: usize) {
    let script =
        format!("for n = 1, {members} do redis.call('SADD', 'rq:{register}', 'rq:{kind}:' .. n) end");
    redis.cli(&["EVAL", &script, "0"]);
}

/// Workers of which each listens to all queues.
fn everywhere(redis: &testbed::Redis, queues: usize, workers: usize) {
    let script = format!(
        "for w = 0, {workers} - 1 do
            local worker = string.format('rq:worker:%04d', w)
            redis.call('SADD', 'rq:workers', worker)
            redis.call('HSET', worker, 'state', 'idle')
            for q = 0, {queues} - 1 do redis.call('SADD', string.format('rq:workers:q%04d', q), worker) end
        end"
    );
    redis.cli(&["EVAL", &script, "0"]);
}

/// How many bytes the server has sent, some kilobytes for earlier such questions included.
fn answered(redis: &testbed::Redis) -> u64 {
    let stats = redis.cli(&["INFO", "stats"]);
    let sent = stats.lines().find_map(|line| line.trim().strip_prefix("total_net_output_bytes:"));
    sent.unwrap().parse().unwrap()
}

pub(crate) fn fill(redis: &testbed::Redis, queues: usize, workers: usize) {
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let mut commands = redis::pipe();
    for queue in 0..queues {
        let name = format!("q{queue:04}");
        commands.cmd("SADD").arg("rq:queues").arg(format!("rq:queue:{name}")).ignore();
        commands.cmd("RPUSH").arg(format!("rq:queue:{name}")).arg("job").ignore();
        commands.cmd("ZADD").arg(format!("rq:finished:{name}")).arg(4e9).arg("done").ignore();
    }
    for worker in 0..workers {
        let key = format!("rq:worker:{worker:04}");
        commands.cmd("SADD").arg("rq:workers").arg(&key).ignore();
        commands.cmd("SADD").arg(format!("rq:workers:q{:04}", worker % queues)).arg(&key).ignore();
        commands.cmd("HSET").arg(&key).arg("state").arg("idle").ignore();
    }
    commands.exec(&mut connection).unwrap();
}

/// Jobs whose time is over, spread over the queues.
fn lose(redis: &testbed::Redis, jobs: usize, queues: usize) {
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let mut commands = redis::pipe();
    for job in 0..jobs {
        let registry = format!("rq:wip:q{:04}", job % queues);
        commands.cmd("ZADD").arg(registry).arg(1000).arg(format!("lost{job}")).ignore();
        commands.cmd("HSET").arg(format!("rq:job:lost{job}")).arg("status").arg("started").ignore();
    }
    commands.exec(&mut connection).unwrap();
}

/// A server as if it stood far away: what one sends arrives [`LATENCY`] later, the answer at once.
struct Distant {
    port: u16,
    _tasks: JoinSet<()>,
}

async fn distant(port: u16) -> Distant {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own_port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut pipes = JoinSet::new();
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
            pipes.spawn(delay(near_read, far_write, LATENCY));
            pipes.spawn(delay(far_read, near_write, Duration::ZERO));
        }
    });
    Distant { port: own_port, _tasks: tasks }
}

/// Passes on what arrives, each piece as long after its arrival as `latency` says.
async fn delay(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, latency: Duration) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let read = async move {
        let mut piece = vec![0; 65_536];
        while let Ok(length @ 1..) = from.read(&mut piece).await {
            sender.send((Instant::now() + latency, piece[..length].to_vec())).unwrap();
        }
    };
    let write = async move {
        while let Some((due, piece)) = receiver.recv().await {
            sleep_until(due).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}
