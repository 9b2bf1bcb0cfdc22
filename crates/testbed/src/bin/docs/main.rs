//! Writes the generated parts of the documentation anew, from what the exporters built beside this program list.

use std::path::Path;
use std::{env, fs};

use testbed::docs::{Listing, metrics, readme};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut listings = Vec::new();
    for exporter in ["app-exporter", "rq-exporter", "rq-exporter worker"] {
        let program = exporter.split(' ').next().unwrap_or_default();
        let program = env::current_exe()?.with_file_name(program);
        let program = program.to_str().ok_or("this program lies in a folder whose name is no text")?;
        listings.push(Listing::of(program, exporter));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::write(root.join("docs/metrics.md"), metrics(&listings))?;
    fs::write(root.join("README.md"), readme(&listings))?;
    Ok(())
}
