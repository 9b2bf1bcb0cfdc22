//! Rows as they lie in the tables of any Nautobot line, judged one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use testbed::Database;

const SYNC: &str = "nautobot.core.jobs.GitRepository";

/// A job result.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JobResult {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: String,
    /// Microseconds since 1970.
    pub(crate) created: i64,
    /// The same; `None` while unfinished.
    pub(crate) completed: Option<i64>,
    /// What it is a result of (1.x): `extras.job`.
    model: Option<String>,
    data: Option<Value>,
    task_name: Option<String>,
    /// The job if there still is one (2.0): `module.Class`.
    job: Option<String>,
    #[serde(default)]
    task_kwargs: Value,
    /// What Nautobot itself counted (3.0): success, info, warning, error.
    pub(crate) counted: Option<[Option<i64>; 4]>,
}

pub(crate) fn results(database: &Database) -> Vec<JobResult> {
    let time = |column| format!("(extract(epoch FROM r.{column}) * 1000000)::bigint");
    let columns = if has_column(database, "extras_jobresult", "completed") {
        format!(
            "{} AS created, {} AS completed, r.data, c.app_label || '.' || c.model AS model
             FROM extras_jobresult r LEFT JOIN django_content_type c ON c.id = r.obj_type_id",
            time("created"),
            time("completed")
        )
    } else {
        format!(
            "{} AS created, {} AS completed, r.task_name, r.task_kwargs,
             j.module_name || '.' || j.job_class_name AS job,
             jsonb_build_array(to_jsonb(r) -> 'success_log_count', to_jsonb(r) -> 'info_log_count',
                               to_jsonb(r) -> 'warning_log_count', to_jsonb(r) -> 'error_log_count') AS counted
             FROM extras_jobresult r LEFT JOIN extras_job j ON j.id = r.job_model_id",
            time("date_created"),
            time("date_done")
        )
    };
    read(database, &format!("SELECT r.id, r.name, r.status, {columns}"))
}

impl JobResult {
    fn is_of_1(&self) -> bool {
        self.model.is_some()
    }

    /// Whether the plugin takes it for a result of a Git repository.
    pub(crate) fn is_git_for_plugin(&self) -> bool {
        match &self.model {
            Some(model) => model == "extras.gitrepository",
            None => self.task_name.as_ref().is_some_and(|task| task.starts_with(SYNC)),
        }
    }

    /// Whether the plugin takes it for a result of a job.
    pub(crate) fn is_job_for_plugin(&self) -> bool {
        match &self.model {
            Some(model) => model == "extras.job",
            None => !self.is_git_for_plugin(),
        }
    }

    /// A sync that no worker has taken up (D6).
    fn is_queued_sync(&self) -> bool {
        self.task_name.is_none() && self.job.as_ref().is_some_and(|job| job.starts_with(SYNC))
    }

    pub(crate) fn is_git(&self) -> bool {
        self.is_git_for_plugin() || self.is_queued_sync()
    }

    pub(crate) fn is_job(&self) -> bool {
        self.is_job_for_plugin() && !self.is_queued_sync()
    }

    /// Whether the plugin of Nautobot 1.x leaves it out.
    pub(crate) fn has_falsy_data(&self) -> bool {
        self.is_of_1()
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
        if self.is_of_1() {
            &["pending", "running", "completed", "errored", "failed"]
        } else {
            &["FAILURE", "PENDING", "RECEIVED", "RETRY", "REVOKED", "STARTED", "SUCCESS"]
        }
    }
}

/// Git repositories of Nautobot 2 and later: their names by their ids.
pub(crate) struct Repositories(BTreeMap<String, String>);

impl Repositories {
    /// `None` on 1.x, where results have the names of repositories.
    pub(crate) fn read(database: &Database) -> Option<Self> {
        if has_column(database, "extras_jobresult", "completed") {
            return None;
        }
        let sql = "SELECT id, name FROM extras_gitrepository";
        let rows: Vec<BTreeMap<String, String>> = read(database, sql);
        let names = rows.into_iter().map(|row| (row["id"].clone(), row["name"].clone()));
        Some(Self(names.collect()))
    }

    /// The repository that the result's arguments name, if it still exists.
    pub(crate) fn of(&self, result: &JobResult) -> Option<&str> {
        let id = result.task_kwargs.get("repository")?.as_str()?;
        self.0.get(id).map(String::as_str)
    }
}

