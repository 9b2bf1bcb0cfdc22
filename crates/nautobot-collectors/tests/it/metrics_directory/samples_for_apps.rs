//! The samples in `examples/metrics.d`, with the tables of apps made here.

use std::path::Path;

use testbed::{Database, Postgres};

use super::{directory, registry, scrape, told};

const APPS: &str = "
    CREATE TABLE nautobot_circuit_maintenance_circuitmaintenance (id uuid, status text, start_time timestamptz, end_time timestamptz);
    CREATE TABLE nautobot_circuit_maintenance_circuitimpact (id uuid, maintenance_id uuid, circuit_id uuid, impact text);
    CREATE TABLE nautobot_golden_config_goldenconfig (device_id uuid,
        backup_last_attempt_date timestamptz, backup_last_success_date timestamptz,
        intended_last_attempt_date timestamptz, intended_last_success_date timestamptz,
        compliance_last_attempt_date timestamptz, compliance_last_success_date timestamptz);
    CREATE TABLE nautobot_golden_config_compliancefeature (id int, name text);
    CREATE TABLE nautobot_golden_config_compliancerule (id int, feature_id int);
    CREATE TABLE nautobot_golden_config_configcompliance (device_id uuid, rule_id int, compliance bool);
    CREATE TABLE nautobot_device_lifecycle_mgmt_hardwarelcm (id uuid, device_type_id uuid, end_of_support date);
    INSERT INTO nautobot_golden_config_goldenconfig VALUES
        (gen_random_uuid(), '2026-01-01', '2026-01-01', '2026-01-02', '2026-01-01', NULL, NULL),
        (gen_random_uuid(), '2026-01-01', '2026-01-01', '2026-01-02', '2026-01-02', '2026-01-02', NULL);
    INSERT INTO nautobot_golden_config_compliancefeature VALUES (1, 'aaa'), (2, 'ntp');
    INSERT INTO nautobot_golden_config_compliancerule VALUES (1, 1), (2, 2), (3, 2);
    INSERT INTO nautobot_golden_config_configcompliance VALUES
        (gen_random_uuid(), 1, true), (gen_random_uuid(), 2, true), (gen_random_uuid(), 3, false), (gen_random_uuid(), 2, true);
    WITH m AS (INSERT INTO nautobot_circuit_maintenance_circuitmaintenance
        VALUES (gen_random_uuid(), 'IN-PROCESS', now() - interval '1 hour', now() + interval '1 hour') RETURNING id)
    INSERT INTO nautobot_circuit_maintenance_circuitimpact
        SELECT gen_random_uuid(), m.id, (SELECT circuit_id FROM circuits_circuittermination ORDER BY id LIMIT 1), 'OUTAGE' FROM m;
    INSERT INTO nautobot_device_lifecycle_mgmt_hardwarelcm
        SELECT gen_random_uuid(), device_type_id, '2020-01-01' FROM dcim_device GROUP BY device_type_id";

fn samples() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/metrics.d")
}

/// Sum and number of the series of a family, as SQL has them.
fn expected(database: &Database, sql: &str) -> (f64, usize) {
    let row = database.psql(sql);
    let (sum, count) = row.split_once('|').unwrap();
    (sum.parse().unwrap(), count.parse().unwrap())
}

