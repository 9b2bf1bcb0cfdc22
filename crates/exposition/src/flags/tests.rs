use std::path::Path;

use clap::error::ErrorKind;

use super::*;

const ABOUT: About = About {
    name: "x-exporter",
    version: String::new(),
    about: "Exports x.",
    default_listen: ":1807",
    prefix: String::new(),
    environment: Vec::new(),
    collectors: Vec::new(),
    commands: Vec::new(),
    beside: Vec::new(),
};

fn about() -> About {
    About { collectors: vec![("models".to_owned(), true), ("jobs".to_owned(), false)], ..ABOUT }
}

fn parse_all(args: &[&str]) -> Result<Flags, clap::Error> {
    let args = std::iter::once("x-exporter").chain(args.iter().copied()).map(OsString::from);
    parse(&about(), args)
}

fn parsed(args: &[&str]) -> Flags {
    parse_all(args).unwrap()
}

#[test]
fn the_command_is_sound() {
    command(&about()).debug_assert();
}

#[test]
fn nothing_given_sets_nothing() {
    let flags = parsed(&[]);
    assert!(flags.settings.is_empty() && flags.config_files.is_empty());
    assert!(!(flags.check || flags.print || flags.once || flags.list || flags.disable_defaults));
}

#[test]
fn every_flag_is_understood() {
    let flags = parsed(&[
        "--config.file=a.toml",
        "--config.file",
        "b.json",
        "--config.check",
        "--print-config",
        "--once",
        "--list-collectors",
        "--collector.disable-defaults",
        "--web.listen-address=:1",
        "--web.listen-address=unix:/run/x",
        "--web.telemetry-path=/m",
        "--web.max-requests=3",
        "--scrape.timeout=1m30s",
        "--scrape.timeout-offset=250ms",
        "--log.level=debug",
        "--log.format=json",
    ]);
    assert_eq!(flags.config_files, [PathBuf::from("a.toml"), PathBuf::from("b.json")]);
    assert!(flags.check && flags.print && flags.once && flags.list && flags.disable_defaults);
    let expected: Vec<(String, Value)> = [
        ("web.listen_address", Value::from(vec![":1", "unix:/run/x"])),
        ("web.telemetry_path", "/m".into()),
        ("web.max_requests", 3_u16.into()),
        ("scrape.timeout", "1m 30s".into()),
        ("scrape.timeout_offset", "250ms".into()),
        ("log.level", "debug".into()),
        ("log.format", "json".into()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    assert_eq!(flags.settings, expected);
}

#[test]
fn the_last_switch_of_a_collector_wins() {
    let flags =
        parsed(&["--collector.jobs", "--no-collector.models", "--collector.jobs", "--no-collector.jobs"]);
    let off = ["collectors.jobs.enabled", "collectors.models.enabled"];
    assert_eq!(flags.settings, off.map(|key| (key.to_owned(), Value::from(false))));
    let on = parsed(&["--no-collector.jobs", "--collector.jobs"]);
    assert_eq!(on.settings, [("collectors.jobs.enabled".to_owned(), Value::from(true))]);
}

#[test]
fn wrong_usage_is_refused() {
    for wrong in [
        "--collector.jbos",
        "--web.listen-address=80",
        "--web.telemetry-path=m",
        "--web.telemetry-path=/m?x",
        "--web.max-requests=0",
        "--web.max-requests=65536",
        "--scrape.timeout=soon",
        "--scrape.timeout=0s",
        "--log.level=loud",
        "--database.password=x",
        "stray",
    ] {
        let error = parse_all(&[wrong]).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{wrong}");
    }
}

#[test]
fn a_scrape_needs_some_time() {
    let message = parse_all(&["--scrape.timeout=0s"]).unwrap_err().to_string();
    assert!(message.contains("expected a duration longer than zero, such as `10s`"), "{message}");
    assert_eq!(parsed(&["--scrape.timeout-offset=0s"]).settings.len(), 1);
}

#[test]
fn help_tells_defaults_precedence_and_exit_codes() {
    let about = About {
        prefix: "X_EXPORTER_".to_owned(),
        environment: vec!["NAUTOBOT_DB_HOST".to_owned()],
        ..about()
    };
    let error = parse(&about, ["x-exporter", "--help"].map(OsString::from)).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::DisplayHelp, 0));
    let help = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Exports x.",
        "--collector.models",
        "--no-collector.jobs switches it off (default: disabled)",
        "(default: enabled)",
        "[default: :1807]",
        "variables X_EXPORTER_SECTION__KEY",
        "other programs' variables: NAUTOBOT_DB_HOST,",
        "78 bad settings",
    ] {
        assert!(help.contains(part), "{part} is missing from\n{help}");
    }
}

#[test]
fn version_is_printed_after_the_name() {
    let about = About { version: "1.2.3\nrevision abc".to_owned(), ..ABOUT };
    let error = parse(&about, ["x-exporter", "--version"].map(OsString::from)).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.exit_code()), ("x-exporter 1.2.3\nrevision abc\n", 0));
}

fn parse_commands(args: &[&str]) -> Result<Flags, clap::Error> {
    let act = |name, about, file| Act { name, about, file };
    let commands = vec![
        act("models", "Lists models", None),
        act("grants", "Prints SQL", None),
        act("import", "Prints settings", Some("A nautobot_config.py")),
    ];
    let about = About { commands, ..about() };
    let args = std::iter::once("x-exporter").chain(args.iter().copied()).map(OsString::from);
    command(&about).debug_assert();
    parse(&about, args)
}

