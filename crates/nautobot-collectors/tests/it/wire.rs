//! What a run costs, counted between the collectors and the server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use nautobot_collectors::{AppModels, Settings};
use testbed::{Database, Postgres};

use crate::page;

/// Statements that return rows, and all messages that the server has to answer.
#[derive(Debug, Default)]
struct Counts {
    statements: AtomicUsize,
    round_trips: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_do_not_grow_with_models_and_jobs() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let few = cost(&database, &[("dcim", &["Rack"])]).await;
    database.psql(
        "INSERT INTO extras_jobresult
         SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'name', 'job ' || n))).*
         FROM extras_jobresult r, generate_series(1, 1000) n
         WHERE r.id = (SELECT id FROM extras_jobresult WHERE name = 'Multi run' LIMIT 1)",
    );
    let many = cost(
        &database,
        &[
            ("dcim", &["Rack", "Device", "Location", "Interface", "Cable", "Platform", "Manufacturer"]),
            ("ipam", &["Prefix", "IPAddress", "VLAN", "VRF", "RIR", "Namespace", "Service"]),
            ("extras", &["Job", "JobResult", "Tag", "Status", "Role", "Secret", "Webhook", "ObjectChange"]),
        ],
    )
    .await;
    assert_eq!(few, many);
    assert_eq!(
        few,
        (3, 11),
        "a statement for each collector; around each, and for `up`, the ends of a transaction"
    );
}

/// Statements and round trips of one scrape with all collectors, when the schema is known.
async fn cost(database: &Database, models: &[(&str, &[&str])]) -> (usize, usize) {
    let counts = Arc::new(Counts::default());
    let port = count_through(&database.url_for("reader"), Arc::clone(&counts));
    let nautobot =
        page::open(&format!("postgresql://reader@127.0.0.1:{port}/{}?sslmode=disable", database.name()));
    let mut settings = Settings::default();
    let flags = models.iter().map(|(app, models)| {
        let flags = models.iter().map(|model| format!("\"{model}\": true")).collect::<Vec<_>>().join(",");
        (app.to_string(), serde_json::from_str::<AppModels>(&format!("{{{flags}}}")).unwrap())
    });
    settings.models = Some(flags.collect());

    let mut before = (0, 0);
    let mut after = (0, 0);
    for _ in 0..2 {
        before = after;
        let gathered = page::gather(page::collectors(&nautobot, &settings), Duration::from_secs(20)).await;
        assert!(gathered.runs().all(|run| run.outcome().is_success()));
        after = (counts.statements.load(Ordering::SeqCst), counts.round_trips.load(Ordering::SeqCst));
    }
    (after.0 - before.0, after.1 - before.1)
}

/// Listens on a port of its own, hands everything on, and counts what clients send.
fn count_through(url: &str, counts: Arc<Counts>) -> u16 {
    let server = url.split(['@', '/']).nth(3).unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, counts) = (client.unwrap(), Arc::clone(&counts));
            let server = TcpStream::connect(&server).unwrap();
            let (answers, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || copy(answers, to_client));
            thread::spawn(move || forward(client, server, &counts));
        }
    });
    port
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

/// After the start-up message, which is only a length and a body, each message has a type before its length.
fn forward(mut client: TcpStream, mut server: TcpStream, counts: &Counts) {
    let mut kind = None;
    while let Ok(message) = read_message(&mut client, kind.is_some()) {
        kind = Some(message[0]);
        match message[0] {
            b'P' => counts.statements.fetch_add(1, Ordering::SeqCst),
            b'Q' | b'S' => counts.round_trips.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
        if server.write_all(&message).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}

fn read_message(client: &mut TcpStream, has_type: bool) -> std::io::Result<Vec<u8>> {
    let mut message = vec![0; if has_type { 5 } else { 4 }];
    client.read_exact(&mut message)?;
    let start = message.len() - 4;
    let length = u32::from_be_bytes(message[start..].try_into().unwrap()) as usize;
    message.resize(start + length, 0);
    client.read_exact(&mut message[start + 4..])?;
    Ok(message)
}
