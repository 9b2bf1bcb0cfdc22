mod counts;
mod listing;

use std::collections::{BTreeMap, BTreeSet};

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Nautobot, Schema, Table};
use serde::{Deserialize, Serialize};

use self::counts::Counts;
pub use self::listing::list;
use crate::news::News;
use crate::settings::AppModels;

static COUNT: Family<Gauge, 2> = Family::gauge(
    "nautobot_model_count",
    "Per Nautobot Model count. Exact, but for the models in nautobot_model_estimated.",
    ["app", "name"],
);

static MISSING: Family<Gauge, 2> = Family::gauge(
    "nautobot_model_missing",
    "Models that the settings name and this Nautobot lacks, or keeps in a table that may not be read.",
    ["app", "name"],
)
.experimental();

static ESTIMATED: Family<Gauge, 2> = Family::gauge(
    "nautobot_model_estimated",
    "Models whose count is PostgreSQL's estimate, as the setting count allows.",
    ["app", "name"],
)
.experimental();

static TABLES_COUNTED: Family<Gauge, 0> = Family::gauge(
    "nautobot_model_tables_counted",
    "Tables whose rows were counted or estimated for this page.",
    [],
)
.experimental();

static TABLES_STOOD: Family<Gauge, 0> = Family::gauge(
    "nautobot_model_tables_stood",
    "Tables that were not counted for this page, because the earlier count still stands.",
    [],
)
.experimental();

static TABLES_ESTIMATED: Family<Gauge, 0> = Family::gauge(
    "nautobot_model_tables_estimated",
    "Tables of which this page has PostgreSQL's estimate instead of a count.",
    [],
)
.experimental();

/// How many objects there are: the rows of the models that the settings name.
///
/// The settings choose models; the tables that are read come from what is known about Nautobot's schema. A model that
/// this Nautobot lacks, or whose table the role may not read, is listed in `nautobot_model_missing` and, when the list
/// changes, in the log, which tells the two apart.
///
/// A run is one statement, however many models there are, and none when no table has changed (see
/// [`Reuse`](nautobot_db::Reuse)); counting reads a whole index or table of each that has.
/// Series: one per model of the settings, a second one of those whose count is estimated, and 3.
#[derive(Debug)]
pub struct Models {
    nautobot: Nautobot,
    models: Option<BTreeMap<String, AppModels>>,
    counts: Counts,
    missing: News,
    unreadable: News,
}

/// Section `[collectors.models]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ModelsSettings {
    /// Whether to count or to estimate. Default: to count.
    pub count: Count,
    /// With `count = "auto"`, the estimated number of rows above which a table is not counted. Default: 1,000,000.
    pub estimate_above: u64,
}

impl Default for ModelsSettings {
    fn default() -> Self {
        Self { count: Count::Exact, estimate_above: 1_000_000 }
    }
}

/// How the number of a model's rows is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Count {
    /// By counting them.
    #[default]
    Exact,
    /// By the planner's estimate, as good as the last `ANALYZE`. Counted are tables that were never analysed, and models
    /// that are only some rows of a table.
    Estimate,
    /// By the planner's estimate where that is above `estimate_above`, and by counting them otherwise.
    Auto,
}

/// A model of the settings.
#[derive(Clone, Copy, Debug)]
struct Model<'a> {
    app: &'a str,
    name: &'a str,
    module: Option<&'a str>,
}

impl Models {
    /// Counts these models in this database; those that the plugin counts by default when none are given.
    pub fn new(
        nautobot: Nautobot,
        models: Option<BTreeMap<String, AppModels>>,
        settings: ModelsSettings,
    ) -> Self {
        let counts = Counts::new(nautobot.clone(), settings);
        Self { nautobot, models, counts, missing: News::default(), unreadable: News::default() }
    }

    fn log(&self, wanted: &Wanted<'_>, schema: &Schema) {
        if let Some(models) = self.missing.note(names(&wanted.missing)) {
            tracing::warn!(models, nautobot = %schema.line(), "models that this Nautobot lacks are not counted");
        }
        if let Some(models) = self.unreadable.note(names(&wanted.unreadable)) {
            tracing::warn!(models, "models whose tables the role may not SELECT from are not counted");
        }
    }
}

