//! Finding and running the programs of the machine.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::Error;
use crate::supervisor::tail;

/// Where systems keep PostgreSQL's programs outside of the search path: `<parent>/<version><suffix>`.
const POSTGRES_HOMES: [(&str, &str, &str); 3] =
    [("/usr/lib/postgresql", "", "bin"), ("/usr", "pgsql-", "bin"), ("/usr/libexec", "postgresql", "")];

/// Where programs are on any system, should nobody say so.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// One of PostgreSQL's programs (`psql`, `pgbench`), from where the servers of this crate come.
///
/// # Errors
/// PostgreSQL is not installed.
pub fn postgres_program(name: &str) -> Result<PathBuf, Error> {
    Ok(postgres_home()?.join(name))
}

/// The folder of the newest installed PostgreSQL server's programs; empty if they are in the search path.
pub(crate) fn postgres_home() -> Result<PathBuf, Error> {
    let newest = POSTGRES_HOMES
        .iter()
        .flat_map(|&(parent, prefix, suffix)| versions(Path::new(parent), prefix, suffix))
        .filter(|(_, home)| home.join("postgres").is_file())
        .max();
    match newest {
        Some((_, home)) => Ok(home),
        None => installed("postgres", "postgresql").map(|()| PathBuf::new()),
    }
}

/// A command that sees the search path of our environment, English and UTC, and nothing else.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "where programs are is no setting of ours")]
    let path = env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
    let mut command = Command::new(program);
    command.env_clear().env("PATH", path).env("HOME", "/nonexistent").env("LC_ALL", "C").env("TZ", "UTC");
    command
}

/// Whether the program is in the search path.
pub fn is_installed(program: &'static str) -> bool {
    installed(program, program).is_ok()
}

/// Fails unless the program is in the search path.
pub(crate) fn installed(program: &'static str, package: &'static str) -> Result<(), Error> {
    match command(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            Err(Error::NotInstalled { program, package })
        }
        Err(cause) => Err(Error::Run { program: program.into(), cause }),
        Ok(_) => Ok(()),
    }
}

/// Runs the command with `input` and returns what it printed, without the last line's end.
pub(crate) fn output(command: &mut Command, input: &[u8]) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = fed(command, input).map_err(|cause| Error::Run { program: program.clone(), cause })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        return Err(Error::Failed { program, output: tail(&text(&output.stderr)) });
    }
    let mut printed = text(&output.stdout);
    if printed.ends_with('\n') {
        printed.pop();
    }
    Ok(printed)
}

/// Runs the command with `input` to its end.
pub(crate) fn fed(command: &mut Command, input: &[u8]) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    thread::scope(|scope| {
        // a program that stops reading says why on its standard error
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    })
}

/// The program was started without one of the pipes that it was to have.
pub(crate) fn no_pipe(program: &str) -> Error {
    Error::Run { program: program.into(), cause: io::Error::other("it has no pipe") }
}

fn versions(parent: &Path, prefix: &str, suffix: &str) -> Vec<(u32, PathBuf)> {
    let folders = fs::read_dir(parent).into_iter().flatten().flatten();
    let version = |name: &OsStr| name.to_str()?.strip_prefix(prefix)?.parse().ok();
    folders.filter_map(|folder| Some((version(&folder.file_name())?, folder.path().join(suffix)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_does_not_see_our_environment() {
        let seen = output(&mut command("env"), b"").unwrap();
        assert!(seen.contains("LC_ALL=C\n") && seen.contains("PATH="), "{seen}");
        // cargo has set many for us
        assert!(!seen.contains("CARGO_"), "{seen}");
    }
}
