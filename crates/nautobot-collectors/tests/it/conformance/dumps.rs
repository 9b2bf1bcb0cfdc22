//! Databases that are not in the repository.

use std::path::{Path, PathBuf};

use testbed::Postgres;

use super::assert_page;
use super::models::Wanted;

/// Whatever `pg_dump` wrote of Nautobots of any line, `*.sql` or `*.sql.gz`. Git ignores it.
const DUMPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/conformance/dumps");

/// Run it with `just test -p nautobot-collectors conformance::dumps -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "reads the dumps that somebody put into tests/it/conformance/dumps"]
async fn of_your_own() {
    let dumps = dumps();
    assert!(!dumps.is_empty(), "no *.sql or *.sql.gz in {DUMPS}");
    for dump in dumps {
        println!("{}", dump.display());
        let database = Postgres::shared().load(&dump);
        assert_page(&database, &Wanted::of_any_line(&database)).await;
    }
}

fn dumps() -> Vec<PathBuf> {
    let files = std::fs::read_dir(DUMPS).unwrap().map(|file| file.unwrap().path());
    let is_dump = |file: &Path| {
        let name = file.to_string_lossy();
        name.ends_with(".sql") || name.ends_with(".sql.gz")
    };
    let mut dumps: Vec<_> = files.filter(|file| is_dump(file)).collect();
    dumps.sort();
    dumps
}
