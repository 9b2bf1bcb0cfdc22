//! `rq-exporter worker`: a page beside a worker, here a small shell script.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use testbed::{Port, eventually, http};

use crate::PROGRAM;

const SOON: Duration = Duration::from_secs(20);

/// The exporter beside `script`, which runs in `place`. Private directories are made there as well.
fn beside(place: &TempDir, arguments: &[&str], script: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("TMPDIR", place.path())
        .current_dir(place.path())
        .stdin(Stdio::null())
        .arg("worker")
        .args(arguments)
        .args(["--", "sh", "-c", script]);
    command
}

fn run(place: &TempDir, arguments: &[&str], script: &str) -> Output {
    beside(
        place,
        &["--web.listen-address=127.0.0.1:0"].iter().chain(arguments).copied().collect::<Vec<_>>(),
        script,
    )
    .output()
    .unwrap()
}

/// Starts it and waits until the script has made the file `ready`.
fn start(command: &mut Command, place: &TempDir) -> Child {
    let child = command.spawn().unwrap();
    eventually("the script is ready", SOON, || place.path().join("ready").exists());
    child
}

fn kill(signal: &str, process: &str) {
    let killed = Command::new("kill").args(["-s", signal, "--", process]).status().unwrap();
    assert!(killed.success());
}

