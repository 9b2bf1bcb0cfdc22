use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// Lines of `{received, channel, payload}`: Celery 5.6.3 with Nautobot's settings, two workers; tasks that succeed, fail, are retried,
/// rejected while they run, revoked while they run and wait for their ETA; one worker is stopped.
const HEARD: &str = include_str!("../celeryev.jsonl");

#[derive(Deserialize)]
struct Line {
    payload: String,
}

fn events(message: &[u8]) -> Option<Vec<Event>> {
    Message::read(message).map(|message| message.events)
}

fn heard() -> Vec<Event> {
    let lines = HEARD.lines().map(|line| serde_json::from_str::<Line>(line).unwrap());
    lines.flat_map(|line| events(line.payload.as_bytes()).unwrap()).collect()
}

fn message(body: &str) -> Vec<u8> {
    let body = STANDARD.encode(body);
    format!(
        r#"{{"body":"{body}","content-type":"application/json","properties":{{"body_encoding":"base64"}}}}"#
    )
    .into_bytes()
}

#[test]
fn a_real_celery_is_understood() {
    let mut steps = BTreeMap::new();
    let mut beats = BTreeMap::new();
    for event in heard() {
        match event {
            Event::Heartbeat(heartbeat) => {
                assert_eq!(heartbeat.period, Duration::from_secs(2));
                *beats.entry(heartbeat.worker.hostname).or_insert(0) += 1;
            }
            Event::Offline(worker) => assert_eq!(worker.hostname, "two@h"),
            Event::Task(task) => *steps.entry(format!("{:?}", task.step)).or_insert(0) += 1,
        }
    }
    let of = |step: &str| {
        steps.iter().filter(|(name, _)| name.contains(step)).map(|(_, count)| count).sum::<i32>()
    };
    assert_eq!((of("Sent"), of("Received"), of("Started")), (7, 7, 6));
    assert_eq!((of("Succeeded"), of("Failed"), of("Retried"), of("Revoked")), (2, 1, 1, 1));
    assert_eq!(steps.get(r#"Sent { queue: Some("slow") }"#), Some(&3), "{steps:?}");
    assert!(beats["one@h"] > 3 && beats["two@h"] > 3, "{beats:?}");
}

#[test]
fn what_an_application_adds_is_left_out() {
    assert_eq!(events(&message(r#"{"type":"task-progress","hostname":"a@b","uuid":"1"}"#)), Some(vec![]));
    assert_eq!(events(&message(r#"{"type":"task-received","hostname":"a@b"}"#)), Some(vec![]));
    assert_eq!(events(&message(r#"[]"#)), Some(vec![]));
}

#[test]
fn hostile_messages_cost_nothing_but_themselves() {
    let deep = format!(
        r#"{{"type":"task-failed","uuid":"1","hostname":"h","exception":{}1{}}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    assert_eq!(
        events(&message(&deep)).map(|events| events.len()),
        Some(1),
        "what is deep is not looked into"
    );
    for garbage in [
        &b""[..],
        b"\xff\xfe",
        b"{}",
        b"[]",
        b"null",
        br#"{"body":3}"#,
        br#"{"body":"%%%","properties":{"body_encoding":"base64"}}"#,
    ] {
        assert_eq!(events(garbage), None, "{garbage:?}");
    }
    for body in [
        "",
        "\u{80}\u{2}]",
        "3",
        r#"{"type":7}"#,
        r#"{"type":"worker-heartbeat","hostname":"h","active":-1}"#,
        r#"["#,
    ] {
        assert_eq!(events(&message(body)), None, "{body}");
    }
    let long = message(&format!(r#"{{"type":"worker-heartbeat","hostname":"{}"}}"#, "h".repeat(MAX_MESSAGE)));
    assert_eq!(events(&long), None);
    let named =
        message(&format!(r#"{{"type":"worker-heartbeat","hostname":"{}"}}"#, "h".repeat(MAX_NAME + 1)));
    assert_eq!(events(&named), Some(vec![]));
}

#[test]
fn periods_are_those_of_a_clock() {
    for (freq, period) in
        [("0", 0.1), ("1e300", 60.0), ("-1", 60.0), ("9999999", 3600.0), ("5", 5.0), ("null", 60.0)]
    {
        let message = message(&format!(r#"{{"type":"worker-heartbeat","hostname":"h","freq":{freq}}}"#));
        let events = events(&message).unwrap();
        let [Event::Heartbeat(heartbeat)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(heartbeat.period, Duration::from_secs_f64(period), "{freq}");
    }
}
