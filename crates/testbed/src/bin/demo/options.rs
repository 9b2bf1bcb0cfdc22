/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The database to show.
    pub(crate) dataset: &'static str,
    /// Whether to stop as soon as both pages were shown, as a test does.
    pub(crate) exit_when_ready: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { dataset: "nautobot-3.2.7", exit_when_ready: false };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--nautobot" => options.dataset = dataset(&arguments.next().unwrap_or_default())?,
                "--exit-when-ready" => options.exit_when_ready = true,
                _ => return Err(format!("unknown argument `{argument}`")),
            }
        }
        Ok(options)
    }
}

fn dataset(line: &str) -> Result<&'static str, String> {
    match line {
        "1.6" => Ok("nautobot-1.6.32"),
        "3.2" => Ok("nautobot-3.2.7"),
        _ => Err(format!("--nautobot takes 1.6 or 3.2, not `{line}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        Options::parse(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn chooses_the_database() {
        assert_eq!(parse(&[]).unwrap(), Options { dataset: "nautobot-3.2.7", exit_when_ready: false });
        let old = Options { dataset: "nautobot-1.6.32", exit_when_ready: true };
        assert_eq!(parse(&["--nautobot", "1.6", "--exit-when-ready"]).unwrap(), old);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert_eq!(parse(&["--nautobot"]).unwrap_err(), "--nautobot takes 1.6 or 3.2, not ``");
        assert_eq!(parse(&["-x"]).unwrap_err(), "unknown argument `-x`");
    }
}
