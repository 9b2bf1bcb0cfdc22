use crate::Kind;

/// What the name of a file says: `counter_PID.db`, `histogram_PID.db`, `summary_PID.db` or `gauge_MODE_PID.db`. With another
/// beginning it says nothing of the kind, and the client takes what it has for families that other files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileName<'a> {
    pub kind: Option<Kind>,
    /// Of a gauge.
    pub gauge: Option<Gauge<'a>>,
    /// All that stands before `.db` and after the rest: a process' number, or what the program's own
    /// `process_identifier` said.
    pub identifier: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gauge<'a> {
    pub mode: Mode,
    /// Belongs to a process that runs: a name that starts with `live`.
    pub live: bool,
    /// What the client puts into the label `pid`. It differs from the identifier when that has a `_`: the client splits
    /// the whole name there, takes the third part and cuts three characters off.
    pub pid: &'a str,
}

/// How the values that several processes have for one gauge become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They do not: each has its `pid`. Also for modes that a newer client may have.
    All,
    Min,
    Max,
    Sum,
    MostRecent,
}

impl<'a> FileName<'a> {
    pub(crate) const ENDING: &'static str = ".db";

    /// `None` for a name that the client cannot take apart.
    pub(crate) fn parse(name: &'a str) -> Option<Self> {
        let stem = name.strip_suffix(Self::ENDING)?;
        let (kind, identifier) = stem.split_once('_').unwrap_or_default();
        let kind = match kind {
            "counter" => Some(Kind::Counter),
            "gauge" => return Self::gauge(name, identifier),
            "histogram" => Some(Kind::Histogram),
            "summary" => Some(Kind::Summary),
            _ => None,
        };
        Some(Self { kind, gauge: None, identifier })
    }

    fn gauge(name: &'a str, mode_and_identifier: &'a str) -> Option<Self> {
        let (mode, identifier) = mode_and_identifier.split_once('_')?;
        let third = name.split('_').nth(2)?;
        let pid = third.char_indices().nth_back(2).and_then(|(end, _)| third.get(..end)).unwrap_or_default();
        let gauge = Gauge { mode: Mode::parse(mode), live: mode.starts_with("live"), pid };
        Some(Self { kind: Some(Kind::Gauge), gauge: Some(gauge), identifier })
    }

    /// The number of the process, if it is one.
    pub(crate) fn process(&self) -> Option<i32> {
        let number: i32 = self.identifier.parse().ok().filter(|number| *number > 0)?;
        (number.to_string() == self.identifier).then_some(number)
    }

    /// Whether `mark_process_dead` deletes it.
    pub(crate) fn dies_with_its_process(&self) -> bool {
        self.gauge.is_some_and(|gauge| gauge.live)
    }
}

impl Mode {
    fn parse(mode: &str) -> Self {
        match mode {
            "min" | "livemin" => Self::Min,
            "max" | "livemax" => Self::Max,
            "sum" | "livesum" => Self::Sum,
            "mostrecent" | "livemostrecent" => Self::MostRecent,
            _ => Self::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_kind_and_process() {
        for (name, kind, process) in [
            ("counter_123.db", Kind::Counter, Some(123)),
            ("histogram_1.db", Kind::Histogram, Some(1)),
            ("summary_worker-7.db", Kind::Summary, None),
            ("gauge_livesum_42.db", Kind::Gauge, Some(42)),
            ("counter_a_5.db", Kind::Counter, None),
            ("counter_007.db", Kind::Counter, None),
            ("counter_+7.db", Kind::Counter, None),
            ("counter_0.db", Kind::Counter, None),
            ("counter_-5.db", Kind::Counter, None),
            ("counter_99999999999.db", Kind::Counter, None),
            ("counter_.db", Kind::Counter, None),
        ] {
            let file = FileName::parse(name).unwrap();
            assert_eq!((file.kind, file.process()), (Some(kind), process), "{name}");
        }
    }

    #[test]
    fn other_names_say_no_kind() {
        for name in ["counter.db", "info_5.db", "5.db", ".db", "Counter_5.db"] {
            assert_eq!(FileName::parse(name).map(|file| file.kind), Some(None), "{name}");
        }
        for name in ["gauge_all.db", "counter_5.dbx"] {
            assert_eq!(FileName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn the_pid_label_is_cut_as_the_client_cuts_it() {
        for (name, pid) in [
            ("gauge_all_123.db", "123"),
            ("gauge_all_abc_def.db", ""),
            ("gauge_all_uwsgi_3.db", "uw"),
            ("gauge_all_größe_3.db", "gr"),
            ("gauge_all_.db", ""),
        ] {
            assert_eq!(FileName::parse(name).unwrap().gauge.unwrap().pid, pid, "{name}");
        }
    }

    #[test]
    fn modes() {
        for (name, mode, live) in [
            ("gauge_all_1.db", Mode::All, false),
            ("gauge_liveall_1.db", Mode::All, true),
            ("gauge_livemin_1.db", Mode::Min, true),
            ("gauge_max_1.db", Mode::Max, false),
            ("gauge_livesum_1.db", Mode::Sum, true),
            ("gauge_livemostrecent_1.db", Mode::MostRecent, true),
            ("gauge_median_1.db", Mode::All, false),
        ] {
            let gauge = FileName::parse(name).unwrap().gauge.unwrap();
            assert_eq!((gauge.mode, gauge.live), (mode, live), "{name}");
        }
    }
}
