use metrics_core::{Collector, Samples, Value};
use nautobot_collectors::{Info, Settings};
use testbed::Postgres;

use crate::it::page;

#[tokio::test]
async fn the_schema_tells_the_line() {
    for (dataset, line) in [
        ("schema-1.0.3", "1.0"),
        ("nautobot-1.6.32", "1.6"),
        ("schema-2.4.44", "2.4"),
        ("nautobot-3.2.7", "3.2"),
    ] {
        let database = Postgres::shared().database(dataset);
        let mut out = Samples::default();
        Info::new(page::open(&database, &Settings::default())).collect(&mut out).await.unwrap();
        let family = out.families().next().unwrap();
        assert_eq!(family.descriptor().name(), "nautobot_info");
        let names: Vec<&str> = family.descriptor().labels().collect();
        let series: Vec<Vec<&str>> = family.samples().map(|sample| sample.labels().collect()).collect();
        assert_eq!((names, series), (vec!["line", "source"], vec![vec![line, "schema"]]));
        assert!(family.samples().all(|sample| matches!(sample.value(), Value::Info)));
        assert_eq!(out.series(), 1);
    }
}
