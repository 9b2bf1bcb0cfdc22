//! Python programs of PyPI, each in a virtual environment of its own below cargo's target directory.
//!
//! `just test` makes those that tests use, [`all`], as far as the machine lets it and says what it skips. Tests look them
//! up, and do without what is missing:
//!
//! ```no_run
//! for rq in &testbed::python::RQ {
//!     let Some(rq) = rq.found() else { continue };
//!     let output = rq.command("python").args(["-c", "import rq"]).output()?;
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

use std::env;
use std::fs::{self, File};
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, programs};

/// The RQ of Nautobot 1.6, and the last client of Prometheus that writes records of 8 bytes.
pub const RQ_1_16: Environment =
    Environment::new("rq-1.16.2", &["rq==1.16.2", REDIS, CLICK, "prometheus-client==0.17.1"], 8..=13);

/// RQ from an old one that a current Python still runs to the newest.
pub static RQ: [Environment; 4] = [
    Environment::new("rq-1.5.2", &["rq==1.5.2", REDIS, CLICK], 8..=13),
    RQ_1_16,
    Environment::new("rq-2.12.0", &["rq==2.12.0", REDIS, CLICK, CRONITER], 10..=14),
    Environment::new("rq-3.0.0", &["rq==3.0.0", REDIS, CLICK, CRONITER], 10..=14),
];

/// The client of Prometheus, in versions that write its multiprocess files differently.
pub static PROMETHEUS_CLIENT: [Environment; 4] = [
    Environment::new("prometheus-client-0.8.0", &["prometheus-client==0.8.0"], 8..=13),
    Environment::new("prometheus-client-0.12.0", &["prometheus-client==0.12.0"], 8..=13),
    Environment::new("prometheus-client-0.17.1", &["prometheus-client==0.17.1"], 8..=13),
    Environment::new("prometheus-client-0.26.0", &["prometheus-client==0.26.0"], 10..=14),
];

/// Celery, which Nautobot 2 and later run their jobs with.
pub static CELERY: Environment = Environment::new(
    "celery-5.6.3",
    &["celery==5.6.3", "kombu[redis]==5.7.0", "redis==6.4.0", "prometheus-client==0.26.0"],
    10..=14,
);

/// A web server of several processes.
pub static GUNICORN: Environment =
    Environment::new("gunicorn-23.0.0", &["gunicorn==23.0.0", "prometheus-client==0.26.0"], 10..=14);

const REDIS: &str = "redis==5.2.1";
const CLICK: &str = "click==8.1.8";
const CRONITER: &str = "croniter==6.0.0";

/// Every environment that a test uses.
pub fn all() -> impl Iterator<Item = &'static Environment> {
    RQ.iter().chain(&PROMETHEUS_CLIENT).chain([&CELERY, &GUNICORN])
}

/// Packages of PyPI that run on some versions of Python. What they in turn need is left to pip.
#[derive(Debug, Clone)]
pub struct Environment {
    name: &'static str,
    packages: &'static [&'static str],
    minors: RangeInclusive<u32>,
}

/// An environment that is there.
#[derive(Debug, Clone)]
pub struct Installed {
    programs: PathBuf,
}

