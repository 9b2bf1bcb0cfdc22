//! A collector that blocks while it reads, and counts in a histogram.

use std::fs::read_dir;
use std::io;
use std::path::{Path, PathBuf};

use collector_testkit::{Error, scrape};
use metrics_core::{Buckets, CollectError, Collector, Descriptor, Family, Histogram, Samples};
use tokio::task::spawn_blocking;

static SIZES: Family<Histogram, 0> = Family::histogram("acme_backup_size_bytes", "Sizes of all backups.", []);

/// Looks at each file of a directory: a series for each of three buckets, whatever the number of files.
struct Backups {
    directory: PathBuf,
}

impl Collector for Backups {
    fn name(&self) -> &str {
        "backups"
    }

    fn describe(&self) -> Vec<Descriptor> {
        vec![SIZES.descriptor()]
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        let directory = self.directory.clone();
        let sizes = spawn_blocking(move || sizes(&directory)).await??;
        out.histogram(&SIZES, [], sizes);
        Ok(())
    }
}

fn sizes(directory: &Path) -> io::Result<Buckets> {
    let mut sizes = Buckets::new(&[1e3, 1e6, 1e9]);
    for file in read_dir(directory)? {
        sizes.observe(file?.metadata()?.len() as f64);
    }
    Ok(sizes)
}

#[tokio::test]
async fn backups_are_counted_by_size() -> Result<(), Error> {
    let page = scrape(Backups { directory: "src".into() }).await?;
    page.assert_contains(r#"acme_backup_size_bytes_bucket{le="1e+06"} 2"#);
    page.assert_conventions();
    page.assert_at_most(6);
    Ok(())
}
