use std::time::Duration;

use celery_model::inspect::{Inspect, Inspected, NAUTOBOT_JSON};
use serde_json::json;
use testbed::{Celery, Redis, Task};
use tokio::time::{Instant, sleep};

use super::{options, settings};

const SOON: Duration = Duration::from_secs(10);

/// Without what workers hold, which comes and goes with tasks.
fn keys(server: &Redis) -> Vec<String> {
    let keys = server.cli(&["-n", "0", "KEYS", "*"]);
    keys.lines().filter(|key| !key.is_empty() && !key.contains("unacked")).map(str::to_owned).collect()
}

fn inspect(server: &Redis) -> Inspect {
    Inspect::open(&settings(&server.url()), &options(""), NAUTOBOT_JSON).unwrap()
}

/// Someone who hears every question and answers none.
async fn listener(server: &Redis) -> nautobot_redis::Subscription {
    nautobot_redis::Redis::open(&settings(&server.url()), "")
        .unwrap()
        .subscribe(&[b"/0.celery.pidbox".to_vec()], SOON)
        .await
        .unwrap()
}

#[tokio::test]
async fn nobody_answers_where_nobody_is() {
    let server = Redis::start().unwrap();
    let inspect = inspect(&server);
    let answer = inspect.workers(SOON).await.unwrap();
    assert_eq!(answer, Inspected::default());
    assert!(answer.is_complete());
    assert_eq!(keys(&server), [""; 0]);
}