fn lines(file: &Path) -> Vec<String> {
    fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn ended(child: &mut Child) -> ExitStatus {
    let mut status = None;
    eventually("the exporter ends", SOON, || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

/// What lies in a directory, by name.
fn entries(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn it_ends_as_the_worker_does() {
    for code in [0, 1, 7, 255] {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(run(&place, &[], &format!("exit {code}")).status.code(), Some(code));
        assert!(entries(&place).is_empty());
    }
    for (name, number) in [("KILL", 9), ("TERM", 15), ("HUP", 1), ("ABRT", 6)] {
        let place = tempfile::tempdir().unwrap();
        let status = run(&place, &[], &format!("kill -s {name} $$")).status;
        assert_eq!(status.signal(), Some(number), "{name}: {status:?}");
        assert!(!status.core_dumped(), "{name}");
        assert!(entries(&place).iter().all(|name| !name.starts_with("worker-")), "{:?}", entries(&place));
    }
}

#[test]
fn a_killed_worker_leaves_nothing_behind() {
    let place = tempfile::tempdir().unwrap();
    let port = Port::take().unwrap();
    let listen = format!("--web.listen-address=127.0.0.1:{}", port.number());
    let mut exporter = start(
        &mut beside(
            &place,
            &[&listen],
            "echo $$ > pid; touch $PROMETHEUS_MULTIPROC_DIR/counter_1.db ready; exec sleep 60",
        ),
        &place,
    );
    assert_eq!(http::request("GET", port.number(), "/-/ready", &[]).unwrap().status, 200);
    kill("KILL", &lines(&place.path().join("pid"))[0]);
    assert_eq!(ended(&mut exporter).signal(), Some(9));
    assert_eq!(entries(&place), ["pid", "ready"]);
    assert!(http::request("GET", port.number(), "/metrics", &[]).is_err());
}

#[test]
fn nothing_is_started_when_something_is_wrong() {
    let place = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listen = format!("--web.listen-address={address}");
    let told = |arguments: &[&str]| {
        let output = beside(&place, arguments, "touch started").output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, error) = told(&[&listen]);
    assert_eq!(code, 1);
    assert!(error.contains(&format!("cannot listen on {address}")), "{error}");
    let (code, error) = told(&["--multiproc-dir", "nowhere"]);
    assert_eq!(code, 78);
    assert!(error.starts_with("rq-exporter: --multiproc-dir: cannot use nowhere: No such file"), "{error}");
    let mut by_variable = beside(&place, &[], "touch started");
    let output = by_variable.env("prometheus_multiproc_dir", "/dev/null").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("rq-exporter: prometheus_multiproc_dir: cannot use /dev/null"), "{error}");
    assert!(entries(&place).is_empty(), "{:?}", entries(&place));

    let command = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).env_clear().arg("worker").args(arguments).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, error) =
        command(&["--web.listen-address=127.0.0.1:0", "--log.level=error", "--", "no-such-worker"]);
    assert_eq!((code, error.lines().count()), (1, 1), "{error}");
    assert!(error.starts_with("rq-exporter: cannot start `no-such-worker`: No such file"), "{error}");
    let (code, error) = command(&[]);
    assert_eq!(code, 78);
    assert!(error.contains("nothing to serve: name a directory with --multiproc-dir"), "{error}");
    assert_eq!(command(&["--once", "--", "true"]).0, 2);
}

/// Writes each signal that it gets into the file `got`, and ends with 42 at the second TERM.
const TRAPS: &str = "
    for signal in HUP INT QUIT USR1 USR2 WINCH TSTP TTIN CONT; do trap \"echo $signal >> got\" $signal; done
    trap 'echo TERM >> got; terms=x$terms; if [ $terms = xx ]; then exit 42; fi' TERM
    touch ready
    while :; do sleep 0.05; done";

#[test]
fn signals_are_passed_on() {
    let place = tempfile::tempdir().unwrap();
    let mut exporter = start(&mut beside(&place, &["--web.listen-address=127.0.0.1:0"], TRAPS), &place);
    let process = exporter.id().to_string();
    let got = place.path().join("got");
    let signals = ["HUP", "INT", "QUIT", "USR1", "USR2", "WINCH", "TSTP", "TTIN", "CONT", "TERM", "TERM"];
    for (number, signal) in signals.into_iter().enumerate() {
        kill(signal, &process);
        eventually(signal, SOON, || lines(&got).len() == number + 1);
    }
    assert_eq!(lines(&got), signals);
    assert_eq!(ended(&mut exporter).code(), Some(42));
}

#[test]
fn a_signal_to_the_group_arrives_once() {
    let place = tempfile::tempdir().unwrap();
    let mut command = beside(&place, &["--web.listen-address=127.0.0.1:0"], TRAPS);
    let mut exporter = start(command.process_group(0), &place);
    let got = place.path().join("got");
    kill("TERM", &format!("-{}", exporter.id()));
    eventually("TERM", SOON, || !lines(&got).is_empty());
    kill("USR1", &exporter.id().to_string());
    eventually("USR1", SOON, || lines(&got).last().is_some_and(|last| last == "USR1"));
    assert_eq!(lines(&got), ["TERM", "USR1"]);
    kill("TERM", &exporter.id().to_string());
    assert_eq!(ended(&mut exporter).code(), Some(42));
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let place = tempfile::tempdir().unwrap();
    let exporter = beside(&place, &["--web.listen-address=127.0.0.1:0"], "kill -s HUP $$ $PPID; exit 5");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(exporter.get_program())
        .args(exporter.get_args());
    assert_eq!(shell.current_dir(place.path()).status().unwrap().code(), Some(5));
}

/// A file of a counter with the value 3, as clients before 0.16 write it.
fn counter(name: &str) -> Vec<u8> {
    let mut key = format!(r#"["{name}", "{name}_total", {{"queue": "default"}}]"#).into_bytes();
    let length = key.len() as u32;
    key.resize(key.len() + 8 - (key.len() + 4) % 8, b' ');
    let used = 8 + 4 + key.len() as u32 + 8;
    [&used.to_ne_bytes()[..], &[0; 4], &length.to_ne_bytes(), &key, &3f64.to_ne_bytes()].concat()
}

const SERIES: &str = "\njobs_total{queue=\"default\"} 3\n";

#[test]
fn the_page_has_what_the_worker_counts() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), counter("jobs")).unwrap();
    let port = Port::take().unwrap();
    let listen = format!("--web.listen-address=127.0.0.1:{}", port.number());
    let script = "cp file $prometheus_multiproc_dir/counter_7.db; echo $PROMETHEUS_MULTIPROC_DIR > dir
                  touch ready; exec sleep 60";
    let mut exporter = start(&mut beside(&place, &[&listen], script), &place);
    let page = http::request("GET", port.number(), "/metrics", &[]).unwrap();
    assert!(page.text().contains(SERIES), "{}", page.text());
    assert!(page.text().contains("\n# TYPE jobs_total counter\n"));
    assert!(page.text().contains("\nnautobot_rq_multiproc_dead_files 1\n") || Path::new("/proc/7").exists());
    let directory = lines(&place.path().join("dir")).remove(0);
    assert!(
        Path::new(&directory).join("counter_7.db").exists()
            && directory.starts_with(place.path().to_str().unwrap())
    );
    kill("TERM", &exporter.id().to_string());
    assert_eq!(ended(&mut exporter).signal(), Some(15));
    assert!(!Path::new(&directory).exists());
}

