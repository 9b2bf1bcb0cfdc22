//! Nothing is written, and nothing needs more than the right to read.

use celery_model::{Celery, Error};
use serde_json::json;

use crate::{celery, found, patient, populated, soon};

#[tokio::test]
async fn keys_stay_as_they_are_and_no_command_writes() {
    let redis = populated();
    let before = changes(&redis);
    assert!(before > 0);
    redis.cli(&["CONFIG", "RESETSTAT"]);
    let celery = celery(&redis);
    for _ in 0..3 {
        everything(&celery).await;
    }
    let stats = redis.cli(&["INFO", "commandstats"]);
    let name = |line: &str| Some(line.trim().strip_prefix("cmdstat_")?.split_once(':')?.0.replace('|', " "));
    // Those that the test itself sends.
    let own = |name: &String| name != "info" && !name.starts_with("config");
    let commands: Vec<String> = stats.lines().filter_map(name).filter(own).collect();
    assert!(commands.iter().any(|command| command == "scan") && commands.len() > 5, "{commands:?}");
    for command in &commands {
        let info = redis.cli(&["COMMAND", "INFO", &command.replace(' ', "|")]);
        assert!(info.contains("readonly"), "{command}: {info}");
        assert!(info.contains("@read") && !info.contains("@write"), "{command}: {info}");
    }
    assert_eq!(changes(&redis), before);
}

#[tokio::test]
async fn the_user_that_the_documentation_names_can_read_everything() {
    let redis = populated();
    let expected = found(&celery(&redis)).await;
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">pw", "-@all", "+@read", "~*"]);
    let login = json!({"url": redis.url(), "username": "metrics", "password": "pw"});
    let reader = patient(login, json!({}));
    assert_eq!(found(&reader).await, expected);
    everything(&reader).await;
}

#[tokio::test]
async fn with_a_prefix_the_rights_may_be_narrower() {
    let redis = populated();
    redis.cli(&["ACL", "SETUSER", "metrics", "on", ">pw", "-@all", "+@read", "~site:*"]);
    let login = json!({"url": redis.url(), "username": "metrics", "password": "pw"});
    everything(&patient(login.clone(), json!({"global_keyprefix": "site:"}))).await;
    let error = patient(login, json!({})).queues(&[], soon()).await.unwrap_err();
    assert!(matches!(error, Error::Authentication { .. }), "{error:?}");
    assert!(error.to_string().contains("+@read ~*"), "{error}");
}

/// How many changes of keys the server has counted.
fn changes(redis: &testbed::Redis) -> u64 {
    let info = redis.cli(&["INFO", "persistence"]);
    let changes = info.lines().find_map(|line| line.trim().strip_prefix("rdb_changes_since_last_save:"));
    changes.unwrap().parse().unwrap()
}

async fn everything(celery: &Celery) {
    celery.queues(&["idle".to_owned()], soon()).await.unwrap();
    celery.waiting(&["idle".to_owned()], soon()).await.unwrap();
    celery.ping(soon()).await.unwrap();
}
