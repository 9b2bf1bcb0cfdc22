//! A page, and what may be demanded of it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use exposition::{Format, encode};
use metrics_core::{Collector, Descriptor, Limits, Outcome, Registry, Run, Scrape};

use crate::conventions::conventions;
use crate::difference::differences;
use crate::error::Error;
use crate::text;

/// As long as Prometheus waits by default.
const TIME: Duration = Duration::from_secs(10);

/// Runs `collector` once, alone and for ten seconds at most, as a registry runs it, and gives its page.
///
/// For several collectors, runs one after the other, other times or other limits see [`Page::of`].
///
/// ```
/// use collector_testkit::scrape;
/// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
/// # static FILES: Family<Gauge, 0> = Family::gauge("acme_spool_files", "Files that wait.", []);
/// # struct Spool;
/// # impl Collector for Spool {
/// #     fn name(&self) -> &str { "spool" }
/// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
/// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
/// #         out.gauge(&FILES, [], 3);
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), collector_testkit::Error> {
/// scrape(Spool).await?.assert_eq("acme_spool_files 3");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The collector failed, ran out of time or panicked; emitted what a registry refuses, such as a series twice; or emitted
/// more series than an exporter takes by default.
pub async fn scrape(collector: impl Collector) -> Result<Page, Error> {
    let mut registry = Registry::new();
    registry.register(collector, Limits::default())?;
    Page::of(&registry, &Scrape::within(TIME)).await
}

/// What collectors emitted, in Prometheus' text format, to which it [displays](fmt::Display).
///
/// ```
/// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
/// # static FILES: Family<Gauge, 0> = Family::gauge("acme_spool_files", "Files that wait.", []);
/// # struct Spool;
/// # impl Collector for Spool {
/// #     fn name(&self) -> &str { "spool" }
/// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
/// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
/// #         out.gauge(&FILES, [], 3);
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), collector_testkit::Error> {
/// let page = collector_testkit::scrape(Spool).await?;
/// assert!(page.to_string().ends_with("\nacme_spool_files 3\n"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Page {
    text: String,
    families: Vec<Descriptor>,
}

impl Page {
    /// One scrape of the collectors in `registry`, all of which have to succeed.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use collector_testkit::Page;
    /// use metrics_core::{Limits, Registry, Scrape};
    /// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
    /// # static FILES: Family<Gauge, 0> = Family::gauge("acme_spool_files", "Files that wait.", []);
    /// # struct Spool;
    /// # impl Collector for Spool {
    /// #     fn name(&self) -> &str { "spool" }
    /// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
    /// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
    /// #         out.gauge(&FILES, [], 3);
    /// #         Ok(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut registry = Registry::new();
    /// registry.register(Spool, Limits::default().max_series(10))?;
    /// for _ in 0..2 {
    ///     Page::of(&registry, &Scrape::within(Duration::from_secs(1))).await?.assert_eq("acme_spool_files 3");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`scrape`], for the first collector that did not succeed, or whose series were dropped since it was registered.
    pub async fn of(registry: &Registry, scrape: &Scrape) -> Result<Self, Error> {
        let gathered = registry.gather(scrape).await;
        gathered.runs().try_for_each(|run| check(run, scrape.time))?;
        let selected = registry.describe().filter(|(collector, _)| scrape.selection.contains(collector));
        Ok(Self {
            text: encode(Format::Text, gathered.families()),
            families: selected.flat_map(|(_, families)| families).collect(),
        })
    }

    /// The value of one series, whose labels may come in any order: `acme_spool_files{spool="mail"}`.
    ///
    /// ```
    /// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
    /// # static FILES: Family<Gauge, 1> = Family::gauge("acme_spool_files", "Files that wait.", ["spool"]);
    /// # struct Spool;
    /// # impl Collector for Spool {
    /// #     fn name(&self) -> &str { "spool" }
    /// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
    /// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
    /// #         out.gauge(&FILES, ["mail"], 3);
    /// #         Ok(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), collector_testkit::Error> {
    /// let page = collector_testkit::scrape(Spool).await?;
    /// assert_eq!(page.value(r#"acme_spool_files{spool="mail"}"#), Some(3.0));
    /// assert_eq!(page.value(r#"acme_spool_files{spool="news"}"#), None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// `series` cannot be parsed.
    #[track_caller]
    pub fn value(&self, series: &str) -> Option<f64> {
        let wanted = text::read(&format!("{series} 0"));
        let samples = text::read(&self.text).samples;
        wanted.samples.keys().find_map(|series| samples.get(series)).copied()
    }

    /// Checks that the page has these series with these values, and no others.
    ///
    /// `expected` is in the text format: a series and its value a line, in any order, indented or not. Lines `# HELP` and
    /// `# TYPE` are compared if they are there; other comments are not read.
    ///
    /// ```
    /// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
    /// # static FILES: Family<Gauge, 1> = Family::gauge("acme_spool_files", "Files that wait.", ["spool"]);
    /// # struct Spool;
    /// # impl Collector for Spool {
    /// #     fn name(&self) -> &str { "spool" }
    /// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
    /// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
    /// #         out.gauge(&FILES, ["mail"], 3);
    /// #         out.gauge(&FILES, ["news"], 0);
    /// #         Ok(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), collector_testkit::Error> {
    /// let page = collector_testkit::scrape(Spool).await?;
    /// page.assert_eq(
    ///     r#"
    ///     ## TYPE acme_spool_files gauge
    ///     acme_spool_files{spool="news"} 0
    ///     acme_spool_files{spool="mail"} 3
    ///     "#,
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// With what is missing, what is unexpected, and what has another value; or `expected` cannot be parsed.
    #[track_caller]
    pub fn assert_eq(&self, expected: &str) {
        let differences = differences(&text::read(&self.text), &text::read(expected));
        assert!(differences.is_empty(), "the page is not the expected one:\n{}", text::list(&differences));
    }

