//! The command line.

mod beside;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum};
use figment::value::Value;

pub(crate) use self::beside::Beside;
use crate::settings::{Listen, LogFormat, LogLevel, path_to_serve, time_limit};

/// What the flags of one exporter say about it.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    /// Printed after the name; may have several lines.
    pub(crate) version: String,
    pub(crate) about: &'static str,
    pub(crate) default_listen: &'static str,
    /// How its own environment variables start, with the `_` at its end.
    pub(crate) prefix: String,
    /// Names of another program's environment variables that set something here.
    pub(crate) environment: Vec<String>,
    /// The names of the collectors on its own page, and whether they are on by default.
    pub(crate) collectors: Vec<(String, bool)>,
    /// What it does besides serving.
    pub(crate) commands: Vec<Act>,
    /// Pages that it serves beside another program.
    pub(crate) beside: Vec<Beside>,
}

/// What the command line says about something that the program does besides serving.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    /// Its line in `--help`.
    pub(crate) about: &'static str,
    /// The line about the file that has to be named after it, if it reads one.
    pub(crate) file: Option<&'static str>,
}

/// The parsed command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    /// In the order given: the later wins.
    pub(crate) config_files: Vec<PathBuf>,
    pub(crate) check: bool,
    pub(crate) print: bool,
    pub(crate) once: bool,
    pub(crate) list: bool,
    pub(crate) disable_defaults: bool,
    /// What overrides settings, by dotted key.
    pub(crate) settings: Vec<(String, Value)>,
    /// What to do instead of serving its own page.
    pub(crate) command: Option<String>,
    /// What that reads.
    pub(crate) file: Option<PathBuf>,
    /// The directory that a page shares with the program beside it.
    pub(crate) directory: Option<PathBuf>,
    /// That program and its arguments.
    pub(crate) program: Vec<OsString>,
}

/// Parses the command line, its first argument being the program's name.
///
/// # Errors
/// Wrong usage, and also `--help` and `--version`: the error knows what to print and with which exit code to end.
pub(crate) fn parse(about: &About, args: impl IntoIterator<Item = OsString>) -> Result<Flags, clap::Error> {
    let mut command = command(about);
    let matches = command.try_get_matches_from_mut(args)?;
    let mut flags = Flags::given(&matches, &about.collectors)?;
    if let Some((name, matches)) = matches.subcommand() {
        let refused = match about.beside.iter().find(|beside| beside.name == name) {
            Some(beside) => {
                flags.extend(Flags::given(matches, &beside.collectors)?);
                beside.read(matches, &mut flags);
                let is_empty = flags.once && !flags.program.is_empty();
                is_empty.then(|| "--once cannot be used in front of another program".to_owned())
            }
            None => {
                flags.extend(Flags::given(matches, &about.collectors)?);
                flags.file = matches.try_get_one(FILE).ok().flatten().cloned();
                let flag = flags.instead_of_serving();
                flag.map(|flag| format!("{flag} cannot be used with the command `{name}`"))
            }
        };
        if let Some(message) = refused {
            return Err(command.error(ErrorKind::ArgumentConflict, message));
        }
        flags.command = Some(name.to_owned());
    }
    Ok(flags)
}

impl Flags {
    fn given(matches: &ArgMatches, collectors: &[(String, bool)]) -> Result<Self, clap::Error> {
        let fixed = Fixed::from_arg_matches(matches)?;
        let collectors = switched(collectors, matches);
        let mut settings = fixed.settings();
        settings
            .extend(collectors.iter().map(|(name, &on)| (format!("collectors.{name}.enabled"), on.into())));
        Ok(Self {
            config_files: fixed.config_files,
            check: fixed.check,
            print: fixed.print,
            once: fixed.once,
            list: fixed.list,
            disable_defaults: fixed.disable_defaults,
            settings,
            ..Self::default()
        })
    }

    /// Adds those that were given later.
    fn extend(&mut self, later: Self) {
        self.config_files.extend(later.config_files);
        self.settings.extend(later.settings);
        self.check |= later.check;
        self.print |= later.print;
        self.once |= later.once;
        self.list |= later.list;
        self.disable_defaults |= later.disable_defaults;
    }

    fn instead_of_serving(&self) -> Option<&'static str> {
        let flags = [
            ("--config.check", self.check),
            ("--print-config", self.print),
            ("--once", self.once),
            ("--list-collectors", self.list),
        ];
        flags.into_iter().find_map(|(flag, given)| given.then_some(flag))
    }
}

const EXIT_CODES: &str = "Exit codes: 0 success, 1 failure at run time, 2 wrong usage, 78 bad settings.";

/// Where settings come from, for the end of `--help`.
fn after_help(prefix: &str, environment: &[String]) -> String {
    let foreign = match environment {
        [] => String::new(),
        names => format!("\n  other programs' variables: {},", names.join(", ")),
    };
    format!(
        "Settings, the first that says something wins:\n  flags,\n  environment variables \
         {prefix}SECTION__KEY,\n  settings files, the last one first,{foreign}\n  defaults.\n\
         A secret has no flag. Every KEY can be given as KEY_file (in a variable: ..._FILE), the path of a file that \
         holds it.\n\n{EXIT_CODES}"
    )
}

/// The flags that every exporter has.
#[derive(Args)]
struct Fixed {
    /// Settings file, TOML or JSON by its ending; repeatable, the later wins
    #[arg(long = "config.file", value_name = "PATH", help_heading = "Settings")]
    config_files: Vec<PathBuf>,
    /// Check the settings and end; connects to nothing
    #[arg(long = "config.check", help_heading = "Settings")]
    check: bool,
    /// Print the effective settings, secrets masked, and end
    #[arg(long = "print-config", help_heading = "Settings")]
    print: bool,