/// What a result says of its tasks, by task and status.
type Tasks = BTreeMap<(String, &'static str), f64>;

/// The levels of log entries that count for each status.
const LEVELS: [(&str, &[&str]); 4] = [
    ("success", &["success"]),
    ("info", &["info"]),
    ("warning", &["warning"]),
    ("failure", &["failure", "error", "critical"]),
];

/// What there is to count.
pub(crate) enum Log {
    /// Since 1.2, levels by grouping by result.
    Entries(BTreeMap<String, BTreeMap<String, Vec<String>>>),
    /// What results say themselves (1.0 and 1.1).
    Data,
}

#[derive(Deserialize)]
struct Entry {
    job_result_id: String,
    grouping: String,
    log_level: String,
}

impl Log {
    pub(crate) fn read(database: &Database) -> Self {
        if !tables(database).contains("extras_joblogentry") {
            return Self::Data;
        }
        let sql = "SELECT job_result_id, grouping, log_level FROM extras_joblogentry";
        let mut entries: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for entry in read::<Vec<Entry>>(database, sql) {
            let of_result = entries.entry(entry.job_result_id).or_default();
            of_result.entry(entry.grouping).or_default().push(entry.log_level);
        }
        Self::Entries(entries)
    }

    /// What D4 asks for.
    pub(crate) fn tasks(&self, result: &JobResult) -> Tasks {
        match self {
            Self::Entries(entries) => {
                entries.get(&result.id).map_or_else(|| of_entries(&BTreeMap::new()), of_entries)
            }
            Self::Data => of_data(result.data.as_ref().unwrap_or(&Value::Null)),
        }
    }
}

fn of_entries(groupings: &BTreeMap<String, Vec<String>>) -> Tasks {
    let mut tasks = Tasks::new();
    for (status, levels) in LEVELS {
        let mut total = 0.0;
        for (grouping, entries) in groupings {
            let count = entries.iter().filter(|level| levels.contains(&level.as_str())).count() as f64;
            total += count;
            tasks.insert((grouping.clone(), status), count);
        }
        // also what a grouping of this name has of its own
        tasks.insert(("total".to_owned(), status), total);
    }
    tasks
}

/// A count that is none is left out; in the total, the sum of the others takes its place.
fn of_data(data: &Value) -> Tasks {
    let groupings: Vec<_> =
        data.as_object().into_iter().flatten().filter(|(key, _)| *key != "output").collect();
    let mut tasks = Tasks::new();
    for (status, _) in LEVELS {
        let mut sum = 0.0;
        for (grouping, counts) in &groupings {
            if let Some(count) = count_of(&counts[status]) {
                sum += count;
                tasks.insert((grouping.to_string(), status), count);
            }
        }
        tasks.entry(("total".to_owned(), status)).or_insert(sum);
    }
    tasks
}

fn count_of(count: &Value) -> Option<f64> {
    let count = count.as_u64().or_else(|| count.as_str()?.parse().ok())?;
    Some(count as f64)
}

/// The tables that are visible without a schema's name.
pub(crate) fn tables(database: &Database) -> BTreeSet<String> {
    read::<Vec<BTreeMap<String, String>>>(
        database,
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'
         UNION SELECT viewname FROM pg_views WHERE schemaname = 'public'",
    )
    .into_iter()
    .map(|row| row["name"].clone())
    .collect()
}

/// The objects of a model in each of these tables.
pub(crate) fn counts(database: &Database, tables: &BTreeSet<&str>) -> BTreeMap<String, f64> {
    #[derive(Deserialize)]
    struct Count {
        name: String,
        objects: f64,
    }
    let has_group_types = has_column(database, "extras_dynamicgroup", "group_type");
    let counts = tables.iter().map(|table| {
        let of_static_groups =
            "a JOIN extras_dynamicgroup g ON g.id = a.dynamic_group_id AND g.group_type = 'static'";
        let only =
            if *table == "extras_staticgroupassociation" && has_group_types { of_static_groups } else { "" };
        format!("SELECT '{table}' AS name, count(*) AS objects FROM \"{table}\" {only}")
    });
    let sql = counts.collect::<Vec<_>>().join(" UNION ALL ");
    if sql.is_empty() {
        return BTreeMap::new();
    }
    read::<Vec<Count>>(database, &sql).into_iter().map(|count| (count.name, count.objects)).collect()
}

fn has_column(database: &Database, table: &str, column: &str) -> bool {
    let sql = format!(
        "SELECT count(*) FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = '{table}' AND column_name = '{column}'"
    );
    database.psql(&sql) == "1"
}

/// Rows as JSON.
fn read<T: for<'de> Deserialize<'de>>(database: &Database, sql: &str) -> T {
    let json = database.psql(&format!("SELECT coalesce(json_agg(t), '[]') FROM ({sql}) t"));
    serde_json::from_str(&json).unwrap()
}
