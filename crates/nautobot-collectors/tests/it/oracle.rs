//! The pages of the real plugin: what differs is listed here, name by name, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use testbed::{Database, Postgres, Samples};

use crate::page;
use crate::raw::{self, Log, RawResult};

/// Why a module's samples are not the plugin's: the rows of `docs/compatibility.md` that apply.
type Differences = BTreeMap<String, Vec<&'static str>>;

/// The same, as it is written down.
type Listed = &'static [(&'static str, &'static [&'static str])];

/// A family of statuses with the results that it is about.
struct Subject<'a> {
    family: &'a str,
    of_plugin: Vec<&'a RawResult>,
    of_ours: Vec<&'a RawResult>,
}

const JOBS_1_6: Listed = &[
    ("local/odd/EmptyData", &["D2"]),
    ("local/odd/EmptyList", &["D2"]),
    ("local/odd/EmptyString", &["D2"]),
    ("local/odd/FalseData", &["D2"]),
    ("local/odd/GoodThenNull", &["D2"]),
    ("local/odd/HiddenByPending", &["D2"]),
    ("local/odd/HiddenByRunning", &["D2"]),
    ("local/odd/NullData", &["D2"]),
    ("local/odd/OldPendingWins", &["D1"]),
    ("local/odd/UnknownStatus", &["D3"]),
    ("local/odd/ZeroData", &["D2"]),
    ("local/slow/NeverStarted", &["D2"]),
    ("local/slow/Sleeper", &["D2"]),
    ("local/users/CheckUser", &["D2"]),
];

const REPOSITORIES_1_6: Listed = &[
    ("never synced", &["D2"]),
    ("repo \"bad\" \\ branch é", &["D2"]),
    ("repo-pending", &["D2"]),
    ("repo1", &["D2"]),
    ("repo2", &["D2"]),
];

const JOBS_3_2: Listed = &[
    ("Hello Levels", &["D1"]),
    ("Multi run", &["D1"]),
    ("Singleton Slow", &["D1"]),
    ("Slow Job", &["D1"]),
    ("Unknown status value", &["D3"]),
];

const SYNCS_3_2: Listed = &[];

#[tokio::test]
async fn nautobot_1_6_prints_the_plugins_page_but_for_what_is_listed() {
    let database = Postgres::shared().database("nautobot-1.6.32");
    let page = testbed::samples(testbed::page("nautobot-1.6.32/app-metrics.txt"));
    let results = raw::results(&database);
    let log = Log::read(&database);
    let jobs = Subject::jobs(&results);
    let repositories = Subject::git("nautobot_gitrepository_execution_status", &results);

    let mut expected = Samples::new();
    assert_eq!(jobs.expect(&page, &mut expected), listed(JOBS_1_6));
    assert_eq!(repositories.expect(&page, &mut expected), listed(REPOSITORIES_1_6));
    expect_tasks(&mut expected, "nautobot_job_task_stats", &jobs.newest(), &log);
    expect_tasks(&mut expected, "nautobot_gitrepository_task_stats", &repositories.newest(), &log);
    compare(&database, &page, expected).await;
}

#[tokio::test]
async fn nautobot_3_2_prints_the_plugins_page_but_for_what_is_listed() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let page = testbed::samples(testbed::page("nautobot-3.2.7/app-metrics.txt"));
    let results = raw::results(&database);
    let log = Log::read(&database);
    let jobs = Subject::jobs(&results);
    let syncs = Subject::git("nautobot_git_repository_execution_status", &results);

    let mut expected = Samples::new();
    assert_eq!(jobs.expect(&page, &mut expected), listed(JOBS_3_2));
    assert_eq!(syncs.expect(&page, &mut expected), listed(SYNCS_3_2));
    expect_tasks(&mut expected, "nautobot_job_task_stats", &jobs.newest(), &log);
    // D5
    let names = repository_names(&database);
    let of_repositories = syncs.of_ours.iter().filter_map(|&result| {
        let name = names.get(result.repository.as_ref()?)?;
        Some((name.as_str(), result))
    });
    let newest = raw::newest(of_repositories);
    assert_eq!(newest.len(), 3);
    for (module, result) in &newest {
        expect_status(&mut expected, "nautobot_gitrepository_execution_status", module, result);
    }
    expect_tasks(&mut expected, "nautobot_gitrepository_task_stats", &newest, &log);
    compare(&database, &page, expected).await;

    assert_eq!(agree_with_nautobots_own_counts(&results, &log), 23);
}

impl<'a> Subject<'a> {
    fn jobs(results: &'a [RawResult]) -> Self {
        Self {
            family: "nautobot_job_execution_status",
            of_plugin: results.iter().filter(|result| !result.is_git_for_plugin()).collect(),
            of_ours: results.iter().filter(|result| !result.is_git()).collect(),
        }
    }

    fn git(family: &'a str, results: &'a [RawResult]) -> Self {
        Self {
            family,
            of_plugin: results.iter().filter(|result| result.is_git_for_plugin()).collect(),
            of_ours: results.iter().filter(|result| result.is_git()).collect(),
        }
    }

    /// The results that stand for the names (D1).
    fn newest(&self) -> BTreeMap<&'a str, &'a RawResult> {
        raw::newest(self.of_ours.iter().map(|&result| (result.name.as_str(), result)))
    }

