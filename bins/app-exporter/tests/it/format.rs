//! The page is one that Prometheus' own tool accepts.

use testbed::{Postgres, lints, models, run};

use crate::PROGRAM;

/// Names that are the plugin's, with what is not to be done in new ones.
const PLUGINS: [&str; 2] = ["nautobot_app_metrics_processing_ms ", "nautobot_model_count "];

#[test]
fn promtool_accepts_the_page_but_for_the_plugins_names() {
    let dataset = "nautobot-3.2.7";
    let database = Postgres::shared().database(dataset);
    let settings = serde_json::json!({
        "database": { "url": database.url() },
        "app_metrics": { "models": models(dataset), "gitrepositories": true },
    });
    let output = run(PROGRAM, &settings.to_string(), &["--once"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("\nnautobot_model_count{") && page.contains("\nnautobot_job_execution_status{"));
    for lint in lints(&page).unwrap_or_default() {
        assert!(PLUGINS.iter().any(|name| lint.starts_with(name)), "{lint}");
    }
}
