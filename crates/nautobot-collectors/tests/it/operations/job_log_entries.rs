use nautobot_collectors::JobLogEntries;

use super::{by_label, collect, counted, database, insert};
use crate::it::page::label;

const ENTRIES: &str = "nautobot_job_log_entries";

#[tokio::test]
async fn every_line_counts_its_levels() {
    for dataset in ["nautobot-1.6.32", "nautobot-2.4.44", "nautobot-3.2.7"] {
        let database = database(dataset);
        let of_1 = "'default', 'info', 'success', 'warning', 'failure'";
        let of_2 = "'debug', 'info', 'success', 'warning', 'failure', 'error', 'critical'";
        let levels = if dataset < "nautobot-2" { of_1 } else { of_2 };
        let sql = format!(
            "SELECT CASE WHEN log_level IN ({levels}) THEN log_level ELSE 'other' END AS key, count(*) AS n
             FROM extras_joblogentry GROUP BY 1 ORDER BY 1"
        );
        let samples = collect(&database, JobLogEntries::new).await;
        assert_eq!(by_label(&samples, ENTRIES, "level"), counted(&database, &sql), "{dataset}");
    }
}

#[tokio::test]
async fn levels_without_entries_are_0_and_unknown_ones_are_other() {
    let database = database("schema-2.4.44");
    for level in ["info", "", "INFO", "default"] {
        let level = format!("'{level}'");
        insert(
            &database,
            "extras_joblogentry",
            &[
                ("id", "gen_random_uuid()"),
                ("log_level", &level),
                ("grouping", "''"),
                ("message", "''"),
                ("created", "now()"),
                ("log_object", "''"),
                ("absolute_url", "''"),
                ("job_result_id", "gen_random_uuid()"),
            ],
        );
    }
    let samples = collect(&database, JobLogEntries::new).await;
    let levels: Vec<_> = samples[ENTRIES].iter().map(|(labels, n)| (label(labels, "level"), *n)).collect();
    assert_eq!(
        levels,
        [
            ("critical", 0.0),
            ("debug", 0.0),
            ("error", 0.0),
            ("failure", 0.0),
            ("info", 1.0),
            ("other", 3.0),
            ("success", 0.0),
            ("warning", 0.0),
        ]
    );
}

#[tokio::test]
async fn a_nautobot_without_log_entries_has_none() {
    assert!(collect(&database("nautobot-1.0.3"), JobLogEntries::new).await.is_empty());
}