impl Collector for Models {
    fn name(&self) -> &str {
        "models"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![
            COUNT.descriptor(),
            MISSING.descriptor(),
            ESTIMATED.descriptor(),
            TABLES_COUNTED.descriptor(),
            TABLES_STOOD.descriptor(),
            TABLES_ESTIMATED.descriptor(),
        ]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let glance = self.nautobot.glance(out.elapsed(), out.time_left()).await?;
        let default = default_models(glance.schema());
        let wanted = Wanted::of(self.models.as_ref().unwrap_or(&default), glance.schema());
        let tables = wanted.counted.iter().map(|(_, table)| table.clone());
        let counted = self.counts.of(tables, &glance, out.time_left()).await?;
        for (model, table) in &wanted.counted {
            let Some(rows) = counted.rows.get(table.name()) else { continue };
            out.gauge(&COUNT, [model.app, model.name], rows.number);
            if rows.is_estimated {
                out.gauge(&ESTIMATED, [model.app, model.name], 1);
            }
        }
        for model in wanted.missing.iter().chain(&wanted.unreadable) {
            out.gauge(&MISSING, [model.app, model.name], 1);
        }
        let estimated = counted.rows.values().filter(|rows| rows.is_estimated).count();
        out.gauge(&TABLES_COUNTED, [], counted.read as u64);
        out.gauge(&TABLES_STOOD, [], (counted.rows.len() - counted.read) as u64);
        out.gauge(&TABLES_ESTIMATED, [], estimated as u64);
        self.log(&wanted, glance.schema());
        Ok(())
    }
}

/// The models of the settings, by what this database has of them.
struct Wanted<'a> {
    counted: Vec<(Model<'a>, Table)>,
    missing: Vec<Model<'a>>,
    unreadable: Vec<Model<'a>>,
}

impl<'a> Wanted<'a> {
    fn of(wanted: &'a BTreeMap<String, AppModels>, schema: &Schema) -> Self {
        let mut sorted = Self { counted: Vec::new(), missing: Vec::new(), unreadable: Vec::new() };
        for model in models(wanted) {
            match model.table(schema) {
                Some(table) if table.is_readable() => sorted.counted.push((model, table)),
                Some(_) => sorted.unreadable.push(model),
                None => sorted.missing.push(model),
            }
        }
        sorted
    }
}

/// The tables of these models in this database, each once, whether the role may read them or not.
pub(crate) fn tables(wanted: Option<&BTreeMap<String, AppModels>>, schema: &Schema) -> Vec<Table> {
    let default = default_models(schema);
    let tables = models(wanted.unwrap_or(&default)).filter_map(|model| model.table(schema));
    let by_name: BTreeMap<String, Table> = tables.map(|table| (table.name().to_owned(), table)).collect();
    by_name.into_values().collect()
}

impl Model<'_> {
    /// As the plugin finds it: in `<module>.<app>.models`, the module being `nautobot` unless said otherwise. Apps
    /// beside Nautobot's, which the plugin finds in no module, are found by their label.
    fn table(&self, schema: &Schema) -> Option<Table> {
        let of_nautobot = || schema.table(self.app, self.name);
        let of_any_app = || schema.app_table(self.app, self.name);
        match self.module {
            None | Some("nautobot") => of_nautobot().or_else(of_any_app),
            Some(_) => of_any_app(),
        }
    }
}

fn models(wanted: &BTreeMap<String, AppModels>) -> impl Iterator<Item = Model<'_>> {
    wanted.iter().flat_map(|(app, models)| {
        let module = models.module.as_deref();
        models.wanted().map(move |name| Model { app, name, module })
    })
}

fn names(models: &[Model<'_>]) -> BTreeSet<String> {
    models.iter().map(|model| format!("{}.{}", model.app, model.name)).collect()
}

/// The plugin's own: up to 3.0.1 with sites, since 3.1.1 with locations, which replaced them in Nautobot 2.0.
fn default_models(schema: &Schema) -> BTreeMap<String, AppModels> {
    let place = if schema.table("dcim", "Site").is_some() { "Site" } else { "Location" };
    BTreeMap::from([
        ("dcim".to_owned(), AppModels::from([place, "Rack", "Device"])),
        ("ipam".to_owned(), AppModels::from(["IPAddress", "Prefix"])),
    ])
}