    /// Checks that the page has these series with these values, whatever else it has. `expected` is written as for
    /// [`assert_eq`](Self::assert_eq).
    ///
    /// ```
    /// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
    /// # static FILES: Family<Gauge, 1> = Family::gauge("acme_spool_files", "Files that wait.", ["spool"]);
    /// # struct Spool;
    /// # impl Collector for Spool {
    /// #     fn name(&self) -> &str { "spool" }
    /// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
    /// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
    /// #         out.gauge(&FILES, ["mail"], 3);
    /// #         out.gauge(&FILES, ["news"], 0);
    /// #         Ok(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), collector_testkit::Error> {
    /// let page = collector_testkit::scrape(Spool).await?;
    /// page.assert_contains(r#"acme_spool_files{spool="mail"} 3"#);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// With what is missing and what has another value; or `expected` cannot be parsed.
    #[track_caller]
    pub fn assert_contains(&self, expected: &str) {
        let expected = text::read(expected);
        let mut page = text::read(&self.text);
        page.samples.retain(|series, _| expected.samples.contains_key(series));
        let differences = differences(&page, &expected);
        assert!(differences.is_empty(), "the page lacks what is expected:\n{}", text::list(&differences));
    }

    /// Checks that no more than this many series are on the page: lines, that is, of which a histogram has several.
    ///
    /// ```should_panic
    /// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
    /// # static FILES: Family<Gauge, 1> = Family::gauge("acme_file_size_bytes", "Size of a file.", ["file"]);
    /// # struct Files;
    /// # impl Collector for Files {
    /// #     fn name(&self) -> &str { "files" }
    /// #     fn describe(&self) -> Vec<Descriptor> { vec![FILES.descriptor()] }
    /// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
    /// #         (0..1000).for_each(|file| out.gauge(&FILES, [&file.to_string()], 1));
    /// #         Ok(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), collector_testkit::Error> {
    /// // of a thousand files
    /// let page = collector_testkit::scrape(Files).await?;
    /// page.assert_at_most(40);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// With the number of series of each name.
    #[track_caller]
    pub fn assert_at_most(&self, series: usize) {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for series in text::read(&self.text).samples.into_keys() {
            *names.entry(series.name).or_default() += 1;
        }
        let found: usize = names.values().sum();
        let names: Vec<String> = names.iter().map(|(name, found)| format!("{found} of {name}")).collect();
        assert!(
            found <= series,
            "the page has {found} series, not {series} at most:\n{}",
            text::list(&names)
        );
    }

    /// What is wrong with the names, labels and help texts of all families that the collectors describe, whether they have
    /// samples or not: a line each, as `promtool check metrics` says it.
    ///
    /// That is: base units and no abbreviations of units, `_total` for counters and for nothing else, no name that a histogram
    /// or a summary prints, no kind in a name, no colon, `snake_case`, a help text. And one rule that promtool does not have:
    /// 27 labels at most, since Grafana Mimir refuses series of more than 30, `__name__`, `job` and `instance` included.
    ///
    /// ```
    /// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
    /// # struct Spool;
    /// # impl Collector for Spool {
    /// #     fn name(&self) -> &str { "spool" }
    /// #     fn describe(&self) -> Vec<Descriptor> { vec![OLDEST.descriptor()] }
    /// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> { Ok(()) }
    /// # }
    /// static OLDEST: Family<Gauge, 0> = Family::gauge("acme_oldest_file_days", "Age of the oldest file.", []);
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), collector_testkit::Error> {
    ///
    /// let page = collector_testkit::scrape(Spool).await?;
    /// assert_eq!(page.conventions(), [r#"acme_oldest_file_days use base unit "seconds" instead of "days""#]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn conventions(&self) -> Vec<String> {
        self.families.iter().flat_map(conventions).collect()
    }

    /// Checks that there is nothing to say by [`conventions`](Self::conventions).
    ///
    /// ```should_panic
    /// # use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
    /// # struct Spool;
    /// # impl Collector for Spool {
    /// #     fn name(&self) -> &str { "spool" }
    /// #     fn describe(&self) -> Vec<Descriptor> { vec![OLDEST.descriptor()] }
    /// #     async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> { Ok(()) }
    /// # }
    /// static OLDEST: Family<Gauge, 0> = Family::gauge("acme_oldest_file_days", "Age of the oldest file.", []);
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), collector_testkit::Error> {
    ///
    /// collector_testkit::scrape(Spool).await?.assert_conventions();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// With all that there is to say.
    #[track_caller]
    pub fn assert_conventions(&self) {
        let advice = self.conventions();
        assert!(
            advice.is_empty(),
            "families are not as Prometheus' conventions have them:\n{}",
            text::list(&advice)
        );
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn check(run: &Run, time: Duration) -> Result<(), Error> {
    let collector = run.collector().to_owned();
    match run.outcome() {
        // what awaits is cut off at the deadline
        Outcome::Success if run.duration() > time => Err(Error::Blocks { collector }),
        Outcome::Success if run.dropped_total() > 0 => {
            Err(Error::Dropped { collector, series: run.dropped_total() })
        }
        Outcome::Success => Ok(()),
        other => Err(Error::failed(collector, other)),
    }
}
