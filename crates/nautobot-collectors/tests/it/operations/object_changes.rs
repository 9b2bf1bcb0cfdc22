use nautobot_collectors::ObjectChanges;

use super::{DATA, collect, database, insert};
use crate::it::page::label;

#[tokio::test]
async fn the_last_hour_counts_on_every_line() {
    for dataset in DATA {
        let database = database(dataset);
        database.psql("DELETE FROM extras_objectchange");
        for (action, time) in [
            ("create", "now()"),
            ("create", "now() - interval '30 minutes'"),
            ("create", "now() - interval '61 minutes'"),
            ("delete", "now() - interval '59 minutes'"),
            ("delete", "now() + interval '5 minutes'"),
            ("rename \"x\"", "now() - interval '1 minute'"),
        ] {
            let action = format!("'{action}'");
            insert(
                &database,
                "extras_objectchange",
                &[
                    ("id", "gen_random_uuid()"),
                    ("time", time),
                    ("user_name", "''"),
                    ("request_id", "gen_random_uuid()"),
                    ("action", &action),
                    ("changed_object_id", "gen_random_uuid()"),
                    ("object_repr", "''"),
                    ("object_data", "'{}'::jsonb"),
                    ("changed_object_type_id", "1"),
                    ("change_context", "''"),
                    ("change_context_detail", "''"),
                ],
            );
        }
        let samples = collect(&database, ObjectChanges::new).await;
        let changes = &samples["nautobot_object_changes_last_hour"];
        let actions: Vec<_> = changes.iter().map(|(labels, n)| (label(labels, "action"), *n)).collect();
        assert_eq!(actions, [("create", 2.0), ("delete", 1.0), ("other", 1.0), ("update", 0.0)], "{dataset}");
    }
}
