use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{MAX_LENGTH, Message};

fn envelope() -> Value {
    json!({
        "body": "W1sicmVmX2pvYnMuU2xvd0pvYiJdLCB7fSwge31d",
        "content-encoding": "utf-8",
        "content-type": "application/x-nautobot-json",
        "headers": {
            "lang": "py", "task": "nautobot.extras.jobs.run_job", "id": "d5435cf0-c4c1-4557-a476-d8cb61bd7746",
            "eta": "2026-11-30T22:28:48.795125+00:00", "expires": null, "retries": 2,
            "argsrepr": "['ref_jobs.SlowJob']", "kwargsrepr": "{}", "timelimit": [40000.0, null],
        },
        "properties": {"priority": 7, "delivery_info": {"exchange": "", "routing_key": "slow"}},
    })
}

/// The envelope with one header of another value.
fn with(header: &str, value: Value) -> Option<Message> {
    let mut envelope = envelope();
    envelope["headers"][header] = value;
    decode(&envelope)
}

fn decode(envelope: &Value) -> Option<Message> {
    Message::decode(&serde_json::to_vec(envelope).unwrap())
}

/// A time in Unix microseconds.
fn at(micros: u64) -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
}

#[test]
fn a_message_of_nautobot_is_read() {
    let message = decode(&envelope()).unwrap();
    assert_eq!(message.id.as_deref(), Some("d5435cf0-c4c1-4557-a476-d8cb61bd7746"));
    assert_eq!(message.task.name.as_deref(), Some("nautobot.extras.jobs.run_job"));
    assert_eq!(message.task.job.as_deref(), Some("ref_jobs.SlowJob"));
    assert_eq!(message.eta, at(1_796_077_728_795_125));
    assert_eq!((message.expires, message.retries, message.priority), (None, 2, 7));
    assert_eq!(message.routing_key.as_deref(), Some("slow"));

    let unacked = json!([envelope(), "", "slow"]);
    let decoded = Message::decode_unacked(&serde_json::to_vec(&unacked).unwrap());
    assert_eq!(decoded, Some((message, "slow".to_owned())));
}

#[test]
fn times_are_of_any_offset() {
    for written in [
        "2026-11-30T22:28:48+00:00",
        "2026-11-30T22:28:48Z",
        "2026-11-30T22:28:48",
        "2026-12-01T03:58:48+05:30",
    ] {
        assert_eq!(with("eta", written.into()).unwrap().eta, at(1_796_077_728_000_000), "{written}");
    }
    for written in ["", "tomorrow", "2026-13-30T22:28:48Z", "99999-01-01T00:00:00Z"] {
        assert_eq!(with("expires", written.into()).unwrap().expires, None, "{written}");
    }
}

#[test]
fn arguments_of_other_tasks_are_not_shown() {
    assert_eq!(with("task", "some.other".into()).unwrap().task.job, None);
    assert_eq!(with("argsrepr", "[1]".into()).unwrap().task.job, None);
    assert_eq!(with("argsrepr", format!("['{}']", "a".repeat(501)).into()).unwrap().task.job, None);
}

#[test]
fn little_is_enough() {
    let message = Message::decode(br#"{"headers": {}}"#).unwrap();
    assert_eq!((message.id, message.task.name, message.eta, message.priority), (None, None, None, 0));
    let message = Message::decode(br#"{"headers": {}, "properties": {"priority": -9000000000}}"#).unwrap();
    assert_eq!(message.priority, 0);
}

#[test]
fn what_is_no_message_is_refused() {
    let deep = [&b"{\"headers\": "[..], &b"[".repeat(100_000), &b"]".repeat(100_000), b"}"].concat();
    for bytes in [
        &b""[..],
        b"no json",
        b"{}",
        b"[]",
        b"null",
        b"{\"headers\": {\"id\": \"\xff\"}}",
        b"{\"headers\": {\"id\": 1}}",
        b"{\"headers\": {\"retries\": -1}}",
        b"{\"headers\": {\"retries\": 1e400}}",
        b"{\"headers\": {\"retries\": 18446744073709551616}}",
        b"{\"headers\": {}} trailing",
        &deep,
    ] {
        assert_eq!(Message::decode(bytes), None, "{:.60}", bytes.escape_ascii());
        assert_eq!(Message::decode_unacked(bytes), None, "{:.60}", bytes.escape_ascii());
    }
}

#[test]
fn what_is_not_asked_for_may_be_nested_as_deeply_as_it_likes() {
    let deep =
        [&b"{\"body\": "[..], &b"[".repeat(400_000), &b"]".repeat(400_000), b", \"headers\": {}}"].concat();
    assert!(Message::decode(&deep).is_some());
}

#[test]
fn a_message_beyond_the_bound_is_not_read() {
    let long = |length: usize| {
        let frame = br#"{"headers": {}, "body": ""}"#.len();
        format!(r#"{{"headers": {{}}, "body": "{}"}}"#, "a".repeat(length - frame))
    };
    assert!(Message::decode(long(MAX_LENGTH).as_bytes()).is_some());
    assert!(Message::decode(long(MAX_LENGTH + 1).as_bytes()).is_none());
}
