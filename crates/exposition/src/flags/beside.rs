//! The command line of a page beside another program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PathBufValueParser};
use clap::{Arg, ArgMatches, Command, value_parser};
use figment::value::Value;

use super::{About, Flags, with_flags};

/// What its flags say about it.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) port_flag: &'static str,
    pub(crate) port: u16,
    pub(crate) directory_flag: &'static str,
    /// Environment variables that name the directory.
    pub(crate) variables: &'static [&'static str],
    /// The names of its collectors, and whether they are on by default.
    pub(crate) collectors: Vec<(String, bool)>,
}

const LISTEN_ADDRESS: &str = "listen_address";
const PORT: &str = "PORT";
const DIRECTORY: &str = "DIR";
const PROGRAM: &str = "PROGRAM";

impl Beside {
    pub(super) fn command(&self, about: &About) -> Command {
        let variables: Vec<String> =
            self.variables.iter().map(|name| format!("that of {name}, else ")).collect();
        with_flags(self.name, self.about, about, &self.collectors)
            .mut_arg(LISTEN_ADDRESS, |arg| {
                arg.help(
                    "Where to listen, in place of a port: `:port`, `host:port` or `unix:/path`; repeatable",
                )
            })
            .mut_arg("once", |arg| {
                arg.help("Print the page of a directory and end; exit code 1 if a collector failed")
            })
            .arg(
                Arg::new(PORT)
                    .long(self.port_flag)
                    .value_name(PORT)
                    .value_parser(value_parser!(u16))
                    .conflicts_with(LISTEN_ADDRESS)
                    .help(format!(
                        "Port to serve the page on, on every IPv4 address [default: {}]",
                        self.port
                    )),
            )
            .arg(
                Arg::new(DIRECTORY)
                    .long(self.directory_flag)
                    .value_name(DIRECTORY)
                    .value_parser(PathBufValueParser::new())
                    .help(format!(
                        "Directory that the program and the page share [default: {}a private one]",
                        variables.concat()
                    )),
            )
            .arg(Arg::new(PROGRAM).num_args(1..).last(true).value_parser(OsStringValueParser::new()).help(
                "Program to run beside the page, with its arguments; without one a directory is served",
            ))
    }

    /// What was given to it, before its name or behind. Where it listens is never left to files or the environment.
    pub(super) fn read(&self, matches: &ArgMatches, flags: &mut Flags) {
        flags.directory = matches.get_one::<PathBuf>(DIRECTORY).cloned();
        flags.program = matches.get_many::<OsString>(PROGRAM).into_iter().flatten().cloned().collect();
        let given = matches.get_one::<u16>(PORT);
        let listen = "web.listen_address";
        if given.is_some() || !flags.settings.iter().any(|(key, _)| key == listen) {
            let address = format!("0.0.0.0:{}", given.unwrap_or(&self.port));
            flags.settings.push((listen.to_owned(), Value::from(vec![address])));
        }
    }
}
