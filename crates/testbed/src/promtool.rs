#![expect(clippy::panic, reason = "a test whose page is malformed has failed")]

use std::io::{self, Write};

use crate::programs;

/// What `promtool check metrics` advises on a page in the text format, a line each; `None`, with a line on the standard
/// error, if promtool is not installed.
///
/// # Panics
/// The page cannot be parsed.
pub fn lints(page: &str) -> Option<Vec<String>> {
    if !programs::is_installed("promtool") {
        // past the capture of a test's output: what was not checked has to be seen
        let _ =
            writeln!(io::stderr(), "SKIPPED: promtool is not installed, nobody checked the page's format");
        return None;
    }
    let mut command = programs::command("promtool");
    let output = programs::fed(command.args(["check", "metrics"]), page.as_bytes())
        .unwrap_or_else(|error| panic!("cannot run promtool: {error}"));
    let printed = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Some(Vec::new()),
        Some(LINT) => Some(printed.lines().map(str::to_owned).collect()),
        _ => panic!("promtool: {printed}\n{page}"),
    }
}

/// How promtool ends when it has advice on a page that it can parse.
const LINT: i32 = 3;