    /// Adds what this family has to print, and returns for which modules that is not what the plugin printed. That the
    /// plugin's page is what the rows make of it is checked on the way.
    fn expect(&self, page: &Samples, expected: &mut Samples) -> Differences {
        let plugin = raw::plugins_choice(self.of_plugin.iter().copied());
        let ours = self.newest();
        let mut differences = Differences::new();
        let modules: BTreeSet<&str> = plugin.keys().chain(ours.keys()).copied().collect();
        for module in modules {
            let printed = page::status(page, self.family, module);
            let chosen = plugin.get(module).map(Vec::as_slice).unwrap_or_default();
            let reasons = reasons(&printed, chosen, ours.get(module).copied());
            if reasons.is_empty() {
                copy_module(page, expected, self.family, module);
            } else {
                if let Some(result) = ours.get(module) {
                    expect_status(expected, self.family, module, result);
                }
                differences.insert(module.to_owned(), reasons);
            }
        }
        differences
    }
}

/// Which of D1, D2, D3 and D6 apply, after checking that the plugin printed what it has to have printed.
fn reasons(printed: &[(&str, f64)], chosen: &[&RawResult], ours: Option<&RawResult>) -> Vec<&'static str> {
    let Some(ours) = ours else { return vec!["D6"] };
    let plugins = chosen.iter().find(|result| {
        let would_print = !result.has_falsy_data() && result.has_known_status();
        printed == if would_print { vec![(result.status.as_str(), 1.0)] } else { vec![] }
    });
    let Some(plugins) = plugins else {
        assert!(chosen.is_empty(), "the plugin printed {printed:?}, the rows are {chosen:?}");
        return vec!["D6"];
    };
    let applies = [
        ("D1", plugins.id != ours.id && plugins.status != ours.status),
        ("D2", plugins.has_falsy_data()),
        ("D3", !ours.has_known_status()),
    ];
    applies.iter().filter(|(_, applies)| *applies).map(|(reason, _)| *reason).collect()
}

fn listed(differences: Listed) -> Differences {
    differences.iter().map(|&(module, reasons)| (module.to_owned(), reasons.to_vec())).collect()
}

fn copy_module(page: &Samples, expected: &mut Samples, family: &str, module: &str) {
    let of_module = page[family].iter().filter(|(labels, _)| page::label(labels, "module") == module);
    let family = expected.entry(family.to_owned()).or_default();
    let before = family.len();
    family.extend(of_module.map(|(labels, value)| (labels.clone(), *value)));
    assert!(family.len() > before, "{module} is not on the plugin's page");
}

fn expect_status(expected: &mut Samples, family: &str, module: &str, result: &RawResult) {
    let family = expected.entry(family.to_owned()).or_default();
    for status in result.statuses().iter().copied().chain([result.status.as_str()]) {
        let labels = [("module", module), ("status", status)];
        let value = if status == result.status { 1.0 } else { 0.0 };
        family.insert(labels.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(), value);
    }
}

/// D4
fn expect_tasks(expected: &mut Samples, family: &str, newest: &BTreeMap<&str, &RawResult>, log: &Log) {
    let family = expected.entry(family.to_owned()).or_default();
    for (module, result) in newest {
        for ((task, status), count) in log.tasks(&result.id) {
            let labels = [("module", module.to_string()), ("name", task), ("status", status.to_owned())];
            family.insert(labels.map(|(name, value)| (name.to_owned(), value)).to_vec(), count);
        }
    }
}

/// Compares `total` with the columns that Nautobot 3 fills itself, and returns for how many results.
fn agree_with_nautobots_own_counts(results: &[RawResult], log: &Log) -> usize {
    let mut compared = 0;
    for result in results {
        let tasks = log.tasks(&result.id);
        let total =
            ["success", "info", "warning", "failure"].map(|status| tasks[&("total".to_owned(), status)]);
        if let Some([Some(success), Some(info), Some(warning), Some(error)]) = result.counted {
            assert_eq!(total, [success, info, warning, error].map(|count| count as f64), "{result:?}");
            compared += 1;
        }
    }
    compared
}

fn repository_names(database: &Database) -> BTreeMap<String, String> {
    let rows: Vec<BTreeMap<String, String>> =
        raw::read(database, "SELECT id, name FROM extras_gitrepository");
    rows.into_iter().map(|mut row| (row.remove("id").unwrap(), row.remove("name").unwrap())).collect()
}

/// Runs all collectors with every model that the page lists: nothing more and nothing less than expected.
async fn compare(database: &Database, page: &Samples, mut expected: Samples) {
    let mut wanted: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
    for labels in page["nautobot_model_count"].keys() {
        wanted.entry(page::label(labels, "app")).or_default().insert(page::label(labels, "name"), true);
    }
    let models = serde_json::to_string(&wanted).unwrap();
    expected.insert("nautobot_model_count".to_owned(), page["nautobot_model_count"].clone());

    let mut printed = page::models(database, &models).await;
    printed.extend(page::jobs(database).await);
    printed.extend(page::gitrepositories(database).await);
    assert_eq!(printed.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (family, expected) in &expected {
        assert_eq!(&printed[family], expected, "{family}");
    }
}
