//! A page beside another program: the directory that they share, and how both are run.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::process::WaitStatus;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use super::Program;
use crate::beside::Beside;
use crate::child::Child;
use crate::failure::{Failure, chain};
use crate::flags::Flags;
use crate::page::Page;
use crate::server::serve;
use crate::settings::ExporterSettings;
use crate::wiring::{Wiring, WiringError};

/// What the command line says of the program that a page is served beside.
#[derive(Debug)]
pub(super) struct Neighbour<'a, S> {
    beside: &'a Beside<S>,
    /// Its name and arguments; empty if there is none.
    program: &'a [OsString],
    directory: SharedDirectory,
}

impl<'a, S> Neighbour<'a, S> {
    /// # Errors
    /// There is no directory to share.
    pub(super) fn of(
        beside: &'a Beside<S>,
        flags: &'a Flags,
        environment: &[(OsString, OsString)],
    ) -> Result<Self, Failure> {
        let program = flags.program.as_slice();
        let directory =
            SharedDirectory::find(beside, flags.directory.as_deref(), environment, !program.is_empty())?;
        Ok(Self { beside, program, directory })
    }

    pub(super) fn wire(&self, settings: &S, page: &mut Wiring) -> Result<(), WiringError> {
        self.beside.wire(settings, self.directory.path(), page)
    }

    pub(super) fn has_program(&self) -> bool {
        !self.program.is_empty()
    }

    /// Removes what was made for the program.
    pub(super) fn leave(self) {
        self.directory.close();
    }

    fn start(&self) -> Result<Child, Failure> {
        let started = Child::start(self.program, self.beside.variables, self.directory.path());
        started.map_err(|error| Failure::Runtime(chain(&error)))
    }
}

impl<S: Default + DeserializeOwned + Serialize> Program<S> {
    /// Starts the program once the page can be served, and serves it until the program has ended.
    pub(super) async fn serve_beside(
        &self,
        neighbour: &Neighbour<'_, S>,
        page: Page,
        settings: &ExporterSettings,
    ) -> Result<WaitStatus, Failure> {
        let listeners = self.listeners(settings).await?;
        let routes = self.routes(page, &[], settings);
        let child = neighbour.start()?;
        let mut ended = None;
        serve(listeners, routes, async { ended = Some(child.wait().await) }).await;
        let lost = || Err(io::Error::other("nobody waited"));
        ended.unwrap_or_else(lost).map_err(|error| Failure::runtime("cannot wait for the program", &error))
    }
}

/// It is there as long as this value.
#[derive(Debug)]
enum SharedDirectory {
    /// The user's, and there before.
    Given(PathBuf),
    /// Made for the program.
    Private(TempDir),
}

impl SharedDirectory {
    /// The one that the flag names, or one of the variables; else, for a program, a private one.
    ///
    /// # Errors
    /// It is not there, cannot be made, or nobody names any.
    fn find<S>(
        beside: &Beside<S>,
        flag: Option<&Path>,
        environment: &[(OsString, OsString)],
        has_program: bool,
    ) -> Result<Self, Failure> {
        let named = beside.variables.iter().find_map(|&variable| {
            let set = environment.iter().find(|(name, value)| name == variable && !value.is_empty());
            set.map(|(_, path)| (variable.to_owned(), Path::new(path)))
        });
        let by_flag = flag.map(|path| (format!("--{}", beside.directory_flag), path));
        match by_flag.or(named) {
            Some((by, path)) => given(&by, path),
            None if has_program => private(beside.name),
            None => Err(Failure::Settings(format!(
                "{}: nothing to serve: name a directory with --{}, or a program behind `--`",
                beside.name, beside.directory_flag
            ))),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Private(directory) => directory.path(),
        }
    }

    /// Removes a private one.
    fn close(self) {
        if let Self::Private(directory) = self {
            let path = directory.path().to_owned();
            if let Err(error) = directory.close() {
                tracing::warn!(directory = %path.display(), %error, "cannot remove the private directory");
            }
        }
    }
}

/// With its absolute path: the program may go elsewhere before it looks.
fn given(by: &str, path: &Path) -> Result<SharedDirectory, Failure> {
    let directory = std::fs::metadata(path).and_then(|file| match file.is_dir() {
        true => std::path::absolute(path),
        false => Err(io::ErrorKind::NotADirectory.into()),
    });
    directory.map(SharedDirectory::Given).map_err(|error| {
        Failure::Settings(format!("{by}: cannot use {}: {error}; make the directory first", path.display()))
    })
}

fn private(name: &str) -> Result<SharedDirectory, Failure> {
    let directory = tempfile::Builder::new().prefix(&format!("{name}-")).tempdir();
    let directory = directory.map_err(|error| Failure::runtime("cannot make a private directory", &error));
    directory.map(SharedDirectory::Private)
}
