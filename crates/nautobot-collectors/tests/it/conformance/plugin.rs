//! The pages of the real plugin: what differs is listed here, name by name, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use testbed::{Database, Postgres, Samples};

use super::assert_same;
use super::expected::{self, by_name, insert_status, newest};
use super::rows::{self, JobResult, Log};
use crate::it::page;

/// Why a module's samples are not the plugin's: the rows of `docs/compatibility.md` that apply.
type Differences = BTreeMap<String, Vec<&'static str>>;

/// The same, as it is written down.
type Listed = &'static [(&'static str, &'static [&'static str])];

/// A family of statuses with the results that it is about.
struct Subject<'a> {
    family: &'a str,
    of_plugin: Vec<&'a JobResult>,
    of_ours: Vec<&'a JobResult>,
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
    let results = rows::results(&database);
    let jobs = Subject::jobs(&results);
    let repositories = Subject::git("nautobot_gitrepository_execution_status", &results);

    // D4
    let mut expected = expected::results(&database);
    assert_eq!(jobs.expect(&page, &mut expected), listed(JOBS_1_6));
    assert_eq!(repositories.expect(&page, &mut expected), listed(REPOSITORIES_1_6));
    compare(&database, &page, expected).await;
}

#[tokio::test]
async fn nautobot_3_2_prints_the_plugins_page_but_for_what_is_listed() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let page = testbed::samples(testbed::page("nautobot-3.2.7/app-metrics.txt"));
    let results = rows::results(&database);
    let jobs = Subject::jobs(&results);
    let syncs = Subject::git("nautobot_git_repository_execution_status", &results);

    // D4 and D5
    let mut expected = expected::results(&database);
    assert_eq!(jobs.expect(&page, &mut expected), listed(JOBS_3_2));
    assert_eq!(syncs.expect(&page, &mut expected), listed(SYNCS_3_2));
    compare(&database, &page, expected).await;

    assert_eq!(agree_with_nautobots_own_counts(&results, &Log::read(&database)), 23);
}

impl<'a> Subject<'a> {
    fn jobs(results: &'a [JobResult]) -> Self {
        Self {
            family: "nautobot_job_execution_status",
            of_plugin: results.iter().filter(|result| result.is_job_for_plugin()).collect(),
            of_ours: results.iter().filter(|result| result.is_job()).collect(),
        }
    }

    fn git(family: &'a str, results: &'a [JobResult]) -> Self {
        Self {
            family,
            of_plugin: results.iter().filter(|result| result.is_git_for_plugin()).collect(),
            of_ours: results.iter().filter(|result| result.is_git()).collect(),
        }
    }

    /// Puts in place what this family has to print, and returns for which modules that is not what the plugin printed.
    /// That the plugin's page is what the rows make of it is checked on the way.
    fn expect(&self, page: &Samples, expected: &mut Samples) -> Differences {
        let plugin = plugins_choice(&self.of_plugin);
        let ours = newest(self.of_ours.iter().copied().map(by_name));
        expected.remove(self.family);
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
                    insert_status(expected, self.family, module, result);
                }
                differences.insert(module.to_owned(), reasons);
            }
        }
        differences
    }
}

/// Which of D1, D2, D3 and D6 apply, after checking that the plugin printed what it has to have printed.
fn reasons(printed: &[(&str, f64)], chosen: &[&JobResult], ours: Option<&JobResult>) -> Vec<&'static str> {
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

/// The rows that the plugin may take for each name: unfinished before finished, then the last that finished.
fn plugins_choice<'a>(results: &[&'a JobResult]) -> BTreeMap<&'a str, Vec<&'a JobResult>> {
    let mut chosen: BTreeMap<&str, Vec<&JobResult>> = BTreeMap::new();
    let rank = |result: &JobResult| (result.completed.is_none(), result.completed);
    for &result in results {
        let candidates = chosen.entry(&result.name).or_default();
        candidates.retain(|other| rank(other) >= rank(result));
        if candidates.iter().all(|other| rank(other) == rank(result)) {
            candidates.push(result);
        }
    }
    chosen
}

fn copy_module(page: &Samples, expected: &mut Samples, family: &str, module: &str) {
    let of_module = page[family].iter().filter(|(labels, _)| page::label(labels, "module") == module);
    let family = expected.entry(family.to_owned()).or_default();
    let before = family.len();
    family.extend(of_module.map(|(labels, value)| (labels.clone(), *value)));
    assert!(family.len() > before, "{module} is not on the plugin's page");
}

/// Compares `total` with the columns that Nautobot 3 fills itself, and returns for how many results.
fn agree_with_nautobots_own_counts(results: &[JobResult], log: &Log) -> usize {
    let mut compared = 0;
    for result in results {
        let tasks = log.tasks(result);
        let total =
            ["success", "info", "warning", "failure"].map(|status| tasks[&("total".to_owned(), status)]);
        if let Some([Some(success), Some(info), Some(warning), Some(error)]) = result.counted {
            assert_eq!(total, [success, info, warning, error].map(|count| count as f64), "{result:?}");
            compared += 1;
        }
    }
    compared
}

/// Runs all collectors with every model that the page lists: nothing more and nothing less than expected.
async fn compare(database: &Database, page: &Samples, mut expected: Samples) {
    let mut wanted: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
    for labels in page["nautobot_model_count"].keys() {
        wanted.entry(page::label(labels, "app")).or_default().insert(page::label(labels, "name"), true);
    }
    let models = serde_json::to_string(&wanted).unwrap();
    expected.insert("nautobot_model_count".to_owned(), page["nautobot_model_count"].clone());

    let printed = page::everything(database, &models).await;
    assert_same(&page::without_reuse(printed), &page::without_reuse(expected));
}
