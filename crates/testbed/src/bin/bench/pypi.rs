//! The rq-exporter of PyPI.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use testbed::Redis;

use crate::Outcome;
use crate::server::Server;

pub(crate) const NAME: &str = "PyPI's rq-exporter 3.1.0";

/// In front of this Redis, which it has to be allowed to write to.
pub(crate) fn rq_exporter(redis: &Redis) -> Outcome<Server> {
    let program = installed()?.into_os_string();
    let url = redis.url();
    Server::new(NAME, |port| {
        let arguments = ["--host", "127.0.0.1", "--port", &port.to_string(), "--redis-url", &url];
        [program].into_iter().chain(arguments.map(Into::into)).collect()
    })
}

/// Installs it in an environment of its own beside this program, unless an earlier run did.
fn installed() -> Outcome<PathBuf> {
    let environment = env::current_exe()?.with_file_name("bench-rq-exporter-3.1.0");
    let program = environment.join("bin/rq-exporter");
    if !program.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        run(Command::new(environment.join("bin/python")).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "rq-exporter==3.1.0",
        ]))?;
    }
    Ok(program)
}

fn run(command: &mut Command) -> Outcome<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run {program}: {error}"))?;
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let last = printed.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    if output.status.success() { Ok(()) } else { Err(format!("{program} failed: {last}").into()) }
}
