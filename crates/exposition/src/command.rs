//! What a program does besides serving: `acme-exporter NAME` prints something and ends.

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::flags::Act;
use crate::server::CANCELLING;

/// What a command prints, or why it cannot.
type Printed = Result<String, Box<dyn Error>>;

/// A command of a program whose settings are `S`.
pub(crate) struct Command<S> {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// What the file is that has to be named after it; `None` if it takes none.
    pub(crate) file: Option<&'static str>,
    action: Box<dyn Action<S>>,
}

impl<S> Command<S> {
    pub(crate) fn new(
        name: &'static str,
        about: &'static str,
        action: impl AsyncFn(&S, Duration) -> Printed + 'static,
    ) -> Self {
        Self { name, about, file: None, action: Box::new(WithoutFile(action)) }
    }

    /// One that reads `file`, which this is a line of help about.
    pub(crate) fn of_file(
        name: &'static str,
        about: &'static str,
        file: &'static str,
        action: impl AsyncFn(&S, &Path, Duration) -> Printed + 'static,
    ) -> Self {
        Self { name, about, file: Some(file), action: Box::new(action) }
    }

    /// What the command line says about it.
    pub(crate) fn flags(&self) -> Act {
        Act { name: self.name, about: self.about, file: self.file }
    }

    /// The text, with a newline at its end.
    ///
    /// # Errors
    /// Those of the command, and that it goes on after its time.
    pub(crate) async fn run(&self, settings: &S, file: Option<&Path>, within: Duration) -> Printed {
        let file = file.unwrap_or(Path::new(""));
        // A little longer: a command that minds its time knows better what took it.
        let printed = timeout(within + CANCELLING, self.action.run(settings, file, within)).await;
        let late = || format!("not done within {}", humantime::format_duration(within));
        match printed.map_err(|_| late().into()).flatten() {
            Ok(text) if text.is_empty() || text.ends_with('\n') => Ok(text),
            Ok(text) => Ok(text + "\n"),
            Err(error) => {
                // What was given up is being cancelled on its backend.
                sleep(CANCELLING).await;
                Err(error)
            }
        }
    }
}

impl<S> fmt::Debug for Command<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An `AsyncFn` of any type, with or without a file.
trait Action<S> {
    fn run<'a>(
        &'a self,
        settings: &'a S,
        file: &'a Path,
        within: Duration,
    ) -> Pin<Box<dyn Future<Output = Printed> + 'a>>;
}

impl<S, F: AsyncFn(&S, &Path, Duration) -> Printed> Action<S> for F {
    fn run<'a>(
        &'a self,
        settings: &'a S,
        file: &'a Path,
        within: Duration,
    ) -> Pin<Box<dyn Future<Output = Printed> + 'a>> {
        Box::pin(self(settings, file, within))
    }
}

struct WithoutFile<F>(F);

impl<S, F: AsyncFn(&S, Duration) -> Printed> Action<S> for WithoutFile<F> {
    fn run<'a>(
        &'a self,
        settings: &'a S,
        _: &'a Path,
        within: Duration,
    ) -> Pin<Box<dyn Future<Output = Printed> + 'a>> {
        Box::pin(self.0(settings, within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_text_ends_with_one_newline() {
        for (text, printed) in [("", ""), ("a", "a\n"), ("a\nb\n", "a\nb\n")] {
            let command =
                Command::new("x", "", async move |settings: &String, _| Ok(format!("{settings}{text}")));
            assert_eq!(command.run(&String::new(), None, Duration::from_secs(1)).await.unwrap(), printed);
        }
    }

    #[tokio::test]
    async fn a_command_that_minds_no_time_is_given_up() {
        let command = Command::new("x", "", async |_: &(), _| std::future::pending().await);
        let error = command.run(&(), None, Duration::from_millis(20)).await.unwrap_err();
        assert_eq!(error.to_string(), "not done within 20ms");
    }

    #[tokio::test]
    async fn a_command_that_minds_its_time_says_itself_what_took_it() {
        let command = Command::new("x", "", async |_: &(), within| {
            sleep(within).await;
            Err("the disk is asleep".into())
        });
        let error = command.run(&(), None, Duration::from_millis(20)).await.unwrap_err();
        assert_eq!(error.to_string(), "the disk is asleep");
    }

    #[tokio::test]
    async fn a_command_of_a_file_is_told_its_path() {
        let command = Command::of_file("x", "", "", async |_: &(), file, _| Ok(file.display().to_string()));
        let printed = command.run(&(), Some(Path::new("a/b")), Duration::from_secs(1)).await;
        assert_eq!(printed.unwrap(), "a/b\n");
    }
}
