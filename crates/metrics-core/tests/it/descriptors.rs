//! Families that are made at run time are held to the same rules as those the compiler checks.

use metrics_core::{Descriptor, DescriptorError, Family, Gauge, Kind, Quantiles, Stability};

fn descriptor(kind: Kind, name: &str, labels: &[&str]) -> Result<Descriptor, DescriptorError> {
    Descriptor::new(kind, name, "Help.", labels.iter().copied())
}

#[test]
fn valid_families_are_taken_as_given() {
    let family = descriptor(Kind::Counter, "acme:jobs_total", &["queue", "_status2"]).unwrap();
    assert_eq!(family.name(), "acme:jobs_total");
    assert_eq!(family.labels().collect::<Vec<_>>(), ["queue", "_status2"]);
    assert_eq!(
        (family.kind(), family.help(), family.stability()),
        (Kind::Counter, "Help.", Stability::Stable)
    );
}

#[test]
fn invalid_families_are_refused() {
    for name in ["", "1up", "a-b", "a b", "é", "a\n"] {
        assert_eq!(descriptor(Kind::Gauge, name, &[]), Err(DescriptorError::Name(name.into())));
    }
    for label in ["", "1", "a-b", "a:b", "__name__", "é"] {
        assert!(
            matches!(descriptor(Kind::Gauge, "up", &[label]), Err(DescriptorError::Label { .. })),
            "{label}"
        );
    }
    for name in ["jobs", "_total"] {
        assert!(
            matches!(descriptor(Kind::Counter, name, &[]), Err(DescriptorError::Suffix { .. })),
            "{name}"
        );
    }
    assert!(matches!(descriptor(Kind::Info, "_info", &[]), Err(DescriptorError::Suffix { .. })));
    assert!(matches!(descriptor(Kind::Gauge, "jobs_total", &[]), Err(DescriptorError::Suffix { .. })));
    assert!(matches!(descriptor(Kind::Info, "build", &[]), Err(DescriptorError::Suffix { .. })));
    assert!(matches!(descriptor(Kind::Histogram, "seconds", &["le"]), Err(DescriptorError::Label { .. })));
    assert!(matches!(
        descriptor(Kind::Summary, "seconds", &["quantile"]),
        Err(DescriptorError::Label { .. })
    ));
    assert!(matches!(
        descriptor(Kind::Gauge, "up", &["a", "b", "a"]),
        Err(DescriptorError::DuplicateLabel { .. })
    ));
}

#[test]
fn a_typed_family_describes_itself() {
    static NEW: Family<Gauge, 1> = Family::gauge("acme_new", "New.", ["what"]).experimental();
    let family = NEW.descriptor();
    assert_eq!(
        (family.name(), family.kind(), family.stability()),
        ("acme_new", Kind::Gauge, Stability::Experimental)
    );
}

#[test]
fn quantiles_are_sorted_and_each_is_there_once() {
    let quantiles = Quantiles::new([(0.9, 3.0), (0.5, 1.0), (0.5, 2.0), (1.5, 9.0), (f64::NAN, 9.0)], 1.0, 1);
    assert_eq!(quantiles.quantiles().collect::<Vec<_>>(), [(0.5, 1.0), (0.9, 3.0)]);
}
