//! The number of round trips does not grow with the number of queues, workers and lost jobs.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::{empty, queues, rq, settings};

/// So long that reading a thousand queues takes much less, also unoptimised on a busy machine.
const LATENCY: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_thousand_queues_take_as_many_round_trips_as_one() {
    for size in [2, 1_000] {
        let redis = empty();
        fill(&redis, size, size / 2);
        let distant = distant(redis.port()).await;
        let rq = rq_model::Rq::open(&settings(json!({"host": "127.0.0.1", "port": distant.port}))).unwrap();
        let begin = Instant::now();
        let found = queues(&rq).await;
        let round_trips = begin.elapsed().as_secs_f64() / LATENCY.as_secs_f64();
        assert!((2.0..3.0).contains(&round_trips), "{size}: {round_trips}");

        assert_eq!(found.len(), size);
        assert!(found.iter().all(|queue| (queue.queued, queue.finished) == (Some(1), Some(1))));
        assert_eq!(found.iter().filter_map(|queue| queue.workers).sum::<u64>(), size as u64 / 2);
    }
}

#[tokio::test]
async fn lost_jobs_take_one_round_trip_more() {
    let redis = empty();
    fill(&redis, 100, 0);
    lose(&redis, 500, 100);
    let distant = distant(redis.port()).await;
    let rq = rq_model::Rq::open(&settings(json!({"host": "127.0.0.1", "port": distant.port}))).unwrap();
    let begin = Instant::now();
    let found = queues(&rq).await;
    let round_trips = begin.elapsed().as_secs_f64() / LATENCY.as_secs_f64();
    assert!((3.0..4.0).contains(&round_trips), "{round_trips}");
    assert!(found.iter().all(|queue| queue.failed == Some(5)));
}

#[tokio::test]
async fn more_lost_jobs_than_anyone_has_are_not_all_looked_up() {
    let redis = empty();
    fill(&redis, 1, 0);
    lose(&redis, 1_200, 1);
    let found = queues(&rq(&redis)).await;
    assert_eq!((found[0].started, found[0].failed), (Some(0), Some(1_000)));
}

fn fill(redis: &testbed::Redis, queues: usize, workers: usize) {
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