#[tokio::test]
async fn nothing_is_left_of_a_question_without_an_answer() {
    let server = Redis::start().unwrap();
    let mut deaf = listener(&server).await;
    let inspect = inspect(&server);
    let begin = Instant::now();
    let answer = inspect.workers(Duration::from_secs(2)).await.unwrap();
    assert!((1..3).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
    assert_eq!((answer.asked, answer.workers.len()), (1, 0));
    assert!(!answer.is_complete());
    assert_eq!(keys(&server), [""; 0]);
    assert!(deaf.next().await.is_some());
}

#[tokio::test]
async fn who_stops_waiting_leaves_nothing_either() {
    let server = Redis::start().unwrap();
    let _deaf = listener(&server).await;
    let inspect = inspect(&server);
    let asking = tokio::time::timeout(Duration::from_millis(300), inspect.workers(SOON));
    let (_, seen) = tokio::join!(asking, async {
        sleep(Duration::from_millis(150)).await;
        keys(&server)
    });
    assert_eq!(seen.len(), 2, "a binding and a list: {seen:?}");
    let begin = Instant::now();
    while !keys(&server).is_empty() {
        assert!(begin.elapsed() < SOON);
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_a_killed_asker_leaves_expires() {
    let server = Redis::start().unwrap();
    let _deaf = listener(&server).await;
    let inspect = inspect(&server);
    let asking = tokio::time::timeout(Duration::from_millis(300), inspect.workers(Duration::from_secs(2)));
    let (_, left) = tokio::join!(asking, async {
        sleep(Duration::from_millis(100)).await;
        let list = keys(&server)
            .into_iter()
            .find(|key| key.ends_with(".reply.celery.pidbox") && !key.starts_with('_'));
        server.cli(&["LPUSH", list.as_deref().unwrap(), "an answer"]);
        server.cli(&["TTL", &list.unwrap()]).trim().parse::<i32>().unwrap()
    });
    assert!((1..=12).contains(&left), "{left}");
}

#[tokio::test]
async fn the_next_to_ask_removes_what_a_killed_asker_leaves() {
    const BINDING: &str = "_kombu.binding.reply.celery.pidbox";
    let server = Redis::start().unwrap();
    let member = |id: &str| format!("{id}\x06\x16\x06\x16{id}.reply.celery.pidbox");
    let [killed, busy, foreign, odd] = ["metrics-killed", "metrics-busy", "5fd8fd87", "metrics-"].map(member);
    let odd = odd.replace("metrics-.", "metrics-x.");
    server.cli(&["SADD", BINDING, &killed, &busy, &foreign, &odd]);
    server.cli(&["RPUSH", "metrics-busy.reply.celery.pidbox", ""]);
    let inspect = inspect(&server);
    inspect.workers(SOON).await.unwrap();
    let is_bound = |member: &str| server.cli(&["SISMEMBER", BINDING, member]).trim() == "1";
    let begin = Instant::now();
    while is_bound(&killed) {
        assert!(begin.elapsed() < SOON);
        sleep(Duration::from_millis(10)).await;
    }
    assert!(is_bound(&busy), "it waits for answers");
    assert!(is_bound(&foreign) && is_bound(&odd), "not ours");
    inspect.workers(SOON).await.unwrap();
    assert!(is_bound(&busy) && is_bound(&foreign) && is_bound(&odd));
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_in_time() {
    let server = Redis::start().unwrap();
    let inspect = inspect(&server);
    inspect.workers(SOON).await.unwrap();
    server.pause();
    let begin = Instant::now();
    let error = inspect.workers(Duration::from_secs(1)).await.unwrap_err().to_string();
    assert!(error.contains("did not answer within"), "{error}");
    assert!(begin.elapsed() < Duration::from_millis(1500));
    server.resume();
    assert!(inspect.workers(SOON).await.is_ok());
    assert_eq!(keys(&server), [""; 0]);
}

#[tokio::test]
async fn workers_tell_their_queues_and_what_they_take_on() {
    let server = Redis::start().unwrap();
    let Some(celery) = Celery::with(&server.url(), json!({"global_keyprefix": "nb:"})) else { return };
    let _one = celery.worker("one", &["default", "slow"], 2).unwrap();
    let two = celery.worker("two", &["slow"], 1).unwrap();
    for queue in ["default", "slow"] {
        celery.send(Task::new(queue).lasting(Duration::from_secs(60)));
    }
    let inspect = Inspect::open(&settings(&server.url()), &options("nb:"), NAUTOBOT_JSON).unwrap();
    let before = keys(&server);
    let begin = Instant::now();
    let answer = loop {
        let answer = inspect.workers(SOON).await.unwrap();
        let running: u64 = answer
            .workers
            .values()
            .flat_map(|worker| worker.running.iter().flatten())
            .map(|(_, tasks)| tasks)
            .sum();
        if running == 2 {
            break answer;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{answer:?}");
        sleep(Duration::from_millis(50)).await;
    };
    assert!(answer.is_complete() && answer.asked == 2, "{answer:?}");
    let worker = &answer.workers["one@testbed"];
    let mut queues = worker.queues.clone().unwrap();
    queues.sort();
    assert_eq!(queues, ["default", "slow"]);
    assert_eq!(worker.capacity.unwrap().concurrency, Some(2));
    assert_eq!(answer.workers["two@testbed"].queues.as_deref().unwrap(), ["slow"]);

    let begin = Instant::now();
    inspect.workers(SOON).await.unwrap();
    assert!(begin.elapsed() < Duration::from_millis(500), "as fast as the workers: {:?}", begin.elapsed());
    assert_eq!(keys(&server), before);

    let refused = Inspect::open(&settings(&server.url()), &options("nb:"), "application/json").unwrap();
    let answer = refused.workers(Duration::from_secs(1)).await.unwrap();
    assert_eq!((answer.asked, answer.workers.len()), (2, 0), "Nautobot's workers refuse it");
    assert!(two.log().contains("ContentDisallowed"));

    two.pause();
    let answer = inspect.workers(Duration::from_secs(1)).await.unwrap();
    assert_eq!((answer.asked, answer.workers.len(), answer.is_complete()), (2, 1, false));
    two.resume();
    // what it answers now answers an earlier question
    sleep(Duration::from_millis(500)).await;
    assert!(inspect.workers(SOON).await.unwrap().is_complete());
    sleep(Duration::from_millis(500)).await;
    assert_eq!(keys(&server), before);
}

#[tokio::test]
async fn who_may_do_what_is_documented_may_ask() {
    let server = Redis::start().unwrap();
    let commands =
        ["+sadd", "+srem", "+smembers", "+rpush", "+expire", "+llen", "+lrange", "+del", "+publish"];
    let names =
        ["~_kombu.binding.reply.celery.pidbox", "~metrics-*.reply.celery.pidbox*", "&/0.celery.pidbox"];
    let user = |name, rights: &[&str]| {
        let begin = ["ACL", "SETUSER", name, "on", ">secret", "resetchannels", "-@all"];
        server.cli(&[&begin, rights].concat());
        let settings = settings(&server.url().replace("//", &format!("//{name}:secret@")));
        Inspect::open(&settings, &options(""), NAUTOBOT_JSON).unwrap()
    };
    assert!(user("asker", &[&commands[..], &names].concat()).workers(SOON).await.is_ok());
    let reader = user("reader", &["+@read", "~*"]);
    let error = reader.workers(SOON).await.unwrap_err().to_string();
    for right in [&commands[..], &names].concat() {
        assert!(error.contains(right), "{right}: {error}");
    }
    let rights: Vec<&str> = error.split('`').nth(1).unwrap().split(' ').collect();
    server.cli(&[&["ACL", "SETUSER", "reader"][..], &rights].concat());
    reader.workers(SOON).await.unwrap();
}
