/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// What to show.
    pub(crate) nautobot: Nautobot,
    /// Whether to stop as soon as both pages were shown, as a test does.
    pub(crate) exit_when_ready: bool,
}

/// A line of Nautobot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nautobot {
    /// Runs its jobs with RQ.
    V1_6,
    /// Runs them with Celery.
    V3_2,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { nautobot: Nautobot::V3_2, exit_when_ready: false };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--nautobot" => options.nautobot = Nautobot::parse(&arguments.next().unwrap_or_default())?,
                "--exit-when-ready" => options.exit_when_ready = true,
                _ => return Err(format!("unknown argument `{argument}`")),
            }
        }
        Ok(options)
    }
}

impl Nautobot {
    fn parse(line: &str) -> Result<Self, String> {
        match line {
            "1.6" => Ok(Self::V1_6),
            "3.2" => Ok(Self::V3_2),
            _ => Err(format!("--nautobot takes 1.6 or 3.2, not `{line}`")),
        }
    }

    /// Its database.
    pub(crate) fn dataset(self) -> &'static str {
        match self {
            Self::V1_6 => "nautobot-1.6.32",
            Self::V3_2 => "nautobot-3.2.7",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        Options::parse(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn chooses_the_nautobot() {
        assert_eq!(parse(&[]).unwrap(), Options { nautobot: Nautobot::V3_2, exit_when_ready: false });
        let old = Options { nautobot: Nautobot::V1_6, exit_when_ready: true };
        assert_eq!(parse(&["--nautobot", "1.6", "--exit-when-ready"]).unwrap(), old);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert_eq!(parse(&["--nautobot"]).unwrap_err(), "--nautobot takes 1.6 or 3.2, not ``");
        assert_eq!(parse(&["-x"]).unwrap_err(), "unknown argument `-x`");
    }
}
