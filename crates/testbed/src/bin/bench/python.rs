//! Python programs of PyPI, each in an environment of its own beside this program.

use std::env;
use std::fs;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;

/// Packages of PyPI that run on some versions of Python.
pub(crate) struct Environment {
    pub(crate) name: &'static str,
    pub(crate) packages: &'static [&'static str],
    /// Of Python 3.
    pub(crate) minors: RangeInclusive<u32>,
}

impl Environment {
    /// A program of these packages, which are installed unless an earlier run did.
    pub(crate) fn program(&self, name: &str) -> Outcome<PathBuf> {
        let environment = env::current_exe()?.with_file_name(self.name);
        let complete = environment.join("complete");
        if !complete.exists() {
            run(Command::new(self.python()?).args(["-m", "venv", "--clear"]).arg(&environment))?;
            let mut pip = Command::new(environment.join("bin/python"));
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            run(pip.args(self.packages))?;
            fs::write(complete, "")?;
        }
        Ok(environment.join("bin").join(name))
    }

    /// The machine's own Python if it fits, otherwise the newest that does.
    fn python(&self) -> Outcome<String> {
        let newest_first = self.minors.clone().rev().map(|minor| format!("python3.{minor}"));
        let found = ["python3".to_owned()]
            .into_iter()
            .chain(newest_first)
            .find(|python| minor(python).is_some_and(|minor| self.minors.contains(&minor)));
        let (first, last) = (self.minors.start(), self.minors.end());
        found.ok_or_else(|| {
            format!("no Python from 3.{first} to 3.{last} in the search path, as python3 or python3.{last}")
                .into()
        })
    }
}

fn minor(python: &str) -> Option<u32> {
    let output = Command::new(python).args(["-c", "import sys; print(sys.version_info[1])"]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn run(command: &mut Command) -> Outcome<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run {program}: {error}"))?;
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let last = printed.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    if output.status.success() { Ok(()) } else { Err(format!("{program} failed: {last}").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_python_is_named() {
        let environment = Environment { name: "none", packages: &[], minors: 98..=99 };
        let refusal = environment.python().unwrap_err().to_string();
        assert_eq!(refusal, "no Python from 3.98 to 3.99 in the search path, as python3 or python3.99");
    }
}
