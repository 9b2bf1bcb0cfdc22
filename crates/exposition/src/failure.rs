//! Why a program ended early, with the exit code that says so.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

/// What to tell the user, and as what.
pub(crate) enum Failure {
    /// Bad settings: 78, `EX_CONFIG`.
    Settings(String),
    /// Anything that went wrong later: 1.
    Runtime(String),
}

impl Failure {
    pub(crate) fn settings(error: &dyn Error) -> Self {
        Self::Settings(chain(error))
    }

    pub(crate) fn misnamed(error: &dyn Error) -> Self {
        Self::runtime("the namespace does not fit", error)
    }

    pub(crate) fn runtime(what: &str, error: &dyn Error) -> Self {
        Self::Runtime(format!("{what}: {}", chain(error)))
    }

    /// One line on standard error.
    pub(crate) fn tell(&self, program: &str) -> ExitCode {
        let (Self::Settings(message) | Self::Runtime(message)) = self;
        // There is nobody left to tell when standard error is closed.
        let _ = writeln!(std::io::stderr(), "{program}: {message}");
        match self {
            Self::Settings(_) => ExitCode::from(78),
            Self::Runtime(_) => ExitCode::FAILURE,
        }
    }
}

/// An error with those that caused it, on one line: what a database says may have several.
pub(crate) fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
