//! The collectors that a program offers, before it is known which of them run.

use std::collections::BTreeSet;

use metrics_core::{BoxCollector, Collector, Descriptor, Limits, RegisterError, Registry};

use crate::UP;
use crate::settings::ExporterSettings;

/// What may go wrong while collectors are made from settings: any error, shown to the user as one line.
pub type WiringError = Box<dyn std::error::Error>;

/// The collectors of a program, in the order of the page.
#[derive(Debug, Default)]
pub struct Wiring {
    offered: Vec<Offered>,
    own: Vec<Descriptor>,
    defects: Vec<String>,
}

/// A collector that a program offers.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) collector: BoxCollector,
    pub(crate) when: When,
}

/// When a collector runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// On every page, whatever flags, settings and requests say.
    Always,
    /// Unless it is switched off.
    On,
    /// If it is switched on.
    Off,
}

impl Wiring {
    /// Nothing yet, on a page of an exporter with these families of its own.
    pub(crate) fn new(own: Vec<Descriptor>) -> Self {
        Self { own, ..Self::default() }
    }

    /// The families in which the exporter tells of itself: no collector may emit them, nor one that shares a name with
    /// them. For collectors whose families are data.
    pub fn own_families(&self) -> &[Descriptor] {
        &self.own
    }

    /// A collector that runs unless `--no-collector.NAME` or the settings switch it off.
    pub fn add(&mut self, collector: impl Collector) {
        self.offer(collector, When::On);
    }

    /// A collector that runs if `on`, unless flags or the section `[collectors.NAME]` say otherwise.
    pub fn add_if(&mut self, on: bool, collector: impl Collector) {
        self.offer(collector, if on { When::On } else { When::Off });
    }

    /// Several collectors, each with whether it is on by default: see [`add_if`](Self::add_if).
    pub fn add_all(&mut self, collectors: impl IntoIterator<Item = (BoxCollector, bool)>) {
        for (collector, on) in collectors {
            self.add_if(on, collector);
        }
    }

    /// The collector that tells whether the backend answers. It has to be named `up`, and describes a gauge without
    /// labels, such as `acme_up`.
    ///
    /// It runs for every page, whatever flags, settings and requests say. When it fails, the page says 0.
    pub fn up(&mut self, collector: impl Collector) {
        self.offer(collector, When::Always);
    }

    /// Something that is wrong and that a running exporter can do without until it is mended, such as one of many files that a
    /// collector reads: `--config.check` ends with it, and otherwise nothing happens here. To log it is the collector's part.
    pub fn defect(&mut self, defect: impl Into<String>) {
        self.defects.push(defect.into());
    }

    /// The [`defect`](Self::defect)s, on one line.
    pub(crate) fn defects(&self) -> Option<String> {
        (!self.defects.is_empty()).then(|| self.defects.join("; "))
    }

    fn offer(&mut self, collector: impl Collector, when: When) {
        self.offered.push(Offered { collector: BoxCollector::new(collector), when });
    }

    pub(crate) fn offered(&self) -> impl Iterator<Item = &Offered> {
        self.offered.iter()
    }

    /// The collectors that can be switched, and whether they are on.
    pub(crate) fn switches(&self) -> Vec<(String, bool)> {
        let switched = self.offered.iter().filter(|offered| offered.when != When::Always);
        switched.map(|offered| (offered.collector.name().to_owned(), offered.when == When::On)).collect()
    }

    /// Whether these collectors can live on one page, whichever of them run.
    pub(crate) fn check(&self) -> Result<(), WiringError> {
        let mut registry = Registry::new();
        registry.reserve("exporter", &self.own)?;
        let mut names = BTreeSet::new();
        for Offered { collector, when } in &self.offered {
            let name = collector.name();
            if !names.insert(name) {
                return Err(RegisterError::DuplicateName(name.to_owned()).into());
            }
            if (name == UP) != (*when == When::Always) {
                return Err(format!(
                    "the collector named `{UP}`, and no other, goes to Wiring::up, not `{name}`"
                )
                .into());
            }
            registry.reserve(name, &collector.describe())?;
        }
        Ok(())
    }

    /// Registers what runs, after keeping the exporter's own families from them.
    pub(crate) fn into_registry(
        self,
        settings: &ExporterSettings,
        disable_defaults: bool,
    ) -> Result<Registry, RegisterError> {
        let mut registry = Registry::new();
        registry.reserve("exporter", &self.own)?;
        for Offered { collector, when } in self.offered {
            let name = collector.name().to_owned();
            if runs(&name, when, settings, disable_defaults) {
                registry.register(collector, limits(&name, settings))?;
            }
        }
        Ok(registry)
    }
}

/// What flags or settings say of the collector comes before what the program wired.
fn runs(name: &str, when: When, settings: &ExporterSettings, disable_defaults: bool) -> bool {
    let said = settings.collectors.get(name).and_then(|collector| collector.enabled);
    when == When::Always || said.unwrap_or(when == When::On && !disable_defaults)
}

fn limits(name: &str, settings: &ExporterSettings) -> Limits {
    let mut limits = Limits::default();
    if let Some(collector) = settings.collectors.get(name) {
        limits.timeout = collector.timeout;
        limits.min_interval = collector.min_interval;
        limits.max_series = collector.max_series;
    }
    limits
}