impl Environment {
    /// Its directory's name, what pip is told to install, and the versions of Python 3 on which that runs.
    pub const fn new(
        name: &'static str,
        packages: &'static [&'static str],
        minors: RangeInclusive<u32>,
    ) -> Self {
        Self { name, packages, minors }
    }

    /// Its directory's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The environment if an earlier run has made it; otherwise tells on standard error what is skipped, and why.
    #[expect(clippy::print_stderr, reason = "who reads what a test says has to learn that it did nothing")]
    pub fn found(&self) -> Option<Installed> {
        let place = self.place().ok()?;
        if self.is_complete(&place) {
            return Some(Installed::at(&place));
        }
        let why = fs::read_to_string(self.beside(&place, "skipped"));
        let why = why.as_deref().unwrap_or("`just test` makes its environment");
        eprintln!("skipped, as {} is not there: {why}", self.name);
        None
    }

    /// Makes the environment unless it is there. Another process that asks for the same one meanwhile waits.
    ///
    /// # Errors
    /// No Python fits, it makes no environments, or pip cannot install a package.
    pub fn make(&self) -> Result<Installed, Error> {
        let directory = |cause| Error::Directory { server: self.name, cause };
        let place = self.place().map_err(directory)?;
        let lock = self.lock(&place).map_err(directory)?;
        let skipped = self.beside(&place, "skipped");
        if !self.is_complete(&place) {
            // which of the two a test finds
            self.install(&place).inspect_err(|error| drop(fs::write(&skipped, error.to_string())))?;
            fs::write(complete(&place), self.packages.join(" ")).map_err(directory)?;
        }
        drop(fs::remove_file(&skipped));
        drop(lock);
        Ok(Installed::at(&place))
    }

    /// `python/<name>` of cargo's target directory, as this program lies in it: in `debug/` or in `debug/deps/`.
    fn place(&self) -> io::Result<PathBuf> {
        let program = env::current_exe()?;
        let profile = program.ancestors().skip(1).find(|parent| !parent.ends_with("deps"));
        let target = profile.and_then(Path::parent).ok_or(io::ErrorKind::NotFound)?;
        Ok(target.join("python").join(self.name))
    }

    fn beside(&self, place: &Path, what: &str) -> PathBuf {
        place.with_file_name(format!("{}.{what}", self.name))
    }

    /// Held until the file is closed.
    fn lock(&self, place: &Path) -> io::Result<File> {
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        let lock = File::create(self.beside(place, "lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Python is a link, which an update of the machine may have broken.
    fn is_complete(&self, place: &Path) -> bool {
        let packages = fs::read_to_string(complete(place));
        packages.is_ok_and(|packages| packages == self.packages.join(" "))
            && place.join("bin/python").exists()
    }

    fn install(&self, place: &Path) -> Result<(), Error> {
        let python = self.python()?;
        if programs::output(Command::new(&python).args(["-c", "import venv, ensurepip"]), b"").is_err() {
            return Err(Error::NotInstalled { program: "python3 -m venv", package: "python3-venv" });
        }
        run("python3 -m venv", Command::new(python).args(["-m", "venv", "--clear"]).arg(place))?;
        let mut pip = Command::new(place.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        run("pip install", pip.args(self.packages))
    }

    /// The machine's own Python if it fits, otherwise the newest that does.
    fn python(&self) -> Result<String, Error> {
        let newest_first = self.minors.clone().rev().map(|minor| format!("python3.{minor}"));
        let found = ["python3".to_owned()]
            .into_iter()
            .chain(newest_first)
            .find(|python| minor(python).is_some_and(|minor| self.minors.contains(&minor)));
        found.ok_or(Error::NoPython { first: *self.minors.start(), last: *self.minors.end() })
    }
}

impl Installed {
    fn at(place: &Path) -> Self {
        Self { programs: place.join("bin") }
    }

    /// One of its programs: `python`, or a script of a package.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// A command that runs one of its programs, and sees the search path of our environment and nothing else.
    pub fn command(&self, name: &str) -> Command {
        programs::command(self.program(name))
    }
}

/// The last file of an environment: the packages in it.
fn complete(place: &Path) -> PathBuf {
    place.join("complete")
}

/// Runs what is to be called `name`, and keeps the last line of what it says.
fn run(name: &str, command: &mut Command) -> Result<(), Error> {
    let ran = programs::output(command, b"").map(drop);
    ran.map_err(|error| match error {
        Error::Failed { output, .. } => {
            let last = output.lines().last().unwrap_or_default().to_owned();
            Error::Failed { program: name.to_owned(), output: last }
        }
        other => other,
    })
}

fn minor(python: &str) -> Option<u32> {
    let output = Command::new(python).args(["-c", "import sys; print(sys.version_info[1])"]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let environment = Environment::new("none", &[], 98..=99);
        let error = environment.make().unwrap_err().to_string();
        assert_eq!(error, "no Python from 3.98 to 3.99 in the search path, as python3 or python3.99");
        assert!(environment.found().is_none());
    }

    #[test]
    fn several_make_one_environment() {
        let Some(python) = RQ_1_16.found() else { return };
        let made = fs::metadata(complete(&RQ_1_16.place().unwrap())).unwrap().modified().unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(RQ_1_16.make().unwrap().programs, python.programs));
            }
        });
        assert_eq!(fs::metadata(complete(&RQ_1_16.place().unwrap())).unwrap().modified().unwrap(), made);
    }
}
