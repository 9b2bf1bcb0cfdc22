//! Nothing is left of a server when the process that started it is gone, whatever ended it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use testbed::{Postgres, Redis, eventually};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn after_a_kill() {
    let (mut owner, servers) = owner();
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert_gone(&servers);
}

#[test]
fn after_an_interrupt() {
    let (mut owner, servers) = owner();
    let interrupted =
        Command::new("sh").args(["-c", &format!("kill -s INT {}", owner.id())]).status().unwrap();
    assert!(interrupted.success());
    owner.wait().unwrap();
    assert_gone(&servers);
}

#[test]
fn after_a_panic() {
    let (mut owner, servers) = owner();
    writeln!(owner.stdin.as_mut().unwrap(), "panic").unwrap();
    assert!(!owner.wait().unwrap().success());
    assert_gone(&servers);
}

#[test]
fn of_halted_servers_too() {
    let (mut owner, servers) = owner();
    writeln!(owner.stdin.as_mut().unwrap(), "pause").unwrap();
    for (pid, _) in &servers {
        eventually(&format!("{pid} is halted"), SOON, || {
            fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") T ")
        });
    }
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert_gone(&servers);
}

/// Not a test of its own: what [`owner`] runs.
#[test]
#[ignore = "starts servers and waits for orders"]
fn own_servers() {
    let (postgres, redis) = (Postgres::start().unwrap(), Redis::start().unwrap());
    for pid in [postgres.pid(), redis.pid()] {
        let directory = fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
        let directory = directory.to_str().unwrap().trim_end_matches("/data");
        writeln!(stdout(), "\nserver {pid} {directory}").unwrap();
    }
    writeln!(stdout(), "\nready").unwrap();
    for order in stdin().lines() {
        match order.unwrap().as_str() {
            "pause" => {
                postgres.pause();
                redis.pause();
            }
            order => panic!("{order}"),
        }
    }
}

/// A process that has started servers, and their process ids and directories.
fn owner() -> (Child, Vec<(String, String)>) {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["own_servers", "--exact", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines().map(Result::unwrap);
    let servers: Vec<_> = lines
        .take_while(|line| line != "ready")
        .filter_map(|line| {
            let (pid, directory) = line.strip_prefix("server ")?.split_once(' ')?;
            Some((pid.to_owned(), directory.to_owned()))
        })
        .collect();
    assert_eq!(servers.len(), 2);
    for (pid, directory) in &servers {
        assert!(Path::new("/proc").join(pid).exists());
        assert!(directory.contains("/testbed-") && Path::new(directory).exists(), "{directory}");
    }
    (owner, servers)
}

fn assert_gone(servers: &[(String, String)]) {
    for (pid, directory) in servers {
        eventually(&format!("{pid} has ended"), SOON, || !Path::new("/proc").join(pid).exists());
        eventually(&format!("{directory} is removed"), SOON, || !Path::new(directory).exists());
    }
}
