//! Commands of a program, and keys of a collector's own, as an operator meets them: with the program of `examples/`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Beside the directory of the tests' own binaries; cargo builds it for tests unless told which target to test.
fn program() -> Command {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/spool-exporter");
    assert!(program.exists(), "to be built first: cargo build -p exposition --examples");
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// A spool of three files, two of them jobs, and the settings to look at those.
fn spool() -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let spool = directory.path().join("spool");
    fs::create_dir(&spool).unwrap();
    for name in ["a.job", "b.job", "c.lock"] {
        fs::write(spool.join(name), "").unwrap();
    }
    let settings = format!("[spool]\ndirectory = {spool:?}\n[collectors.files]\nending = \".job\"\n");
    let file = written(&directory, "spool.toml", &settings);
    (directory, file)
}

fn written(directory: &TempDir, name: &str, text: &str) -> String {
    let path: PathBuf = directory.path().join(name);
    fs::write(&path, text).unwrap();
    format!("--config.file={}", path.display())
}

/// Exit code, standard output and standard error.
fn told(output: &Output) -> (i32, &str, &str) {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_command_prints_what_it_has_to_say() {
    let (_directory, file) = spool();
    for arguments in [["files", &file], [&file, "files"]] {
        assert_eq!(told(&run(&arguments)), (0, "a.job\nb.job\n", ""));
    }
    let all = program().args(["files", &file]).env("SPOOL_EXPORTER_COLLECTORS__FILES__ENDING", "").output();
    assert_eq!(told(&all.unwrap()).1, "a.job\nb.job\nc.lock\n");
}

#[test]
fn a_failure_is_one_line_and_exit_code_1() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("nowhere");
    let file = written(&directory, "s.toml", &format!("spool.directory = {nowhere:?}"));
    let expected = format!(
        "spool-exporter: files: cannot read the directory {}: No such file or directory (os error 2)\n",
        nowhere.display()
    );
    assert_eq!(told(&run(&["files", &file])), (1, "", expected.as_str()));
}

#[test]
fn bad_settings_are_told_as_for_serving() {
    let directory = tempfile::tempdir().unwrap();
    let file = written(&directory, "s.toml", "[collectors.files]\nendign = \"x\"");
    let output = run(&["files", &file]);
    let (code, printed, error) = told(&output);
    assert_eq!((code, printed), (78, ""));
    assert!(
        error.ends_with("s.toml:2: unknown key `collectors.files.endign`; did you mean `ending`?\n"),
        "{error}"
    );
    assert_eq!(told(&run(&["--once", &file])), (78, "", error));
    assert_eq!(run(&["flies"]).status.code(), Some(2));
}

#[test]
fn nobody_who_reads_is_no_failure() {
    let (_directory, file) = spool();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program().args(["files", &file]).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(told(&output.wait_with_output().unwrap()), (0, "", ""));
}

#[test]
fn help_lists_the_command_and_the_command_has_help() {
    let help = run(&["--help"]);
    assert!(told(&help).1.contains("Commands:\n  files  List the files that are counted\n"), "{help:?}");
    let help = run(&["files", "--help"]);
    let (code, printed, _) = told(&help);
    assert!(code == 0 && printed.starts_with("List the files that are counted\n"), "{printed}");
}

#[test]
fn a_scrape_and_the_printed_settings_know_the_collectors_own_key() {
    let (_directory, file) = spool();
    let page = run(&["--once", &file]);
    assert!(told(&page).1.lines().any(|line| line == "spool_files 2"), "{page:?}");
    let settings = run(&["--print-config", &file]);
    let section = told(&settings).1.split_once("[collectors.files]\n").unwrap().1;
    assert!(
        section.starts_with("ending = \".job\"  # ") && section.contains("max_series = 50000"),
        "{section}"
    );
}
