//! What a run costs, counted between the collectors and the server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use metrics_core::{Limits, Registry, Scrape};
use nautobot_collectors::{AppModels, Settings};
use nautobot_db::{Nautobot, Reuse};
use testbed::{Database, Postgres};

use crate::it::access::Access;
use crate::it::page;

const MODELS: &[(&str, &[&str])] = &[
    ("dcim", &["Rack", "Device", "Location", "Interface", "Cable", "Platform", "Manufacturer"]),
    ("ipam", &["Prefix", "IPAddress", "VLAN", "VRF", "RIR", "Namespace", "Service"]),
    ("extras", &["Job", "JobResult", "Tag", "Status", "Role", "Secret", "Webhook", "ObjectChange"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn messages_do_not_grow_with_models_and_jobs() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let few = Wire::to(&database, &[("dcim", &["Rack"])], Reuse::Off);
    assert_eq!(
        few.scrape().await,
        6,
        "what has changed, the schema, a statement for each of three collectors, and `up`"
    );
    assert_eq!(few.scrape().await, 5, "the schema is known");
    database.psql(
        "INSERT INTO extras_jobresult
         SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'name', 'job ' || n))).*
         FROM extras_jobresult r, generate_series(1, 1000) n
         WHERE r.id = (SELECT id FROM extras_jobresult WHERE name = 'Multi run' LIMIT 1)",
    );
    let many = Wire::to(&database, MODELS, Reuse::Off);
    assert_eq!((many.scrape().await, many.scrape().await), (6, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_costs_no_message() {
    // Of its own, because what happens in any database of a cluster shows in all.
    let postgres = Postgres::start().unwrap();
    let database = postgres.database("nautobot-3.2.7");
    for reuse in [Reuse::Auto, Reuse::Exact] {
        let wire = Wire::to(&database, MODELS, reuse);
        assert_eq!(wire.scrape().await, 6, "{reuse:?}");
        assert_eq!(wire.scrape().await, 2, "{reuse:?}: what has changed, and `up`");
    }
}

/// Collectors whose messages to the server are counted.
struct Wire {
    messages: Arc<AtomicUsize>,
    registry: Registry,
}

impl Wire {
    fn to(database: &Database, models: &[(&str, &[&str])], reuse: Reuse) -> Self {
        let messages = Arc::new(AtomicUsize::new(0));
        let models = models.iter().map(|(app, models)| {
            let flags = models.iter().map(|model| format!("\"{model}\": true")).collect::<Vec<_>>().join(",");
            (app.to_string(), serde_json::from_str::<AppModels>(&format!("{{{flags}}}")).unwrap())
        });
        let mut settings = Settings::default();
        settings.models = Some(models.collect());
        let access = Access::to(database, &settings);
        let port = count_through(&access.url, Arc::clone(&messages));
        let url =
            format!("postgresql://{}@127.0.0.1:{port}/{}?sslmode=disable", access.role, database.name());
        let mut handle = nautobot_db::Settings::default();
        (handle.url, handle.reuse) = (Some(url.into()), reuse);
        let nautobot = Nautobot::open(&handle).unwrap();

        let mut registry = Registry::new();
        for collector in page::collectors(&nautobot, &settings) {
            registry.register(collector, Limits::default()).unwrap();
        }
        Self { messages, registry }
    }

    /// How many messages one scrape sends, after the logins.
    async fn scrape(&self) -> usize {
        let before = self.messages.load(Ordering::SeqCst);
        let gathered = self.registry.gather(&Scrape::within(Duration::from_secs(20))).await;
        assert!(gathered.runs().all(|run| run.outcome().is_success()));
        self.messages.load(Ordering::SeqCst) - before
    }
}

/// Listens on a port of its own, hands everything on, and counts what clients send.
fn count_through(url: &str, messages: Arc<AtomicUsize>) -> u16 {
    let server = url.split(['@', '/']).nth(3).unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, messages) = (client.unwrap(), Arc::clone(&messages));
            let server = TcpStream::connect(&server).unwrap();
            let (answers, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || copy(answers, to_client));
            thread::spawn(move || forward(client, server, &messages));
        }
    });
    port
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

/// After the start-up message, which is only a length and a body, each message has a type before its length.
fn forward(mut client: TcpStream, mut server: TcpStream, messages: &AtomicUsize) {
    let mut kind = None;
    while let Ok(message) = read_message(&mut client, kind.is_some()) {
        kind = Some(message[0]);
        // A simple query, or the end of one in parts.
        if matches!(message[0], b'Q' | b'S') {
            messages.fetch_add(1, Ordering::SeqCst);
        }
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
