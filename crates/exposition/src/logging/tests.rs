use std::io;
use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged while `body` runs.
fn logged(level: LogLevel, format: LogFormat, body: impl FnOnce()) -> String {
    let written = Written::default();
    let writer = written.clone();
    let dispatch = dispatch(&Log { level, format }, move || writer.clone());
    tracing::dispatcher::with_default(&dispatch, body);
    let bytes = written.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn logfmt_is_one_line_with_quoted_values() {
    let line = logged(LogLevel::Info, LogFormat::Logfmt, || tracing::warn!(collector = "a b\nc", "slow"));
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.starts_with("ts="), "{line}");
    assert!(line.contains("level=warn") && line.contains(r#"collector="a b\nc""#), "{line}");
    assert!(line.contains("message=slow"), "{line}");
}

#[test]
fn json_is_one_object_per_line() {
    let line = logged(LogLevel::Info, LogFormat::Json, || tracing::warn!(collector = "models", "slow"));
    let object: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&object["level"], &object["collector"], &object["message"]),
        (&"WARN".into(), &"models".into(), &"slow".into())
    );
}

#[test]
fn the_level_is_kept() {
    let log = || {
        tracing::debug!("quiet");
        tracing::info!("normal");
        tracing::error!("loud");
    };
    assert_eq!(logged(LogLevel::Error, LogFormat::Logfmt, log).lines().count(), 1);
    assert_eq!(logged(LogLevel::Info, LogFormat::Logfmt, log).lines().count(), 2);
    assert_eq!(logged(LogLevel::Trace, LogFormat::Logfmt, log).lines().count(), 3);
}

#[test]
fn statements_with_their_values_are_never_logged() {
    // What a library says through the `log` crate counts too: tokio-postgres does.
    let _ = tracing_log::LogTracer::init();
    let lines = logged(LogLevel::Trace, LogFormat::Logfmt, || {
        tracing::debug!(target: "tokio_postgres::query", "canary");
        log::debug!(target: "tokio_postgres::query", "canary");
        log::trace!(target: "rustls::conn", "canary");
        log::info!(target: "tokio_postgres::connection", "notice");
        log::debug!(target: "other", "detail");
    });
    assert!(!lines.contains("canary"), "{lines}");
    assert!(lines.contains("notice") && lines.contains("detail"), "{lines}");
}

#[test]
fn a_panic_is_one_line() {
    let line = logged(LogLevel::Info, LogFormat::Logfmt, || {
        panic::set_hook(Box::new(log_panic));
        let _ = panic::catch_unwind(|| panic!("two\nlines"));
        let _ = panic::take_hook();
    });
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.contains(r#"panic="two\nlines""#) && line.contains("logging/tests.rs:"), "{line}");
}
