use nautobot_collectors::Approvals;
use testbed::Database;

use super::schedules::insert_schedule;
use super::{collect, database, insert, value};

const PENDING: &str = "nautobot_approvals_pending";

async fn pending(database: &Database) -> Option<f64> {
    value(&collect(database, Approvals::new).await, PENDING)
}

#[tokio::test]
async fn schedules_wait_for_an_approval_before_3_0() {
    for dataset in ["nautobot-1.6.32", "nautobot-2.4.44"] {
        let database = database(dataset);
        database.psql("TRUNCATE extras_scheduledjob CASCADE");
        assert_eq!(pending(&database).await, Some(0.0), "{dataset}");
        insert_schedule(&database, "free", &[]);
        insert_schedule(&database, "waits", &[("approval_required", "true")]);
        insert_schedule(&database, "waits too", &[("approval_required", "true"), ("enabled", "false")]);
        insert_schedule(&database, "approved", &[("approval_required", "true"), ("approved_at", "now()")]);
        assert_eq!(pending(&database).await, Some(2.0), "{dataset}");
    }
}

#[tokio::test]
async fn workflows_wait_since_3_0() {
    let database = database("nautobot-3.2.7");
    assert_eq!(pending(&database).await, Some(0.0));
    for state in ["Pending", "Pending", "Approved", "Denied", "Canceled", "Comment", "pending", ""] {
        let state = format!("'{state}'");
        insert(
            &database,
            "extras_approvalworkflow",
            &[
                ("id", "gen_random_uuid()"),
                ("_custom_field_data", "'{}'::jsonb"),
                ("object_under_review_object_id", "gen_random_uuid()"),
                ("object_under_review_content_type_id", "1"),
                ("current_state", &state),
                ("user_name", "''"),
            ],
        );
    }
    assert_eq!(pending(&database).await, Some(2.0));
}

#[tokio::test]
async fn a_nautobot_without_approvals_has_no_number_of_them() {
    assert_eq!(pending(&database("nautobot-1.0.3")).await, None);
}
