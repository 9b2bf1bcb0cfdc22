//! What a real Celery puts into Redis, against what it says itself.

use std::time::Duration;

use celery_model::{Celery, Queue, Settings};
use serde_json::{Value, json};
use testbed::{Redis, Task};
use tokio::time::{Instant, sleep};

const SOON: Duration = Duration::from_secs(30);

fn model(server: &Redis, options: Value) -> Celery {
    let settings: Settings = serde_json::from_value(json!({"url": server.url()})).unwrap();
    Celery::open(&settings, &serde_json::from_value(options).unwrap()).unwrap()
}

async fn queue(model: &Celery, name: &str) -> Queue {
    let found = model.queues(&[], SOON).await.unwrap();
    found.queues.into_iter().find(|queue| queue.name == name).unwrap()
}

#[tokio::test]
async fn all_priorities_on_three_queues_are_counted_whatever_the_transport_options() {
    for options in [
        json!({}),
        json!({"global_keyprefix": "site[1]:", "priority_steps": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "sep": "|"}),
    ] {
        let server = Redis::start().unwrap();
        let Some(celery) = testbed::Celery::with(&server.url(), options.clone()) else { return };
        let model = model(&server, options);
        assert!(!model.queues(&[], SOON).await.unwrap().is_found);
        let queues = ["one", "two words", "ünïcode"];
        let mut ids = Vec::new();
        for queue in queues {
            ids.extend(
                (0..10).map(|priority| celery.send(Task::new(queue).priority(priority).job("jobs.Cleanup"))),
            );
        }
        let found = model.queues(&[], SOON).await.unwrap();
        assert!(found.is_found);
        assert_eq!(found.queues.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), queues);
        assert!(found.queues.iter().all(|queue| queue.waiting == Some(10)), "{found:?}");

        for waiting in model.waiting(&[], SOON).await.unwrap() {
            let tasks: Vec<_> =
                waiting.tasks.iter().map(|(task, count)| (task.job.as_deref(), *count)).collect();
            assert_eq!(tasks, [(Some("jobs.Cleanup"), 10)]);
            for next in waiting.next {
                let message = next.message.unwrap();
                assert_eq!(
                    message.priority, next.priority,
                    "the first that came has the lowest priority of its step"
                );
                assert!(ids.contains(&message.id.unwrap()));
            }
        }
    }
}

#[tokio::test]
async fn what_a_worker_holds_in_reserve_is_what_it_says() {
    let server = Redis::start().unwrap();
    let Some(celery) = testbed::Celery::found(&server.url()) else { return };
    for _ in 0..7 {
        celery.send(Task::new("slow").lasting(Duration::from_secs(60)));
    }
    celery.send(Task::new("later").after(Duration::from_secs(600)));
    let worker = celery.worker("one", &["slow", "later"], 1).unwrap();
    let model = model(&server, json!({}));
    // A worker on a busy machine does not always answer in time.
    let told =
        |method: &str| celery.inspect(method)["one@testbed"].as_array().map(|tasks| tasks.len() as u64);
    let begin = Instant::now();
    loop {
        let numbers = [told("active"), told("reserved"), told("scheduled")];
        let (slow, later) = (queue(&model, "slow").await, queue(&model, "later").await);
        let is_whole =
            slow.waiting.zip(slow.reserved).is_some_and(|(waiting, reserved)| waiting + reserved == 6);
        let is_told = numbers == [Some(1), slow.reserved, Some(1)] && later.scheduled == Some(1);
        if is_whole && is_told && slow.reserved > Some(0) {
            break;
        }
        assert!(begin.elapsed() < SOON, "{slow:?} {later:?} {numbers:?}");
        sleep(Duration::from_millis(100)).await;
    }
    let waiting = model.waiting(&[], SOON).await.unwrap();
    let soonest = waiting.iter().find(|waiting| waiting.name == "later").unwrap().scheduled.unwrap().soonest;
    let until = soonest.unwrap().duration_since(std::time::SystemTime::now()).unwrap();
    assert!((500..=600).contains(&until.as_secs()), "{until:?}");

    // Killed, it leaves what it held; Celery gives that back after an hour.
    worker.kill();
    assert_eq!(
        model.queues(&[], SOON).await.unwrap().unacked,
        Some(queue(&model, "slow").await.reserved.unwrap() + 1)
    );
}
