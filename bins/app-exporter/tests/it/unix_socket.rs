//! A Unix socket instead of a port.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use testbed::{Error, Exporter, Postgres};

use crate::{PROGRAM, settings};

fn listening_at(socket: &Path, settings: &str) -> Result<Exporter, Error> {
    Exporter::start(PROGRAM, settings, &[&format!("--web.listen-address=unix:{}", socket.display())])
}

fn page_at(socket: &Path) -> String {
    let mut client = UnixStream::connect(socket).unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut page = String::new();
    client.read_to_string(&mut page).unwrap();
    page
}

#[test]
fn serves_the_page_and_is_removed_with_the_exporter() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("exporter.sock");
    let exporter = listening_at(&socket, &settings(&database)).unwrap();
    let page = page_at(&socket);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("\nnautobot_model_count{"), "{page}");
    exporter.stop();
    assert!(!socket.exists());
}

#[test]
fn a_socket_left_behind_is_replaced() {
    let database = Postgres::shared().database("schema-2.4.44");
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("exporter.sock");
    drop(UnixListener::bind(&socket).unwrap());
    assert_eq!(UnixStream::connect(&socket).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    let _exporter = listening_at(&socket, &settings(&database)).unwrap();
    assert!(page_at(&socket).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_socket_that_somebody_listens_on_is_left_alone() {
    let database = Postgres::shared().database("schema-2.4.44");
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("exporter.sock");
    let other = UnixListener::bind(&socket).unwrap();
    let refused = listening_at(&socket, &settings(&database)).unwrap_err().to_string();
    assert!(refused.contains(&format!("cannot listen on unix:{}", socket.display())), "{refused}");
    // the exporter looked whether somebody is there
    drop(other.accept().unwrap());
    let _client = UnixStream::connect(&socket).unwrap();
    other.accept().unwrap();
}
