//! The models of a Nautobot line by their tables, as real installations listed them.

use std::collections::BTreeMap;

use serde::Deserialize;
use testbed::{Database, Samples};

use super::expected::insert;
use super::rows;

/// Tables by app and model.
type Tables = BTreeMap<String, BTreeMap<String, String>>;

/// The lists of a line.
pub(crate) struct Line {
    /// By the label of the app.
    labelled: &'static str,
    /// What Python finds in `nautobot.<app>.models`.
    resolvable: &'static str,
}

#[derive(Deserialize)]
struct Resolvable {
    resolvable: Tables,
}

macro_rules! line {
    ($version:literal) => {
        Line {
            labelled: include_str!(concat!("../../../../nautobot-db/models/models-", $version, ".json")),
            resolvable: include_str!(concat!(
                "../../../../nautobot-db/models/resolvable-",
                $version,
                ".json"
            )),
        }
    };
}

impl Line {
    pub(crate) const V1_0: Self = line!("1.0");
    pub(crate) const V1_2: Self = line!("1.2");
    pub(crate) const V1_6: Self = line!("1.6");
    pub(crate) const V2_0: Self = line!("2.0");
    pub(crate) const V2_4: Self = line!("2.4");
    pub(crate) const V3_2: Self = line!("3.2");

    /// Every model of this line, by all its names.
    pub(crate) fn models(&self) -> Wanted {
        let mut wanted = self.labelled_models();
        let resolvable: Resolvable = serde_json::from_str(self.resolvable).unwrap();
        wanted.add(resolvable.resolvable);
        wanted
    }

    fn labelled_models(&self) -> Wanted {
        let mut wanted = Wanted::default();
        wanted.add(serde_json::from_str(self.labelled).unwrap());
        wanted
    }
}

/// Models that the settings name.
#[derive(Default)]
pub(crate) struct Wanted(BTreeMap<String, BTreeMap<String, Choice>>);

struct Choice {
    table: String,
    is_wanted: bool,
}

impl Wanted {
    /// The models of any line whose tables are in this database.
    pub(crate) fn of_any_line(database: &Database) -> Self {
        let tables = rows::tables(database);
        let mut wanted = Self::default();
        for line in [Line::V1_0, Line::V1_2, Line::V1_6, Line::V2_0, Line::V2_4, Line::V3_2] {
            for (app, models) in line.labelled_models().0 {
                for (model, choice) in models {
                    if tables.contains(&choice.table) {
                        wanted.want(&app, &model, &choice.table);
                    }
                }
            }
        }
        wanted
    }

    pub(crate) fn want(&mut self, app: &str, model: &str, table: &str) {
        let choice = Choice { table: table.to_owned(), is_wanted: true };
        self.0.entry(app.to_owned()).or_default().insert(model.to_owned(), choice);
    }

    /// Names the model as one that is not to be counted (D7).
    pub(crate) fn leave_out(&mut self, app: &str, model: &str) {
        self.0.get_mut(app).unwrap().get_mut(model).unwrap().is_wanted = false;
    }

    fn add(&mut self, tables: Tables) {
        for (app, models) in tables {
            for (model, table) in models {
                self.want(&app, &model, &table);
            }
        }
    }

    /// As the settings have them.
    pub(crate) fn settings(&self) -> String {
        let flags = self.0.iter().map(|(app, models)| {
            let models = models.iter().map(|(model, choice)| (model, choice.is_wanted));
            (app, models.collect::<BTreeMap<_, _>>())
        });
        serde_json::to_string(&flags.collect::<BTreeMap<_, _>>()).unwrap()
    }

    /// A count of each table that is there; the others are missing.
    pub(crate) fn expect(&self, database: &Database) -> Samples {
        let tables = rows::tables(database);
        let wanted = || self.0.values().flat_map(BTreeMap::values).filter(|choice| choice.is_wanted);
        let there = wanted().map(|choice| choice.table.as_str()).filter(|table| tables.contains(*table));
        let counts = rows::counts(database, &there.collect());
        let mut expected = Samples::new();
        insert(&mut expected, "nautobot_model_tables_counted", &[], counts.len() as f64);
        insert(&mut expected, "nautobot_model_tables_stood", &[], 0.0);
        insert(&mut expected, "nautobot_model_tables_estimated", &[], 0.0);
        for (app, models) in &self.0 {
            for (model, choice) in models.iter().filter(|(_, choice)| choice.is_wanted) {
                let (family, value) = match counts.get(&choice.table) {
                    Some(count) => ("nautobot_model_count", *count),
                    None => ("nautobot_model_missing", 1.0),
                };
                insert(&mut expected, family, &[("app", app), ("name", model)], value);
            }
        }
        expected
    }
}
