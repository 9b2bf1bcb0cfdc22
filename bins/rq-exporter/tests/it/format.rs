//! The page is one that Prometheus' own tool accepts.

use testbed::{lints, run};

use crate::{PROGRAM, populated, settings};

/// The plugin's name, with what is not to be done in new ones.
const PLUGINS: &str = "nautobot_rq_metrics_processing_ms ";

#[test]
fn promtool_accepts_the_page_but_for_the_plugins_names() {
    let redis = populated();
    let output = run(PROGRAM, &settings(&redis), &["--once"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(
        page.contains("\nnautobot_queue_number_jobs{") && page.contains("\nnautobot_queue_number_workers{")
    );
    for lint in lints(&page).unwrap_or_default() {
        assert!(lint.starts_with(PLUGINS), "{lint}");
    }
}
