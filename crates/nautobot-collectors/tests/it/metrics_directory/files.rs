use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use testbed::Postgres;

use super::{directory, gauge, registry, scrape, told, write};

/// How a file has to end.
enum End {
    /// With so many series.
    Serves(usize),
    /// With so many, cut at its limit.
    Cut(usize),
    /// The database refuses it, or what it returns is refused.
    Fails,
    /// A table is missing.
    Skipped,
}
use End::{Cut, Fails, Serves, Skipped};

/// Statement, labels, further lines, end.
const STATEMENTS: &[(&str, &[&str], &str, End)] = &[
    // what is served
    ("SELECT 1 AS value", &[], "", Serves(1)),
    ("SELECT 1 AS value ; \n", &[], "", Serves(1)),
    ("SELECT count(*) AS value FROM dcim_device", &[], "", Serves(1)),
    ("WITH w AS (SELECT 2 AS value) SELECT * FROM w -- the end", &[], "", Serves(1)),
    ("VALUES ('a', 1), ('b', 2)", &["column1"], "", Fails),
    ("SELECT * FROM (VALUES ('a', 1), ('b', NULL), (NULL, 3)) AS v (site, value)", &["site"], "", Serves(2)),
    ("SELECT true AS value", &[], "", Serves(1)),
    (
        "SELECT 1.5::numeric(5, 2) AS value, gen_random_uuid() AS a, '10.0.0.1'::inet AS b",
        &["a", "b"],
        "",
        Serves(1),
    ),
    ("SELECT 'Infinity'::float8 AS value, 'züri ☃ \"x\"' AS place", &["place"], "", Serves(1)),
    ("SELECT 1 AS value WHERE false", &[], "", Serves(0)),
    ("SELECT 1 AS value", &[], "interval = \"1h\"\ntimeout = \"1s\"", Serves(1)),
    ("SELECT count(*) AS value FROM dcim_rack", &[], "requires = [\"dcim_rack\"]", Serves(1)),
    ("SELECT g AS value, g AS n FROM generate_series(1, 1000000) AS g", &["n"], "max_rows = 1000", Cut(1000)),
    ("SELECT value, value AS n FROM generate_series(1, 10) AS value", &["n"], "max_rows = 10", Serves(10)),
    // what is undone
    ("SELECT length(set_config('search_path', 'nowhere', false)) AS value", &[], "", Serves(1)),
    ("SELECT 1 AS value FROM pg_advisory_lock(4711)", &[], "", Serves(1)),
    ("SELECT 1 AS value FROM pg_notify('acme', 'x')", &[], "", Serves(1)),
    // what is for other databases
    ("SELECT count(*) AS value FROM acme_thing", &[], "requires = [\"dcim_rack\", \"acme_thing\"]", Skipped),
    ("SELECT count(*) AS value FROM acme_thing", &[], "", Fails),
    // what is no statement, or not one, or does not only read
    ("SELEC 1 AS value", &[], "", Fails),
    ("SELECT 1 AS value /* not ended", &[], "", Fails),
    ("SELECT 'not ended AS value", &[], "", Fails),
    ("SELECT 1 AS value; SELECT 2 AS value", &[], "", Fails),
    ("SELECT 1 AS value) AS f; COMMIT; DELETE FROM dcim_rack; SELECT (1", &[], "", Fails),
    ("DELETE FROM dcim_rack", &[], "", Fails),
    ("DELETE FROM dcim_rack RETURNING 1 AS value", &[], "", Fails),
    ("WITH gone AS (DELETE FROM dcim_rack RETURNING 1) SELECT count(*) AS value FROM gone", &[], "", Fails),
    ("UPDATE dcim_rack SET name = 'x' RETURNING 1 AS value", &[], "", Fails),
    ("SELECT 1 AS value INTO acme_new", &[], "", Fails),
    ("CREATE TABLE acme_new (value int)", &[], "", Fails),
    ("TRUNCATE dcim_rack", &[], "", Fails),
    ("SELECT 1 AS value FROM dcim_rack FOR UPDATE", &[], "", Fails),
    ("COPY dcim_rack TO STDOUT", &[], "", Fails),
    ("COPY dcim_rack TO PROGRAM 'touch /tmp/acme'", &[], "", Fails),
    ("COMMIT", &[], "", Fails),
    ("SET search_path = nowhere", &[], "", Fails),
    ("LISTEN acme", &[], "", Fails),
    ("DO $$ BEGIN DELETE FROM dcim_rack; END $$", &[], "", Fails),
    ("EXPLAIN ANALYZE SELECT 1 AS value", &[], "", Fails),
    ("SELECT nextval(pg_get_serial_sequence('django_migrations', 'id')) AS value", &[], "", Fails),
    ("SELECT 1 AS value FROM dblink('dbname=postgres', 'SELECT 1') AS f (one int)", &[], "", Fails),
    // what takes too long
    ("SELECT 1 AS value FROM pg_sleep(60)", &[], "timeout = \"300ms\"", Fails),
    ("SELECT count(*) AS value FROM generate_series(1, 1000000000)", &[], "timeout = \"300ms\"", Fails),
    // what is no sample
    ("SELECT 'x' AS value", &[], "", Fails),
    ("SELECT now() AS value", &[], "", Fails),
    ("SELECT interval '1 day' AS value", &[], "", Fails),
    ("SELECT 1 AS valeu", &[], "", Fails),
    ("SELECT 1 AS value", &["site"], "", Fails),
    ("SELECT 1 AS value, 2 AS value", &[], "", Fails),
    ("SELECT 1 AS value UNION ALL SELECT 2", &[], "", Fails),
    ("SELECT 1 AS value, a FROM (VALUES ('x'), ('y'), ('x')) AS v (a)", &["a"], "", Fails),
    ("SELECT 1 / (SELECT count(*) FROM dcim_rack WHERE false) AS value", &[], "", Fails),
    ("SELECT 10::numeric ^ 400 AS value", &[], "", Fails),
    ("SELECT 1 AS value, repeat('x', 513) AS a", &["a"], "", Fails),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_ends_as_documented() {
    for dataset in ["nautobot-1.6.32", "nautobot-3.2.7"] {
        let database = Postgres::shared().database(dataset);
        let racks = database.psql("SELECT count(*) FROM dcim_rack");
        let path = tempfile::tempdir().unwrap();
        for (i, (sql, labels, head, _)) in STATEMENTS.iter().enumerate() {
            write(path.path(), &format!("{i:02}.toml"), gauge(&format!("acme_{i:02}"), sql, labels, head));
        }
        let registry = registry(&database, path.path());
        // The second time, columns are known and refusals remembered.
        for round in ["first", "second"] {
            let samples = scrape(&registry).await;
            for (i, (sql, _, _, end)) in STATEMENTS.iter().enumerate() {
                let file = format!("{i:02}.toml");
                let series = samples.get(&format!("acme_{i:02}")).map_or(0, |family| family.len());
                let is = |what| told(&samples, what, &file);
                assert_eq!(is("loaded"), Some(1.0), "{sql}");
                let (expected, success, truncated, skipped) = match end {
                    Serves(series) => (*series, Some(1.0), Some(0.0), 0.0),
                    Cut(series) => (*series, Some(1.0), Some(1.0), 0.0),
                    Fails => (0, Some(0.0), None, 0.0),
                    Skipped => (0, None, None, 1.0),
                };
                let said = (series, is("success"), is("truncated"), is("skipped"));
                assert_eq!(said, (expected, success, truncated, Some(skipped)), "{dataset}, {round}: {sql}");
            }
        }
        assert_eq!(database.psql("SELECT count(*) FROM dcim_rack"), racks);
        assert_eq!(database.psql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
        assert_eq!(database.psql("SELECT to_regclass('acme_new') IS NULL"), "t");
    }
}

#[test]
fn each_bad_file_is_named_with_what_is_wrong() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    let path = path.path();
    let good = |name: &str| gauge(name, "SELECT 1 AS value", &[], "");
    let counted = good("acme_total").replace("gauge", "counter");
    let mut expected = Vec::new();
    let mut bad = |name: &'static str, text: Vec<u8>, reason: &'static str| {
        write(path, name, text);
        expected.push((name, reason));
    };
    bad("binary.toml", vec![0, 159, 146, 150, 255], "is no UTF-8 text");
    bad(
        "clash.toml",
        good("nautobot_model_count").into(),
        "clashes with `nautobot_model_count` of another collector",
    );
    bad("clash2.toml", good("acme_good").into(), "clashes with `acme_good` of a-good.toml");
    bad("clash3.toml", good("acme_counted").into(), "clashes with `acme_counted_total` of a-counted.toml");
    bad("empty.toml", Vec::new(), "has no `sql`");
    bad(
        "histogram.toml",
        good("acme_h").replace("gauge", "histogram").into(),
        "toml:6: unknown variant `histogram`",
    );
    bad("huge.toml", vec![b'#'; 10_000_000], "is longer than 256 KiB");
    bad(
        "label.toml",
        gauge("acme_l", "SELECT 1", &["a-b"], "").into(),
        "toml:4: `a-b` of `acme_l` is not a label name",
    );
    bad(
        "key.toml",
        good("acme_k").replace("help", "hepl").into(),
        "toml:5: unknown key `hepl`; did you mean `help`?",
    );
    bad("name.toml", good("acme answer").into(), "toml:4: `acme answer` is not a metric name");
    bad("total.toml", good("acme_total").into(), "toml:4: `acme_total` does not fit a gauge");
    bad("own.toml", good("nautobot_app_up").into(), "are the exporter's own");
    bad("toml.toml", "sql = ".into(), "toml:1: ");
    bad("twice.toml", format!("sql = '1'\n{}", good("acme_t").trim_start()).into(), "toml:2: duplicate key");
    bad("two.toml", good("acme_two").into(), "remove one");
    write(path, "two.sql", "SELECT 2 AS value");
    bad("zero.toml", gauge("acme_z", "SELECT 1\0", &[], "").into(), "toml:2: ");
    symlink("nowhere", path.join("dangling.toml")).unwrap();
    fs::create_dir(path.join("directory.toml")).unwrap();
    assert!(Command::new("mkfifo").arg(path.join("pipe.toml")).status().unwrap().success());
    expected.extend([
        ("dangling.toml", "cannot be read"),
        ("directory.toml", "is no file"),
        ("pipe.toml", "is no file"),
    ]);

    write(path, "a-good.toml", good("acme_good"));
    write(path, "a-counted.toml", counted.replace("acme_total", "acme_counted_total"));
    write(path, "a-real", good("acme_link"));
    symlink("a-real", path.join("a-link.toml")).unwrap();
    let (_, beside) =
        good("acme_beside").split_once("[[").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    write(path, "a-beside.toml", format!("[[{beside}"));
    write(path, "a-beside.sql", "SELECT 3 AS value;");
    for ignored in [".hidden.toml", "a.toml~", "#a.toml#", ".a.toml.swp", "a.txt"] {
        write(path, ignored, "nonsense");
    }

    let directory = directory(&database, path);
    let complaints = directory.complaints();
    for (name, reason) in &expected {
        let file = format!("{}:", path.join(name).display());
        let file = file.trim_end_matches(':');
        let of_file: Vec<&String> =
            complaints.iter().filter(|complaint| complaint.starts_with(file)).collect();
        assert!(matches!(of_file.as_slice(), [one] if one.contains(reason)), "{name}: {reason}: {of_file:?}");
    }
    assert_eq!(complaints.len(), expected.len(), "{complaints:#?}");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let samples = runtime.block_on(scrape(&registry(&database, path)));
    for family in ["acme_good", "acme_counted_total", "acme_link", "acme_beside"] {
        assert_eq!(samples[family].len(), 1, "{family}");
    }
    for (name, _) in expected {
        assert_eq!(
            (told(&samples, "loaded", name), told(&samples, "success", name)),
            (Some(0.0), Some(0.0)),
            "{name}"
        );
    }
    assert_eq!(samples["nautobot_metrics_directory_file_loaded"].len(), complaints.len() + 4);
}

#[tokio::test]
async fn several_families_share_one_statement() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    write(
        path.path(),
        "racks.toml",
        r#"
            sql = "SELECT * FROM (VALUES ('a', 'x', 1, 10), ('b', 'y', 2, NULL)) AS v (site, room, racks, \"used units\")"
            [[metric]]
            name = "acme_racks"
            help = "Racks."
            kind = "gauge"
            labels = ["site"]
            value = "racks"
            [[metric]]
            name = "acme_used_units_total"
            help = "Units."
            kind = "counter"
            labels = ["room", "site"]
            value = "used units"
        "#,
    );
    let samples = scrape(&registry(&database, path.path())).await;
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(samples["acme_racks"][&vec![label("site", "b")]], 2.0);
    assert_eq!(samples["acme_used_units_total"][&vec![label("room", "x"), label("site", "a")]], 10.0);
    assert_eq!(samples["acme_used_units_total"].len(), 1);
    assert_eq!(told(&samples, "rows", "racks.toml"), Some(2.0));
}

#[tokio::test]
async fn a_counter_is_not_negative() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let path = tempfile::tempdir().unwrap();
    for (name, value) in [("a", "1"), ("b", "-1"), ("c", "'NaN'::float8")] {
        let text = gauge(&format!("acme_{name}_total"), &format!("SELECT {value} AS value"), &[], "");
        write(path.path(), &format!("{name}.toml"), text.replace("gauge", "counter"));
    }
    let samples = scrape(&registry(&database, path.path())).await;
    let success = ["a.toml", "b.toml", "c.toml"].map(|file| told(&samples, "success", file).unwrap());
    assert_eq!(success, [1.0, 0.0, 0.0]);
}