#[tokio::test]
async fn what_they_show_is_what_the_database_holds() {
    for dataset in ["nautobot-1.6.32", "nautobot-3.2.7"] {
        let database = Postgres::shared().database(dataset);
        let registry = registry(&database, &samples());
        let page = scrape(&registry).await;
        let of = |family: &str| {
            let series = page.get(family).into_iter().flat_map(|family| family.values());
            (series.clone().sum::<f64>(), series.count())
        };
        let circuits = "SELECT coalesce(sum(commit_rate), 0),
             (SELECT count(DISTINCT provider_id) FROM circuits_circuit WHERE commit_rate IS NOT NULL) FROM circuits_circuit";
        assert_eq!(of("nautobot_circuit_commit_rate_kbps"), expected(&database, circuits), "{dataset}");
        let circuits = "SELECT count(*), count(DISTINCT provider_id) FROM circuits_circuit";
        assert_eq!(of("nautobot_circuits"), expected(&database, circuits), "{dataset}");
        for app in ["circuit-maintenance", "golden-config", "golden-config-features", "device-lifecycle"] {
            assert_eq!(told(&page, "skipped", &format!("{app}.toml")), Some(1.0), "{dataset}: {app}");
        }
        let has_parents = f64::from(dataset == "nautobot-3.2.7");
        assert_eq!(told(&page, "skipped", "prefix-utilization.toml"), Some(1.0 - has_parents));
        if has_parents == 1.0 {
            let used = "SELECT coalesce(sum(power(2, c.ip_version / 6 * 96 + 32 - c.prefix_length) / power(2, p.ip_version / 6 * 96 + 32 - p.prefix_length)), 0),
                 (SELECT count(*) FROM ipam_prefix WHERE type = 'container')
                 FROM ipam_prefix p JOIN ipam_prefix c ON c.parent_id = p.id WHERE p.type = 'container'";
            let ((sum, count), (used, containers)) =
                (of("nautobot_prefix_utilization_ratio"), expected(&database, used));
            assert!(
                (sum - used).abs() < 1e-9 && count == containers && count > 0,
                "{sum} {used} {count} {containers}"
            );
        }
    }
}

#[tokio::test]
async fn those_of_apps_show_what_the_apps_do() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    database.psql(APPS);
    let page = scrape(&registry(&database, &samples())).await;
    let of = |family: &str, labels: &[(&str, &str)]| {
        let labels =
            labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>();
        page[family].get(&labels).copied()
    };
    for (family, success, failure) in [
        ("nautobot_gc_backup_total", 2.0, 0.0),
        ("nautobot_gc_intended_total", 1.0, 1.0),
        ("nautobot_gc_compliance_total", 0.0, 2.0),
    ] {
        assert_eq!(of(family, &[("status", "success")]), Some(success), "{family}");
        assert_eq!(of(family, &[("status", "failure")]), Some(failure), "{family}");
    }
    assert_eq!(of("nautobot_gc_devices_per_feature", &[("device", "ntp")]), Some(3.0));
    let by_feature = "nautobot_gc_compliant_devices_by_feature_total";
    assert_eq!(of(by_feature, &[("compliant", "true"), ("feature", "ntp")]), Some(2.0));
    assert_eq!(of(by_feature, &[("compliant", "false"), ("feature", "ntp")]), Some(1.0));
    assert_eq!(page[by_feature].len(), 3);

    let circuit = database.psql(
        "SELECT cid FROM circuits_circuit WHERE id = (SELECT circuit_id FROM nautobot_circuit_maintenance_circuitimpact)",
    );
    for (labels, value) in &page["circuit_maintenance_status"] {
        let expected = if labels.contains(&("circuit".to_owned(), circuit.clone())) { 2.0 } else { 1.0 };
        assert_eq!(*value, expected, "{labels:?}");
    }
    let out_of_support: f64 = page["nautobot_lcm_hw_end_of_support_per_part_number"].values().sum();
    assert_eq!(out_of_support.to_string(), database.psql("SELECT count(*) FROM dcim_device"));
}

#[test]
fn they_are_explained_with_what_they_cost() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let directory = directory(&database, &samples());
    assert_eq!(directory.complaints(), Vec::<String>::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let text = runtime.block_on(directory.explain(std::time::Duration::from_secs(20))).unwrap();
    for part in [
        "circuits.toml: accepted\n  Limit  (cost=",
        "\n  gauge nautobot_circuits{provider}\n",
        "device-lifecycle.toml: skipped\n  table nautobot_device_lifecycle_mgmt_hardwarelcm is not there\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
