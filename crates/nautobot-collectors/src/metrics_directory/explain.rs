//! What a metrics directory holds, for people.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nautobot_db::Nautobot;
use tokio::time::Instant;

use super::file::File;
use super::folder::Folder;
use super::statement;
use crate::Error;

/// A paragraph for each file.
pub(super) async fn explain(
    nautobot: &Nautobot,
    folder: &Arc<Mutex<Folder>>,
    within: Duration,
) -> Result<String, Error> {
    let deadline = Instant::now() + within;
    let (entries, unreadable) = {
        let folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
        (folder.entries().clone(), folder.unreadable.clone())
    };
    if let Some(reason) = unreadable {
        return Err(Error::MetricsDirectory { reason });
    }
    let mut text = String::new();
    for (name, entry) in entries {
        // Writing to a String does not fail.
        let _ = match (entry.complaint, entry.service) {
            (None, Some(service)) => {
                let left = deadline.saturating_duration_since(Instant::now());
                let said = of_file(nautobot, service.file(), left).await;
                writeln!(text, "{name}: {said}{}", families(service.file()))
            }
            (complaint, _) => writeln!(text, "{name}: refused\n  {}", complaint.unwrap_or_default()),
        };
    }
    Ok(text)
}

async fn of_file(nautobot: &Nautobot, file: &File, within: Duration) -> String {
    if !file.requires.is_empty() {
        match nautobot.schema(within).await {
            Err(error) => return format!("not asked\n  {error}"),
            Ok(schema) => {
                if let Some(missing) = file.requires.iter().find(|table| !schema.has_table(table)) {
                    return format!("skipped\n  table {missing} is not there");
                }
            }
        }
    }
    match statement::explain(nautobot, file, within).await {
        Ok(plan) => format!("accepted\n  {plan}"),
        Err(refusal) => format!("refused\n  {refusal}"),
    }
}

fn families(file: &File) -> String {
    let families = file.families().map(|family| {
        let labels: Vec<&str> = family.labels().collect();
        format!("\n  {} {}{{{}}}", family.kind().as_str(), family.name(), labels.join(","))
    });
    families.collect()
}