#[test]
fn a_command_has_the_same_flags_before_and_after_its_name() {
    assert_eq!(parse_commands(&[]).unwrap().command, None);
    let flags = parse_commands(&[
        "--config.file=a.toml",
        "--log.level=debug",
        "--collector.jobs",
        "models",
        "--config.file=b.toml",
        "--scrape.timeout=3s",
        "--log.level=warn",
        "--no-collector.jobs",
    ]);
    let flags = flags.unwrap();
    assert_eq!(flags.command.as_deref(), Some("models"));
    assert_eq!(flags.config_files, [PathBuf::from("a.toml"), PathBuf::from("b.toml")]);
    let expected: Vec<(String, Value)> = [
        ("log.level", Value::from("debug")),
        ("collectors.jobs.enabled", true.into()),
        ("scrape.timeout", "3s".into()),
        ("log.level", "warn".into()),
        ("collectors.jobs.enabled", false.into()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    assert_eq!(flags.settings, expected);
}

#[test]
fn a_command_goes_neither_with_another_nor_with_what_ends_the_program() {
    let modes = ["--once", "--list-collectors", "--print-config", "--config.check"];
    let with_modes = modes.iter().flat_map(|mode| [[*mode, "models"], ["models", *mode]]);
    for wrong in with_modes.chain([["models", "grants"], ["models", "stray"], ["model", "--once"]]) {
        let error = parse_commands(&wrong).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{wrong:?}");
    }
    let error = parse_commands(&["models", "--once"]).unwrap_err().to_string();
    assert!(error.starts_with("error: --once cannot be used with the command `models`"), "{error}");
}

#[test]
fn a_command_of_a_file_takes_one_and_others_take_none() {
    let flags = parse_commands(&["import", "a b.py", "--log.level=debug"]).unwrap();
    assert_eq!(flags.file.as_deref(), Some(Path::new("a b.py")));
    assert_eq!(parse_commands(&["import", "--", "-"]).unwrap().file.as_deref(), Some(Path::new("-")));
    for wrong in [&["import"][..], &["import", "a", "b"], &["models", "a"]] {
        assert_eq!(parse_commands(wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
    }
    let help = parse_commands(&["import", "--help"]).unwrap_err().to_string();
    assert!(help.contains("Usage: x-exporter import [OPTIONS] <FILE>"), "{help}");
    assert!(help.contains("<FILE>  A nautobot_config.py"), "{help}");
}

#[test]
fn help_lists_commands_and_theirs_shows_what_concerns_them() {
    let help = |args: &[&str]| {
        let error = parse_commands(args).unwrap_err();
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::DisplayHelp, 0));
        error.to_string()
    };
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    let all = words(&help(&["--help"]));
    assert!(
        all.contains(
            "[COMMAND] Commands: models Lists models grants Prints SQL import Prints settings Options:"
        ),
        "{all}"
    );
    let models = help(&["models", "--help"]);
    assert!(models.starts_with("Lists models\n\nUsage: x-exporter models [OPTIONS]\n"), "{models}");
    let shown: Vec<&str> = models.split_whitespace().filter(|word| word.starts_with("--")).collect();
    assert_eq!(shown, ["--help", "--config.file", "--scrape.timeout", "--log.level", "--log.format"]);
}

fn worker(args: &[&str]) -> Result<Flags, clap::Error> {
    let worker = Beside {
        name: "worker",
        about: "Serves beside a worker",
        port_flag: "prom-port",
        port: 8001,
        directory_flag: "multiproc-dir",
        variables: &["MULTIPROC_DIR"],
        collectors: vec![("files".to_owned(), true)],
    };
    let about = About { beside: vec![worker], ..about() };
    let args = std::iter::once("x-exporter").chain(args.iter().copied()).map(OsString::from);
    command(&about).debug_assert();
    parse(&about, args)
}

fn listen(flags: &Flags) -> Vec<Value> {
    let last = flags.settings.iter().rfind(|(key, _)| key == "web.listen_address");
    last.unwrap().1.clone().into_array().unwrap()
}

#[test]
fn what_follows_two_dashes_is_the_other_program() {
    let flags =
        worker(&["worker", "--multiproc-dir=/d", "--no-collector.files", "--", "w", "--once", "--", "-x"]);
    let flags = flags.unwrap();
    assert_eq!(flags.command.as_deref(), Some("worker"));
    assert_eq!(flags.directory, Some("/d".into()));
    assert_eq!(flags.program, ["w", "--once", "--", "-x"]);
    assert!(!flags.once);
    assert_eq!(flags.settings[0], ("collectors.files.enabled".to_owned(), false.into()));
    let error = worker(&["worker", "w", "-x"]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let error = worker(&["worker", "--once", "--", "w"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
    assert!(worker(&["worker", "--once", "--multiproc-dir", "/d"]).unwrap().once);
}

#[test]
fn a_page_beside_another_program_has_an_address_of_its_own() {
    for (args, address) in [
        (vec!["worker"], "0.0.0.0:8001"),
        (vec!["worker", "--prom-port", "81"], "0.0.0.0:81"),
        (vec!["worker", "--web.listen-address=:82"], ":82"),
        (vec!["--web.listen-address=:82", "worker"], ":82"),
        (vec!["--web.listen-address=:82", "worker", "--prom-port=81"], "0.0.0.0:81"),
    ] {
        assert_eq!(listen(&worker(&args).unwrap()), [address.into()], "{args:?}");
    }
    let error = worker(&["worker", "--prom-port=81", "--web.listen-address=:82"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
}
