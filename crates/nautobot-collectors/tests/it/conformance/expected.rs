//! What the families of jobs and Git repositories have to be: the plugin's, with the differences D1 to D6 of
//! `docs/compatibility.md`.

use std::collections::BTreeMap;

use testbed::{Database, Samples};

use super::rows::{self, JobResult, Log, Repositories};

/// The results that stand for modules.
pub(crate) type Newest<'a> = BTreeMap<&'a str, &'a JobResult>;

/// All families of both collectors.
pub(crate) fn results(database: &Database) -> Samples {
    let results = rows::results(database);
    let log = Log::read(database);
    let repositories = Repositories::read(database);
    let mut expected = Samples::new();
    for family in ["nautobot_job_results_stood", "nautobot_gitrepository_results_stood"] {
        insert(&mut expected, family, &[], 0.0);
    }

    let jobs = newest(results.iter().filter(|result| result.is_job()).map(by_name));
    insert_statuses(&mut expected, "nautobot_job_execution_status", &jobs);
    insert_tasks(&mut expected, "nautobot_job_task_stats", &jobs, &log);

    let syncs = || results.iter().filter(|result| result.is_git());
    let of_repositories = match &repositories {
        None => newest(syncs().map(by_name)),
        // D5
        Some(repositories) => {
            let family = "nautobot_git_repository_execution_status";
            insert_statuses(&mut expected, family, &newest(syncs().map(by_name)));
            newest(syncs().filter_map(|sync| Some((repositories.of(sync)?, sync))))
        }
    };
    insert_statuses(&mut expected, "nautobot_gitrepository_execution_status", &of_repositories);
    insert_tasks(&mut expected, "nautobot_gitrepository_task_stats", &of_repositories, &log);
    expected
}

/// The most recently created result of each module, of two the one with the greater id (D1).
pub(crate) fn newest<'a>(results: impl Iterator<Item = (&'a str, &'a JobResult)>) -> Newest<'a> {
    let mut chosen = Newest::new();
    for (module, result) in results {
        let newest = chosen.entry(module).or_insert(result);
        if (result.created, &result.id) > (newest.created, &newest.id) {
            *newest = result;
        }
    }
    chosen
}

pub(crate) fn by_name(result: &JobResult) -> (&str, &JobResult) {
    (&result.name, result)
}

pub(crate) fn insert_statuses(expected: &mut Samples, family: &str, newest: &Newest<'_>) {
    for (module, result) in newest {
        insert_status(expected, family, module, result);
    }
}

/// Exactly one is 1, also when no line knows it (D3).
pub(crate) fn insert_status(expected: &mut Samples, family: &str, module: &str, result: &JobResult) {
    for status in result.statuses().iter().copied().chain([result.status.as_str()]) {
        let value = if status == result.status { 1.0 } else { 0.0 };
        insert(expected, family, &[("module", module), ("status", status)], value);
    }
}

/// D4
pub(crate) fn insert_tasks(expected: &mut Samples, family: &str, newest: &Newest<'_>, log: &Log) {
    for (module, result) in newest {
        for ((task, status), count) in log.tasks(result) {
            insert(expected, family, &[("module", module), ("name", &task), ("status", status)], count);
        }
    }
}

pub(crate) fn insert(expected: &mut Samples, family: &str, labels: &[(&str, &str)], value: f64) {
    let labels = labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    expected.entry(family.to_owned()).or_default().insert(labels, value);
}
