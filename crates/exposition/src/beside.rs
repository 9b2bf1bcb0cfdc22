//! A page that is served beside another program: what an author says of it.

use std::fmt;
use std::path::Path;

use crate::flags;
use crate::wiring::{Wiring, WiringError};

/// A page of its own, served beside another program that this one starts: `acme-exporter NAME -- PROGRAM ARGUMENTS…`.
///
/// The two share a directory. The program writes to it and learns where it is from environment variables, the collectors
/// read from it. Without a directory from the user the program gets a private one, which is removed when it has ended.
///
/// The program keeps standard input, output and error. Signals that ask for something are passed on to it once, processes that it
/// leaves to us are reaped, and when it ends, so do we, with its exit status or of the same signal. Nothing that
/// happens to the page ends it. It is started when the page's port is ours, and not at all if anything is wrong before.
/// Without a program the page of a directory is served as any other.
///
/// The page has the program's settings, but for its address: that is only said with flags, since one settings file
/// may be that of several pages on one host.
///
/// ```no_run
/// use std::path::Path;
///
/// use exposition::{Beside, Program, Wiring, WiringError};
/// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
/// # static FILES: Family<Gauge, 0> = Family::gauge("acme_spool_files", "Files that wait.", []);
/// # struct Spool(std::path::PathBuf);
/// # impl Collector for Spool {
/// #     fn name(&self) -> &str { "spool" }
/// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
/// #     async fn collect(&self, _: &mut Samples) -> Result<(), CollectError> { Ok(()) }
/// # }
///
/// fn watch(_: &(), spool: &Path, page: &mut Wiring) -> Result<(), WiringError> {
///     page.add(Spool(spool.to_owned()));
///     Ok(())
/// }
///
/// fn main() -> std::process::ExitCode {
///     let printer = Beside::new("printer", "Serve the files that wait, beside what prints them", watch)
///         .port("port", 19002)
///         .directory("spool", &["ACME_SPOOL"]);
///     // acme-exporter printer --port 19002 -- acme-print --verbose
///     Program::new("acme-exporter", "1.0.0", "acme").beside(printer).run(|_: &(), _| Ok(()))
/// }
/// ```
#[must_use = "it is part of a program: give it to Program::beside"]
pub struct Beside<S> {
    pub(crate) name: &'static str,
    about: &'static str,
    port_flag: &'static str,
    port: u16,
    pub(crate) directory_flag: &'static str,
    pub(crate) variables: &'static [&'static str],
    wire: Box<Wire<S>>,
}

type Wire<S> = dyn Fn(&S, &Path, &mut Wiring) -> Result<(), WiringError>;

impl<S> Beside<S> {
    /// A command of this name, with its line in `--help`, and what makes its collectors from settings and directory.
    ///
    /// As for [`Program::run`](crate::Program::run), `wire` is called with the default settings first, when there is no such
    /// directory, and has to succeed: it opens nothing.
    pub fn new(
        name: &'static str,
        about: &'static str,
        wire: impl Fn(&S, &Path, &mut Wiring) -> Result<(), WiringError> + 'static,
    ) -> Self {
        Self {
            name,
            about,
            port_flag: "port",
            port: 9001,
            directory_flag: "directory",
            variables: &[],
            wire: Box::new(wire),
        }
    }

    /// The flag for the port, without its dashes, and the port without it: `port` and 9001. It is that of every IPv4 address of the
    /// machine; `--web.listen-address` can say more.
    pub fn port(mut self, flag: &'static str, port: u16) -> Self {
        self.port_flag = flag;
        self.port = port;
        self
    }

    /// The flag for the directory, without its dashes, and the environment variables that tell the program where it is: `directory`, and
    /// none. If the flag is not given and one of the variables is set already, the first such names the directory.
    pub fn directory(mut self, flag: &'static str, variables: &'static [&'static str]) -> Self {
        self.directory_flag = flag;
        self.variables = variables;
        self
    }

    pub(crate) fn flags(&self, page: &Wiring) -> flags::Beside {
        flags::Beside {
            name: self.name,
            about: self.about,
            port_flag: self.port_flag,
            port: self.port,
            directory_flag: self.directory_flag,
            variables: self.variables,
            collectors: page.switches(),
        }
    }

    pub(crate) fn wire(&self, settings: &S, directory: &Path, page: &mut Wiring) -> Result<(), WiringError> {
        (self.wire)(settings, directory, page)
    }
}

impl<S> fmt::Debug for Beside<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").field("name", &self.name).finish_non_exhaustive()
    }
}
