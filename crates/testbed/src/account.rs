//! Who runs the servers: we ourselves, or an unprivileged account when we are root, as PostgreSQL refuses root.

use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::programs;

/// The accounts that may run servers for root, best first.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// An account other than our own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// The account for a server whose directory we have just made; `None` if it is our own.
    pub(crate) fn for_owner_of(directory: &Path) -> io::Result<Option<Self>> {
        if directory.metadata()?.uid() != 0 {
            return Ok(None);
        }
        let found = UNPRIVILEGED.iter().find_map(|name| Self::named(name));
        found.map(Some).ok_or_else(|| io::Error::other("neither `postgres` nor `nobody` is an account here"))
    }

    /// Gives the directory to the account.
    pub(crate) fn own(self, directory: &Path) -> io::Result<()> {
        chown(directory, Some(self.user), Some(self.group))
    }

    /// Lets the account, without further groups, run the command.
    pub(crate) fn run(self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }

    fn named(name: &str) -> Option<Self> {
        Some(Self { user: id("-u", name)?, group: id("-g", name)? })
    }
}

fn id(kind: &str, name: &str) -> Option<u32> {
    let output = programs::command("id").args([kind, name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