#[test]
fn a_directory_is_served_without_a_worker_and_stays() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("counter_7.db"), counter("jobs")).unwrap();
    let directory = place.path().to_str().unwrap();
    let output =
        Command::new(PROGRAM).env_clear().args(["worker", "--once", "--multiproc-dir", directory]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().contains(SERIES));
    assert_eq!(
        run(&place, &["--multiproc-dir", "."], "test $PROMETHEUS_MULTIPROC_DIR -ef .").status.code(),
        Some(0)
    );

    let port = Port::take().unwrap();
    let mut exporter = Command::new(PROGRAM)
        .env_clear()
        .env("PROMETHEUS_MULTIPROC_DIR", directory)
        .args(["worker", &format!("--web.listen-address=127.0.0.1:{}", port.number())])
        .spawn()
        .unwrap();
    let page = || http::request("GET", port.number(), "/metrics", &[]);
    eventually("the page is served", SOON, || page().is_ok_and(|page| page.text().contains(SERIES)));
    kill("TERM", &exporter.id().to_string());
    assert_eq!(ended(&mut exporter).code(), Some(0));
    assert_eq!(entries(&place), ["counter_7.db"]);
}

#[test]
fn a_family_of_the_exporters_own_name_is_left_out_and_told_once() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("counter_7.db"), counter("process_cpu_seconds")).unwrap();
    fs::write(place.path().join("counter_8.db"), counter("jobs")).unwrap();
    fs::write(place.path().join("counter_9.db"), "").unwrap();
    let port = Port::take().unwrap();
    let listen = format!("--web.listen-address=127.0.0.1:{}", port.number());
    let mut command = beside(&place, &[&listen, "--multiproc-dir=."], "touch ready; exec sleep 60");
    let exporter = start(command.stderr(Stdio::piped()), &place);
    for _ in 0..4 {
        let page = http::request("GET", port.number(), "/metrics", &[]).unwrap();
        let page = page.text();
        assert!(
            page.contains(SERIES) && page.contains("\nnautobot_rq_multiproc_skipped_files 1\n"),
            "{page}"
        );
        assert_eq!(page.matches("\n# TYPE process_cpu_seconds_total ").count(), 1, "{page}");
        assert!(
            page.contains("\nnautobot_rq_scrape_collector_success{collector=\"multiproc\"} 1\n"),
            "{page}"
        );
    }
    kill("TERM", &exporter.id().to_string());
    let log = String::from_utf8(exporter.wait_with_output().unwrap().stderr).unwrap();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("level=warn")).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(
        told[0].contains("process_cpu_seconds: its name clashes with `process_cpu_seconds_total`"),
        "{log}"
    );
    assert!(told[0].contains("counter_9.db: "), "{log}");
}

/// Orphans are the children of process 1. A namespace of its own makes the exporter one, where the system lets us.
#[test]
fn as_process_1_it_reaps_orphans() {
    let place = tempfile::tempdir().unwrap();
    let namespace = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    let allowed = Command::new("unshare").args(namespace).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this system lets nobody make a process namespace with `unshare`");
        return;
    }
    let script = "(true &); (true &); sleep 0.5; grep -l '^State:.Z' /proc/[0-9]*/status > zombies; echo $PPID > parent; exit 9";
    let exporter = beside(&place, &["--web.listen-address=127.0.0.1:0"], script);
    let mut command = Command::new("unshare");
    command.args(namespace).arg(exporter.get_program()).args(exporter.get_args()).current_dir(place.path());
    assert_eq!(command.status().unwrap().code(), Some(9));
    assert_eq!(lines(&place.path().join("parent")), ["1"]);
    assert_eq!(lines(&place.path().join("zombies")), [""; 0]);
}
