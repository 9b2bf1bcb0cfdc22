//! Naming rules, side by side with promtool's.

use std::collections::BTreeSet;

use collector_testkit::{Page, scrape};
use metrics_core::{Buckets, CollectError, Collector, Descriptor, Kind, Quantiles, Samples, Value};

/// A collector of these families, with a sample of each.
struct Has(Vec<Descriptor>);

impl Collector for Has {
    fn name(&self) -> &str {
        "has"
    }

    fn describe(&self) -> Vec<Descriptor> {
        self.0.clone()
    }

    async fn collect(&self, out: &mut Samples) -> Result<(), CollectError> {
        for family in &self.0 {
            let value = match family.kind() {
                Kind::Histogram => Value::Buckets(Buckets::new(&[1.0])),
                Kind::Summary => Value::Quantiles(Quantiles::new([], 0.0, 0)),
                Kind::Info => Value::Info,
                _ => Value::Number(1.0),
            };
            out.push(family, &vec!["x"; family.labels().len()], value);
        }
        Ok(())
    }
}

async fn page(families: &[(Kind, &str, &str, &[&str])]) -> Page {
    let family = |(kind, name, help, labels): &(Kind, &str, &str, &[&str])| {
        Descriptor::new(*kind, name, help, labels.iter()).unwrap()
    };
    scrape(Has(families.iter().map(family).collect())).await.unwrap()
}

#[tokio::test]
async fn promtool_says_the_same() {
    use Kind::{Counter, Gauge, Histogram, Info, Summary, Unknown};
    let families: &[(Kind, &str, &str, &[&str])] = &[
        (Gauge, "acme_helpless", "", &[]),
        (Gauge, "acme_wait_milliseconds", "Bad.", &[]),
        (Counter, "acme_sent_kilobytes_total", "Bad.", &[]),
        (Counter, "acme_received_bits_total", "Bad.", &[]),
        (Gauge, "acme_room_fahrenheit", "Bad.", &[]),
        (Gauge, "acme_room_celsius", "Good.", &[]),
        (Gauge, "acme_fibre_metres", "Good.", &[]),
        (Gauge, "acme_wait_ms", "Bad.", &[]),
        (Gauge, "acme_mb_free", "Bad.", &[]),
        (Gauge, "mb_free", "Good.", &[]),
        (Gauge, "acme_files_count", "Bad.", &[]),
        (Gauge, "acme_files_sum", "Bad.", &[]),
        (Gauge, "acme_files_bucket", "Bad.", &[]),
        (Summary, "acme_sizes_bucket", "Bad.", &[]),
        (Summary, "acme_sizes_total", "Bad.", &[]),
        (Histogram, "acme_lengths_total", "Bad.", &[]),
        (Histogram, "acme_lengths_count", "Good.", &[]),
        (Unknown, "acme_old_total", "Good.", &[]),
        (Unknown, "acme_old_count", "Good.", &[]),
        (Gauge, "acme_gauge_files", "Bad.", &[]),
        (Gauge, "acme_files_gauge", "Bad.", &[]),
        (Counter, "acme_counter_total", "Bad.", &[]),
        (Gauge, "acme:files", "Bad.", &[]),
        (Gauge, "acme_filesWaiting", "Bad.", &[]),
        (Gauge, "acme_files", "Bad.", &["spoolName"]),
        (Gauge, "acme_FILES", "Good.", &["spool"]),
        (Info, "acme_build_info", "Good.", &["version"]),
        (Gauge, "acme_waiting", "Bad.", &["le"]),
        (Counter, "acme_seen_total", "Bad.", &["quantile"]),
        (Gauge, "acmeFiles_hours:ms_b_count", "", &[]),
    ];
    let page = page(families).await;
    let ours: BTreeSet<String> = page.conventions().into_iter().collect();
    let good = families.iter().filter(|family| family.2 == "Good.");
    for (_, name, ..) in good {
        assert!(!ours.iter().any(|advice| advice.starts_with(&format!("{name} "))), "{name}");
    }
    assert!(ours.len() >= 25, "{ours:#?}");
    if let Some(promtools) = testbed::lints(&page.to_string()) {
        assert_eq!(ours, promtools.into_iter().collect());
    }
}

#[tokio::test]
async fn a_series_has_room_for_so_many_labels() {
    let labels: Vec<String> = (0..28).map(|i| format!("label_{i}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let families: &[(Kind, &str, &str, &[&str])] =
        &[(Kind::Gauge, "acme_wide", "Bad.", &labels), (Kind::Gauge, "acme_narrow", "Good.", &labels[1..])];
    assert_eq!(page(families).await.conventions(), ["acme_wide has 28 labels, more than 27"]);
}
