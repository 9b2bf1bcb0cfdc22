//! One file for each section of the settings.

mod app_metrics;
mod celery;
mod database;
mod environment;
mod redis;
mod server;

use crate::assigned::Assigned;
use crate::page::Section;

/// The whole settings file.
pub(crate) fn page(assigned: &Assigned) -> String {
    let mut head = Section::new("");
    head.comment("Made of a nautobot_config.py. What could not be carried over is in comments, with the line it is on there.");
    for (line, note) in &assigned.unclear {
        head.note(*line, note);
    }
    let mut sections = vec![head, database::section(assigned)];
    sections.extend(redis::sections(assigned));
    sections.push(celery::section(assigned));
    sections.push(app_metrics::section(assigned));
    let texts: Vec<String> = sections.iter().map(Section::text).filter(|text| !text.is_empty()).collect();
    texts.join("\n")
}
