//! Collectors that ask a server which does not answer as it should.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use collector_testkit::{Backend, Error, failure, withstands};
use metrics_core::{CollectError, Collector, Descriptor, Samples};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Does, FILES, emits};

const ANSWER: &str = "3 files\n";

/// Asks for files, and does what it should not where its fields say so.
#[derive(Clone, Copy)]
struct Files {
    server: SocketAddr,
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Blocks,
    Panics,
    SucceedsWithoutAnswer,
    ReadsAnything,
}

impl Collector for Files {
    fn name(&self) -> &str {
        "files"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![FILES.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let mut server = match TcpStream::connect(self.server).await {
            Ok(server) => server,
            Err(_) if self.fault == Fault::SucceedsWithoutAnswer => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        server.write_all(b"files?\n").await?;
        let mut answer = Vec::new();
        if self.fault == Fault::Blocks {
            let mut server = server.into_std()?;
            server.set_nonblocking(false)?;
            std::io::Read::read_to_end(&mut server, &mut answer)?;
        } else {
            server.read_to_end(&mut answer).await?;
        }
        let answer = match String::from_utf8(answer) {
            Err(_) if self.fault == Fault::Panics => panic!("no UTF-8"),
            Err(_) if self.fault == Fault::ReadsAnything => "0 files\n".to_owned(),
            answer => answer?,
        };
        let files = answer.strip_suffix(" files\n").ok_or_else(|| CollectError::new("no number of files"))?;
        out.gauge(&FILES, ["mail", "a"], files.parse::<u32>()?);
        Ok(())
    }
}

fn files(backend: &Backend) -> Files {
    Files { server: backend.address(), fault: Fault::None }
}

async fn withstood(fault: Fault) -> Result<(), Error> {
    withstands(move |server| Files { server, fault }).await
}

#[tokio::test]
async fn a_good_collector_withstands_every_backend() {
    let page = collector_testkit::scrape(files(&Backend::answering(ANSWER).unwrap())).await.unwrap();
    page.assert_eq(r#"acme_files{host="a",spool="mail"} 3"#);
    withstood(Fault::None).await.unwrap();
    assert_eq!(failure(files(&Backend::breaking_off(ANSWER).unwrap())).await.unwrap(), "no number of files");
    let slow = Backend::slow(ANSWER, Duration::from_secs(1)).unwrap();
    assert_eq!(failure(files(&slow)).await.unwrap(), "ran out of time");
    let slow = Backend::slow(ANSWER, Duration::from_millis(1)).unwrap();
    collector_testkit::scrape(files(&slow)).await.unwrap();
}

#[tokio::test]
async fn a_bad_collector_does_not() {
    for (fault, said) in [
        (
            Fault::SucceedsWithoutAnswer,
            "with a backend that refuses connections: collector `files` succeeded where it has nothing to tell, \
             with this page:\n",
        ),
        (
            Fault::Blocks,
            "with a backend that never answers: collector `files` blocks its thread: what waits has to `await`, or \
             to go into `spawn_blocking`",
        ),
        (Fault::Panics, "with a backend that answers garbage: collector `files` panicked"),
        (
            Fault::ReadsAnything,
            "with a backend that answers garbage: collector `files` succeeded where it has nothing to tell, with \
             this page:\n# HELP acme_files Files, by place.\n# TYPE acme_files gauge\nacme_files{spool=\"mail\",\
             host=\"a\"} 0\n",
        ),
    ] {
        assert_eq!(withstood(fault).await.unwrap_err().to_string(), said);
    }
}

#[tokio::test]
async fn a_collector_that_blocks_for_a_while_takes_others_with_it() {
    let blocking = Does(|_| {
        std::thread::sleep(Duration::from_secs(3));
        Box::pin(async { Ok(()) })
    });
    assert!(matches!(failure(blocking).await, Err(Error::Blocks { .. })));
    assert!(matches!(failure(emits()).await, Err(Error::Succeeded { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_test_that_pauses_time_may_use_it() {
    assert_eq!(failure(files(&Backend::hanging().unwrap())).await.unwrap(), "ran out of time");
}

#[test]
fn a_backend_ends_with_its_connections() {
    let backend = Backend::hanging().unwrap();
    let mut connection = std::net::TcpStream::connect(backend.address()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    drop(backend);
    // not a time-out
    let end = std::io::Read::read(&mut connection, &mut [0]).map_err(|error| error.kind());
    assert!(matches!(end, Ok(0) | Err(ErrorKind::ConnectionReset)), "{end:?}");
}
