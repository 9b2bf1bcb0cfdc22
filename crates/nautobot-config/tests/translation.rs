//! Files as Nautobots of all lines have them, with what they come to beside them, and files that nobody should have.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use nautobot_config::{Error, import, translate};

fn files() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let mut files: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "py"));
    files.sort();
    files
}

/// To write one anew: `cargo run --bin app-exporter -- import FILE.py >FILE.toml`; then read the difference.
#[test]
fn each_file_comes_to_what_lies_beside_it() {
    assert!(files().len() >= 12);
    for file in files() {
        let (settings, beside) = (import(&file).unwrap(), file.with_extension("toml"));
        assert_eq!(settings, fs::read_to_string(&beside).unwrap(), "{}", file.display());
    }
}

#[test]
fn no_secret_is_copied() {
    for file in files() {
        let settings = import(&file).unwrap();
        assert!(!settings.contains("s3cr3t"), "{}: {settings}", file.display());
    }
    for secret in [
        r#"CELERY_BROKER_URL = "redis://:" + "s3cr3t" + "@h/0""#,
        r#"CELERY_BROKER_URL = os.getenv("NAUTOBOT_CELERY_BROKER_URL", "redis://:s3cr3t@h/0")"#,
        r#"CELERY_BROKER_URL = "redis://:s3cr3t@h:notaport/0""#,
        r#"CELERY_BROKER_URL = "redis://h/0?password=s3cr3t""#,
        r#"CELERY_BROKER_URL = "sentinel://h/0;sentinel://:s3cr3t@h/0""#,
        r#"CACHES = {"default": {"LOCATION": "redis://:s3cr3t@h:99999/0"}}"#,
        r#"CACHES = {"default": {"LOCATION": "redis://h/s3cr3t"}}"#,
        r#"DATABASES = {"default": {"PASSWORD": os.getenv("NAUTOBOT_DB_PASSWORD", "s3cr3t")}}"#,
        r#"DATABASES = {"default": {"PASSWORD": ["s3cr3t"]}}"#,
        r#"DATABASES = {"default": {"PASSWORD": b"s3cr3t"}}"#,
        r#"RQ_QUEUES = {"default": {"HOST": "h", "PASSWORD": "s3cr3t"}}"#,
        r#"RQ_QUEUES = {"default": {"URL": "redis://:s3cr3t@h"}}"#,
        r#"PLUGINS_CONFIG = {"nautobot_capacity_metrics": {"app_metrics": {"extras": [lambda: "s3cr3t", f("s3cr3t")]}}}"#,
    ] {
        let settings = translate(secret).unwrap();
        assert!(!settings.contains("s3cr3t"), "{secret}: {settings}");
    }
}

#[test]
fn what_is_no_python_is_told_with_its_line() {
    let deep = "[".repeat(100_000);
    let deep_strings = "f'{".repeat(100_000);
    let cases = [
        ("A = {\n'a': [1, 2)\n}", 2, "`)` does not close `[` of line 2"),
        ("\nA = {\n", 2, "`{` is never closed"),
        ("A = ]", 1, "`]` closes nothing"),
        ("A = 1\nB = 'x\n'", 2, "a string does not end on its line"),
        ("A = 1\n\n\"\"\"x\n", 3, "a string in triple quotes never ends"),
        ("A = f'{x'", 1, "a string does not end on its line"),
        ("A = '''\n\\xg0'''", 2, "an escape that is no character"),
        ("A = '\\x+4'", 1, "an escape that is no character"),
        ("A = '\\ud800'", 1, "an escape that is no character"),
        ("A = 1 ? 2", 1, "unexpected character '?'"),
        ("A = \0", 1, "unexpected character '\\0'"),
        (&deep, 1, "brackets nested deeper than 100"),
        (&deep_strings, 1, "strings nested too deeply"),
    ];
    for (source, line, reason) in cases {
        let error = translate(source).unwrap_err();
        assert_eq!((error.line, error.reason.as_str()), (line, reason), "{:.40}", source);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("nautobot_config.py");
    assert!(matches!(import(&file), Err(Error::Unreadable { .. })));
    fs::write(&file, b"# a\n# \xff\n").unwrap();
    assert_eq!(import(&file).unwrap_err().to_string(), format!("{}:2: not UTF-8", file.display()));
    assert!(matches!(import(Path::new("/dev/zero")), Err(Error::TooLarge { .. })));
    assert!(matches!(import(directory.path()), Err(Error::Unreadable { .. })));
}

#[test]
fn large_files_take_no_time() {
    for part in [
        "-",
        "not ",
        "lambda:",
        "A = ",
        "'a'",
        "f'{x}'",
        "{**a}, ",
        "DATABASES = ",
        "os.getenv('x', ",
        "\\\n",
        "x[0]",
        "#",
        "; ",
    ] {
        let source = part.repeat(200_000 / part.len());
        let _ = translate(&source);
        let _ = translate(&format!("PLUGINS_CONFIG = {{'nautobot_capacity_metrics': [{source}]}}"));
    }
    let string = format!("A = f'{}'", "{x}\\\n".repeat(100_000));
    translate(&string).unwrap();
}
