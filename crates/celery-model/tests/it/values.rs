//! The numbers of a real Nautobot, against what its keys say.

use crate::{bind, celery, empty, found, populated, queue, soon};

#[tokio::test]
async fn depth_unacked_and_known_queues_are_what_the_keys_say() {
    let redis = populated();
    let found = celery(&redis).queues(&["default".to_owned(), "idle é".to_owned()], soon()).await.unwrap();
    assert!(found.is_found);
    assert_eq!(found.unacked, Some(9));
    let numbers: Vec<_> = found
        .queues
        .iter()
        .map(|queue| {
            let steps: Vec<_> =
                queue.steps.iter().map(|step| (step.priority, step.waiting.unwrap())).collect();
            let [(0, base), (3, three), (6, six), (9, nine)] = steps[..] else { panic!("{steps:?}") };
            let unacked = (queue.reserved.unwrap(), queue.scheduled.unwrap());
            (queue.name.as_str(), queue.waiting.unwrap(), [base, three, six, nine], unacked)
        })
        .collect();
    assert_eq!(
        numbers,
        [
            ("bulk", 13, [12, 0, 1, 0], (0, 0)),
            ("default", 0, [0, 0, 0, 0], (0, 1)),
            ("idle é", 0, [0, 0, 0, 0], (0, 0)),
            ("priority", 4, [4, 0, 0, 0], (0, 0)),
            ("queue with space", 2, [2, 0, 0, 0], (0, 0)),
            ("slow", 4, [4, 0, 0, 0], (8, 0)),
            ("ünïcode-q", 1, [1, 0, 0, 0], (0, 0)),
        ]
    );
}

#[tokio::test]
async fn an_empty_database_has_the_configured_queues_only_and_no_celery() {
    let redis = empty();
    let celery = celery(&redis);
    let none = found(&celery).await;
    assert_eq!((none.queues.len(), none.unacked, none.is_found), (0, Some(0), false));
    let configured = ["b", "a", "b"].map(str::to_owned);
    let some = celery.queues(&configured, soon()).await.unwrap();
    assert_eq!(some.queues.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((some.queues[0].waiting, some.queues[0].reserved), (Some(0), Some(0)));
    assert!(!some.is_found);
}

#[tokio::test]
async fn a_worker_was_seen_by_either_of_its_bindings_and_one_key_a_command() {
    for (binding, was_seen) in [("celery.pidbox", true), ("celeryev", true), ("slow", false)] {
        let redis = empty();
        bind(&redis, binding);
        let celery = celery(&redis);
        assert_eq!(celery.has_workers(soon()).await.unwrap(), was_seen, "{binding}");
        // The node of a cluster refuses a command about keys of two slots.
        let stats = redis.cli(&["INFO", "commandstats"]);
        assert!(stats.contains("cmdstat_exists:calls=2,"), "{stats}");
    }
}

#[tokio::test]
async fn rq_is_no_celery() {
    let redis = empty();
    redis.load_rq();
    let found = found(&celery(&redis)).await;
    assert!(!found.is_found && found.queues.is_empty());
}

#[tokio::test]
async fn what_changes_between_two_calls_shows_in_the_second() {
    let redis = populated();
    let celery = celery(&redis);
    found(&celery).await;
    bind(&redis, "new");
    redis.cli(&["LPUSH", "new\x06\x169", "a"]);
    redis.cli(&["DEL", "_kombu.binding.bulk", "unacked", "unacked_index"]);
    assert_eq!(queue(&celery, "new").await.waiting, Some(1));
    let found = found(&celery).await;
    assert!(found.queues.iter().all(|queue| queue.name != "bulk" && queue.reserved == Some(0)));
    assert_eq!(found.unacked, Some(0));
}

#[tokio::test]
async fn a_server_that_restarts_is_read_again() {
    let mut redis = populated();
    let celery = celery(&redis);
    let before = found(&celery).await;
    redis.restart();
    assert_eq!(found(&celery).await, before);
}
