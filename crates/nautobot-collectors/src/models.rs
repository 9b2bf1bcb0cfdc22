use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use metrics_core::{CollectError, Collector, Descriptor, Family, Gauge, Samples};
use nautobot_db::{Error, Nautobot, Schema, Table};

use crate::news::News;
use crate::settings::AppModels;

static COUNT: Family<Gauge, 2> =
    Family::gauge("nautobot_model_count", "Per Nautobot Model count.", ["app", "name"]);

static MISSING: Family<Gauge, 2> = Family::gauge(
    "nautobot_model_missing",
    "Models that the settings name and this Nautobot lacks, or keeps in a table that may not be read.",
    ["app", "name"],
)
.experimental();

/// How many objects there are: the rows of the models that the settings name.
///
/// The settings choose models; the tables that are read come from what is known about Nautobot's schema. A model that
/// this Nautobot lacks, or whose table the role may not read, is listed in `nautobot_model_missing` and, when the list
/// changes, in the log, which tells the two apart.
///
/// A run is one statement, however many models there are; counting reads a whole index or table of each.
/// Series: one per model of the settings.
#[derive(Debug)]
pub struct Models {
    nautobot: Nautobot,
    models: Option<BTreeMap<String, AppModels>>,
    missing: News,
    unreadable: News,
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
    pub fn new(nautobot: Nautobot, models: Option<BTreeMap<String, AppModels>>) -> Self {
        Self { nautobot, models, missing: News::default(), unreadable: News::default() }
    }

    /// The number of rows of each table.
    async fn count(&self, tables: &[Table], within: Duration) -> Result<Vec<i64>, Error> {
        if tables.is_empty() {
            return Ok(Vec::new());
        }
        let reading = self.nautobot.read(within).await?;
        let rows = reading.query(&count_sql(tables), &[]).await?;
        reading.finish().await?;
        let counts = rows.iter().map(|row| Ok(row.try_get("count")?));
        counts.collect::<Result<_, Error>>().inspect_err(|_| self.nautobot.distrust_schema())
    }

    fn log(&self, missing: &[Model<'_>], unreadable: &[Model<'_>], schema: &Schema) {
        if let Some(models) = self.missing.note(names(missing)) {
            tracing::warn!(models, nautobot = %schema.line(), "models that this Nautobot lacks are not counted");
        }
        if let Some(models) = self.unreadable.note(names(unreadable)) {
            tracing::warn!(models, "models whose tables the role may not SELECT from are not counted");
        }
    }
}

impl Collector for Models {
    fn name(&self) -> &str {
        "models"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![COUNT.descriptor(), MISSING.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let schema = self.nautobot.schema(out.time_left()).await?;
        let default = default_models(&schema);
        let wanted = self.models.as_ref().unwrap_or(&default);
        let (mut counted, mut tables) = (Vec::new(), Vec::new());
        let (mut missing, mut unreadable) = (Vec::new(), Vec::new());
        for model in models(wanted) {
            match model.table(&schema) {
                Some(table) if table.is_readable() => {
                    counted.push(model);
                    tables.push(table);
                }
                Some(_) => unreadable.push(model),
                None => missing.push(model),
            }
        }
        for (model, count) in counted.iter().zip(self.count(&tables, out.time_left()).await?) {
            out.gauge(&COUNT, [model.app, model.name], count);
        }
        for model in missing.iter().chain(&unreadable) {
            out.gauge(&MISSING, [model.app, model.name], 1);
        }
        self.log(&missing, &unreadable, &schema);
        Ok(())
    }
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

/// One row for each table, in their order.
fn count_sql(tables: &[Table]) -> String {
    let counts: Vec<String> = tables
        .iter()
        .enumerate()
        .map(|(index, table)| format!("SELECT {index}, count(*) FROM {}", table.from_clause()))
        .collect();
    // Parts that run in parallel would answer in any order.
    counts.join("\nUNION ALL ") + "\nORDER BY 1"
}