    /// Print one scrape and end; exit code 1 if a collector failed
    #[arg(long)]
    once: bool,

    /// List the collectors and end
    #[arg(long = "list-collectors", help_heading = "Collectors")]
    list: bool,
    /// Run only the collectors that are switched on explicitly
    #[arg(long = "collector.disable-defaults", help_heading = "Collectors")]
    disable_defaults: bool,

    /// Where to listen: `:port`, `host:port`, `[::1]:port` or `unix:/path`; repeatable
    #[arg(long = "web.listen-address", value_name = "ADDRESS", help_heading = "Web")]
    listen_address: Vec<Listen>,
    /// Path of the page with the metrics [default: /metrics]
    #[arg(long = "web.telemetry-path", value_name = "PATH", value_parser = path_to_serve, help_heading = "Web")]
    telemetry_path: Option<String>,
    /// How many scrapes are answered at the same time; more get status 503 [default: 40]
    #[arg(long = "web.max-requests", value_name = "NUMBER", help_heading = "Web")]
    max_requests: Option<NonZeroU16>,

    /// Longest time of a scrape; the limit that Prometheus sends along shortens it [default: 10s]
    #[arg(long = "scrape.timeout", value_name = "TIME", value_parser = time_limit, help_heading = "Scrape")]
    timeout: Option<Duration>,
    /// How much of Prometheus' limit is kept back for the way of the answer [default: 500ms]
    #[arg(long = "scrape.timeout-offset", value_name = "TIME", value_parser = humantime::parse_duration)]
    #[arg(help_heading = "Scrape")]
    timeout_offset: Option<Duration>,

    /// The least urgent level that is logged: error, warn, info, debug or trace [default: info]
    #[arg(long = "log.level", value_name = "LEVEL", hide_possible_values = true, help_heading = "Log")]
    log_level: Option<LogLevel>,
    /// The form of a line: logfmt or json [default: logfmt]
    #[arg(long = "log.format", value_name = "FORMAT", hide_possible_values = true, help_heading = "Log")]
    log_format: Option<LogFormat>,
}

impl Fixed {
    fn settings(&self) -> Vec<(String, Value)> {
        let listen: Vec<String> = self.listen_address.iter().map(Listen::to_string).collect();
        let time = |time: Duration| Value::from(humantime::format_duration(time).to_string());
        let settings = [
            ("web.listen_address", (!listen.is_empty()).then(|| listen.into())),
            ("web.telemetry_path", self.telemetry_path.clone().map(Value::from)),
            ("web.max_requests", self.max_requests.map(|number| number.get().into())),
            ("scrape.timeout", self.timeout.map(time)),
            ("scrape.timeout_offset", self.timeout_offset.map(time)),
            ("log.level", self.log_level.and_then(name)),
            ("log.format", self.log_format.and_then(name)),
        ];
        settings.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }
}

/// Which flags `--help` of a command shows. It takes the others too, as before its name, but what they set is not its
/// concern.
const OF_COMMANDS: [&str; 4] = ["config_files", "timeout", "log_level", "log_format"];

fn command(about: &About) -> Command {
    let commands = about.commands.iter().map(|act| {
        with_flags(act.name, act.about, about, &about.collectors)
            .mut_arg("timeout", |arg| arg.help("Longest time that it may take [default: 10s]"))
            .mut_args(|arg| if OF_COMMANDS.contains(&arg.get_id().as_str()) { arg } else { arg.hide(true) })
            .args(act.file.map(file))
    });
    with_flags(about.name, about.about, about, &about.collectors)
        .version(about.version.clone())
        .subcommands(commands)
        .subcommands(about.beside.iter().map(|beside| beside.command(about)))
        .disable_help_subcommand(true)
        .max_term_width(110)
}

/// The file that a command reads.
const FILE: &str = "FILE";

fn file(help: &'static str) -> Arg {
    Arg::new(FILE).required(true).value_parser(clap::value_parser!(PathBuf)).help(help)
}

fn with_flags(
    name: &'static str,
    line: &'static str,
    about: &About,
    collectors: &[(String, bool)],
) -> Command {
    Fixed::augment_args(Command::new(name))
        .about(line)
        .mut_arg("listen_address", |arg| {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            arg.help(format!("{help} [default: {}]", about.default_listen))
        })
        .args(collectors.iter().flat_map(|(name, enabled)| switches(name, *enabled)))
        .after_help(after_help(&about.prefix, &about.environment))
}

/// `--collector.NAME` and `--no-collector.NAME`, of which the last one wins.
fn switches(name: &str, enabled: bool) -> [Arg; 2] {
    let (on, off) = (switch_on(name), switch_off(name));
    let default = if enabled { "enabled" } else { "disabled" };
    let flag = |id: &str| {
        let arg = Arg::new(id.to_owned()).long(id.to_owned()).action(ArgAction::SetTrue);
        arg.overrides_with_all([on.clone(), off.clone()]).help_heading("Collectors")
    };
    let help = format!("Run this collector; --{off} switches it off (default: {default})");
    [flag(&on).help(help), flag(&off).hide(true)]
}

fn switched(collectors: &[(String, bool)], matches: &ArgMatches) -> BTreeMap<String, bool> {
    let state = |name: &str| {
        let on = matches.get_flag(&switch_on(name));
        (on || matches.get_flag(&switch_off(name))).then_some(on)
    };
    collectors.iter().filter_map(|(name, _)| Some((name.clone(), state(name)?))).collect()
}

fn switch_on(name: &str) -> String {
    format!("collector.{name}")
}

fn switch_off(name: &str) -> String {
    format!("no-collector.{name}")
}

fn name(chosen: impl ValueEnum) -> Option<Value> {
    Some(chosen.to_possible_value()?.get_name().into())
}

#[cfg(test)]
mod tests;
