//! What holds whatever a server answers. Used by the fuzz target, and by the test that replays what that found.

use std::os::unix::net::UnixListener as Listener;
use std::time::Duration;

use rq_model::{Queue, Rq, Waiting, Workers};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// What RQ writes, and what is near it.
const TEXTS: [&[u8]; 32] = [
    b"",
    b"0",
    b"1",
    b"2",
    b"-1",
    b"4.5",
    b"-0.5",
    b"1e400",
    b"inf",
    b"nan",
    b"18446744073709551615",
    b"99999999999999999999",
    b"2026-11-23T04:32:40.123456Z",
    b"2999-01-01T00:00:00Z",
    b"1969-12-31T23:59:59Z",
    b"2026-13-01T00:00:00Z",
    b"started",
    b"finished",
    b"failed",
    b"idle",
    b"busy",
    b"default",
    b"default,high",
    b",,default,",
    b"[0,60]",
    b"[1e999]",
    b"[[",
    b"1.16.2",
    b"3.0.0",
    b"a:b",
    b"a\xff",
    b"a\\xff",
];

/// A server that answers each command with what the input says, mostly with what such a command is answered with.
pub(crate) struct Server {
    runtime: Runtime,
    listener: Listener,
    directory: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = Listener::bind(directory.path().join("redis")).unwrap();
        listener.set_nonblocking(true).unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, listener, directory }
    }

    /// Reads twice what the input makes of Redis.
    pub(crate) fn check(&self, input: &[u8]) {
        let url = format!("unix://{}", self.directory.path().join("redis").display());
        let rq = Rq::open(&serde_json::from_value(serde_json::json!({"url": url})).unwrap()).unwrap();
        let reading = async {
            for _ in 0..2 {
                read(&rq).await;
            }
        };
        self.runtime.block_on(async {
            tokio::select! {
                () = reading => {}
                () = serve(self.listener.try_clone().unwrap(), Input(input)) => {}
            }
        });
    }
}

async fn read(rq: &Rq) {
    let configured = ["default".to_owned(), "a\\xff".to_owned()];
    let within = Duration::from_secs(60);
    let begin = Instant::now();
    if let Ok(queues) = rq.queues(&configured, within).await {
        check_queues(&queues);
    }
    if let Ok(workers) = rq.workers(&configured, within).await {
        check_workers(&workers);
    }
    if let Ok(waiting) = rq.waiting(&configured, within).await {
        check_waiting(&waiting);
    }
    assert!(begin.elapsed() < within, "a command without an answer");
}

fn check_queues(queues: &[Queue]) {
    assert!(queues.len() >= 2, "one that is configured is missing");
    assert!(queues.is_sorted_by(|a, b| a.name < b.name), "{queues:?}");
    // No server counts further than a signed number goes, and so many jobs are looked up.
    let most = i64::MAX as u64 + 10_000;
    for queue in queues {
        let numbers = [queue.started, queue.finished, queue.failed, queue.scheduled, queue.workers];
        assert!(numbers.into_iter().flatten().all(|number| number <= most), "{queue:?}");
    }
}

fn check_workers(found: &Workers) {
    assert!(found.queues.is_sorted_by(|a, b| a < b), "{found:?}");
    for worker in found.workers.iter().flatten() {
        assert!(worker.queues.iter().all(|queue| found.queues.contains(queue)), "{worker:?}");
        let is_time = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
        assert!(worker.working_time.is_none_or(is_time), "{worker:?}");
        assert!(worker.heartbeat_age.is_none_or(|age| is_time(age.as_secs_f64())), "{worker:?}");
    }
}

fn check_waiting(queues: &[Waiting]) {
    assert!(queues.is_sorted_by(|a, b| a.name < b.name), "{queues:?}");
    assert!(queues.iter().all(|queue| queue.oldest_age.is_none_or(|age| age.as_secs_f64().is_finite())));
}

async fn serve(listener: Listener, mut input: Input<'_>) {
    let listener = UnixListener::from_std(listener).unwrap();
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        converse(connection, &mut input).await;
    }
}

/// Until the client hangs up.
async fn converse(mut connection: UnixStream, input: &mut Input<'_>) {
    let mut received = Vec::new();
    let mut replies = Vec::new();
    while connection.read_buf(&mut received).await.is_ok_and(|read| read > 0) {
        while let Some((command, length)) = command(&received) {
            input.reply(&command, &mut replies);
            received.drain(..length);
        }
        if connection.write_all(&replies).await.is_err() {
            return;
        }
        replies.clear();
    }
}

