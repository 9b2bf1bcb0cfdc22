//! Job results as they lie in the tables, judged anew: nothing of the collectors' own SQL.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use testbed::Database;

/// A result of any Nautobot line.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RawResult {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: String,
    created: String,
    /// `None` while unfinished.
    completed: Option<String>,
    /// The content type (1.x).
    model: Option<String>,
    data: Option<Value>,
    task_name: Option<String>,
    job_class: Option<String>,
    /// The id of the Git repository among the arguments.
    pub(crate) repository: Option<String>,
    /// What Nautobot itself counted (3.0): success, info, warning, error.
    pub(crate) counted: Option<[Option<i64>; 4]>,
}

/// Reads all results. Times are written so that they sort as text.
pub(crate) fn results(database: &Database) -> Vec<RawResult> {
    let is_1 = database
        .psql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'extras_jobresult'::regclass AND attname = 'completed'");
    let columns = if is_1 == "1" {
        "r.created::text, r.completed::text, c.model, r.data
         FROM extras_jobresult r JOIN django_content_type c ON c.id = r.obj_type_id"
    } else {
        "r.date_created::text AS created, r.date_done::text AS completed, r.task_name,
         j.module_name || '.' || j.job_class_name AS job_class, r.task_kwargs ->> 'repository' AS repository,
         jsonb_build_array(to_jsonb(r) -> 'success_log_count', to_jsonb(r) -> 'info_log_count',
                           to_jsonb(r) -> 'warning_log_count', to_jsonb(r) -> 'error_log_count') AS counted
         FROM extras_jobresult r LEFT JOIN extras_job j ON j.id = r.job_model_id"
    };
    read(database, &format!("SELECT r.id, r.name, r.status, {columns}"))
}

/// Rows as JSON.
pub(crate) fn read<T: for<'de> Deserialize<'de>>(database: &Database, sql: &str) -> T {
    let json = database.psql(&format!("SELECT coalesce(json_agg(t), '[]') FROM ({sql}) t"));
    serde_json::from_str(&json).unwrap()
}

impl RawResult {
    fn is_started_sync(&self) -> bool {
        self.task_name.as_deref().is_some_and(|task| task.starts_with("nautobot.core.jobs.GitRepository"))
    }

    fn is_queued_sync(&self) -> bool {
        let job = self.job_class.as_deref().unwrap_or_default();
        self.task_name.is_none() && job.starts_with("nautobot.core.jobs.GitRepository")
    }

    /// Whether the plugin takes it for a result of a Git repository.
    pub(crate) fn is_git_for_plugin(&self) -> bool {
        self.model.as_deref() == Some("gitrepository") || self.is_started_sync()
    }

    /// The same with D6.
    pub(crate) fn is_git(&self) -> bool {
        self.is_git_for_plugin() || self.is_queued_sync()
    }

    /// Whether the plugin of Nautobot 1.x leaves it out.
    pub(crate) fn has_falsy_data(&self) -> bool {
        self.model.is_some()
            && match &self.data {
                None | Some(Value::Null) => true,
                Some(Value::Bool(data)) => !data,
                Some(Value::Number(data)) => data.as_f64() == Some(0.0),
                Some(Value::String(data)) => data.is_empty(),
                Some(Value::Array(data)) => data.is_empty(),
                Some(Value::Object(data)) => data.is_empty(),
            }
    }

    pub(crate) fn has_known_status(&self) -> bool {
        self.statuses().contains(&self.status.as_str())
    }

    /// All that its Nautobot line knows.
    pub(crate) fn statuses(&self) -> &'static [&'static str] {
        match self.model {
            Some(_) => &["pending", "running", "completed", "errored", "failed"],
            None => &["FAILURE", "PENDING", "RECEIVED", "RETRY", "REVOKED", "STARTED", "SUCCESS"],
        }
    }
}

/// The rows that the plugin may take for each name: unfinished before finished, then the last that finished.
pub(crate) fn plugins_choice<'a>(
    results: impl Iterator<Item = &'a RawResult>,
) -> BTreeMap<&'a str, Vec<&'a RawResult>> {
    let mut chosen: BTreeMap<&str, Vec<&RawResult>> = BTreeMap::new();
    let rank = |result: &RawResult| (result.completed.is_none(), result.completed.clone());
    for result in results {
        let candidates = chosen.entry(&result.name).or_default();
        candidates.retain(|other| rank(other) >= rank(result));
        if candidates.iter().all(|other| rank(other) == rank(result)) {
            candidates.push(result);
        }
    }
    chosen
}

/// The most recently created row of each name, of two the one with the greater id (D1).
pub(crate) fn newest<'a>(
    results: impl Iterator<Item = (&'a str, &'a RawResult)>,
) -> BTreeMap<&'a str, &'a RawResult> {
    let mut chosen: BTreeMap<&str, &RawResult> = BTreeMap::new();
    for (name, result) in results {
        let newest = chosen.entry(name).or_insert(result);
        if (&result.created, &result.id) > (&newest.created, &newest.id) {
            *newest = result;
        }
    }
    chosen
}

/// Log entries of each result by grouping and level.
pub(crate) struct Log(BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>>);

impl Log {
    pub(crate) fn read(database: &Database) -> Self {
        let entries: Vec<(String, String, String)> = read::<Vec<Entry>>(
            database,
            "SELECT job_result_id AS id, grouping, log_level AS level FROM extras_joblogentry",
        )
        .into_iter()
        .map(|entry| (entry.id, entry.grouping, entry.level))
        .collect();
        let mut log: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>> = BTreeMap::new();
        for (id, grouping, level) in entries {
            *log.entry(id).or_default().entry(grouping).or_default().entry(level).or_default() += 1.0;
        }
        Self(log)
    }

    /// What D4 asks for: by task and status.
    pub(crate) fn tasks(&self, result: &str) -> BTreeMap<(String, &'static str), f64> {
        let groupings = self.0.get(result).cloned().unwrap_or_default();
        let mut tasks = BTreeMap::new();
        for (status, levels) in [
            ("success", &["success"][..]),
            ("info", &["info"]),
            ("warning", &["warning"]),
            ("failure", &["failure", "error", "critical"]),
        ] {
            let mut total = 0.0;
            for (grouping, counts) in &groupings {
                let count: f64 = levels.iter().filter_map(|&level| counts.get(level)).sum();
                total += count;
                tasks.insert((grouping.clone(), status), count);
            }
            tasks.insert(("total".to_owned(), status), total);
        }
        tasks
    }
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    grouping: String,
    level: String,
}