/// The first command, if it is there to its end, and how many bytes it takes.
fn command(received: &[u8]) -> Option<(Vec<String>, usize)> {
    let line = |from: usize| {
        let end = received.get(from..)?.windows(2).position(|pair| pair == b"\r\n")?;
        let number = std::str::from_utf8(&received[from + 1..from + end]).unwrap().parse::<usize>().unwrap();
        Some((number, from + end + 2))
    };
    let (words, mut at) = line(0)?;
    let mut command = Vec::new();
    for _ in 0..words {
        let (length, start) = line(at)?;
        command.push(String::from_utf8_lossy(received.get(start..start + length)?).into_owned());
        at = start + length + 2;
    }
    (at <= received.len()).then_some((command, at))
}

/// Bytes that decide; zeros when they are used up.
struct Input<'i>(&'i [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn reply(&mut self, command: &[String], out: &mut Vec<u8>) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        if let ["CLIENT" | "HELLO" | "AUTH" | "SELECT", ..] = words[..] {
            out.extend_from_slice(b"+OK\r\n");
            return;
        }
        match self.byte() {
            0xff => out.extend_from_slice(b"-WRONGTYPE Operation against a key\r\n"),
            0xfe => self.odd(3, out),
            _ => self.fitting(&words, out),
        }
    }

    fn fitting(&mut self, words: &[&str], out: &mut Vec<u8>) {
        match words {
            ["SRANDMEMBER", "rq:queues", ..] => self.list(out, |input, out| input.key(b"rq:queue:", out)),
            ["SRANDMEMBER" | "SUNION", ..] => self.list(out, |input, out| input.key(b"rq:worker:", out)),
            ["LRANGE" | "ZRANGEBYSCORE", ..] => self.list(out, |input, out| input.text(out)),
            ["HMGET", _, fields @ ..] => {
                out.extend_from_slice(format!("*{}\r\n", fields.len()).as_bytes());
                fields.iter().for_each(|_| self.text(out));
            }
            ["ZSCORE", ..] => self.text(out),
            _ => {
                let number = match self.byte() {
                    byte @ ..0xf0 => i64::from(byte % 6),
                    0xff => i64::MAX,
                    0xfe => i64::MIN,
                    byte => i64::from(byte) - 0xf8,
                };
                out.extend_from_slice(format!(":{number}\r\n").as_bytes());
            }
        }
    }

    fn list(&mut self, out: &mut Vec<u8>, element: impl Fn(&mut Self, &mut Vec<u8>)) {
        let length = self.byte() % 8;
        out.extend_from_slice(format!("*{length}\r\n").as_bytes());
        (0..length).for_each(|_| element(self, out));
    }

    fn key(&mut self, prefix: &[u8], out: &mut Vec<u8>) {
        let name = self.bytes();
        let prefix = if self.byte() == 0xff { &b""[..] } else { prefix };
        bulk(&[prefix, &name].concat(), out);
    }

    /// Or nothing.
    fn text(&mut self, out: &mut Vec<u8>) {
        match self.byte() {
            0xff => out.extend_from_slice(b"$-1\r\n"),
            _ => bulk(&self.bytes(), out),
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        match self.byte() {
            length @ 0xe0.. => (0..length & 0x1f).map(|_| self.byte()).collect(),
            text => TEXTS[usize::from(text) % TEXTS.len()].to_vec(),
        }
    }

    /// Whatever else a server may say.
    fn odd(&mut self, depth: u8, out: &mut Vec<u8>) {
        const ATOMS: [&str; 14] = [
            "+OK",
            "+other",
            ":7",
            "$-1",
            "*-1",
            "*0",
            "_",
            ",1.5",
            ",nan",
            "#t",
            "(12",
            "-ERR no",
            "-NOPERM no",
            "-LOADING it",
        ];
        match self.byte() {
            list @ 0xf0.. if depth > 0 => {
                let (kind, length, each) = [("*", 2, 1), ("~", 2, 1), ("%", 1, 2)][usize::from(list % 3)];
                out.extend_from_slice(format!("{kind}{length}\r\n").as_bytes());
                (0..length * each).for_each(|_| self.odd(depth - 1, out));
            }
            text @ 0xc0.. => bulk(TEXTS[usize::from(text) % TEXTS.len()], out),
            atom => {
                out.extend_from_slice(format!("{}\r\n", ATOMS[usize::from(atom) % ATOMS.len()]).as_bytes())
            }
        }
    }
}

fn bulk(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("${}\r\n", bytes.len()).as_bytes());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}
