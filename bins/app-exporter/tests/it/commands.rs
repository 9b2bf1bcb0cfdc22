//! What the program does besides serving.

use serde_json::json;
use testbed::{Database, Postgres, run};

use crate::PROGRAM;

fn settings(url: &str) -> String {
    json!({
        "database": { "url": url },
        "app_metrics": {
            "gitrepositories": true,
            "models": { "dcim": { "Device": true, "Rack": true }, "extras": { "StaticGroupAssociation": true }, "golden": { "Thing": true } },
        },
    })
    .to_string()
}

fn database(postgres: &Postgres) -> Database {
    let database = postgres.database("nautobot-3.2.7");
    database.psql(
        "CREATE TABLE golden_thing (id int, \"odd \"\"key\" int PRIMARY KEY);
         INSERT INTO django_content_type (app_label, model) VALUES ('golden', 'thing'), ('gone', 'thing')",
    );
    database
}

fn output(url: &str, command: &str) -> String {
    let output = run(PROGRAM, &settings(url), &[command]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn models_lists_what_can_be_counted() {
    let database = database(Postgres::shared());
    let text = output(&database.url(), "models");
    let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert!(text.starts_with("# Nautobot 3.2 at 127.0.0.1:"), "{text}");
    for line in [
        &["*", "dcim.Device", "dcim_device", "77"][..],
        &["dcim.Location", "dcim_location", &database.psql("SELECT count(*) FROM dcim_location")],
        &["*", "golden.Thing", "golden_thing", "0"],
        &["auth.Group", "auth_group", "3"],
    ] {
        assert!(lines.iter().any(|known| known == line), "{line:?} is not in\n{text}");
    }
    assert!(!text.contains("gone.") && !text.contains("dcim.Site"), "{text}");
    let names: Vec<&str> = lines.iter().map(|line| line[line.len() - 3]).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn grants_make_a_role_that_may_do_what_is_needed_and_no_more() {
    let database = database(Postgres::shared());
    let grants = output(&database.url(), "grants");
    assert!(grants.contains("CONNECTION LIMIT 4;"), "{grants}");
    assert!(grants.contains(r#"GRANT SELECT ("odd ""key") ON "public"."golden_thing""#), "{grants}");
    // Twice, as after an upgrade.
    database.psql(&grants);
    database.psql(&grants);

    let page = run(PROGRAM, &settings(&database.url_for("nautobot_exporter")), &["--once"]);
    assert_eq!(page.status.code(), Some(0), "{}", String::from_utf8_lossy(&page.stderr));
    assert!(!String::from_utf8_lossy(&page.stdout).contains("\nnautobot_model_missing{"));
    let listing = output(&database.url_for("nautobot_exporter"), "models");
    assert!(listing.contains("dcim.Device"), "{listing}");

    let may = |privilege: &str| {
        let (function, arguments) = privilege.split_once('(').unwrap();
        database.psql(&format!("SELECT {function}('nautobot_exporter', {arguments}")) == "t"
    };
    assert!(may("has_column_privilege('extras_jobresult', 'name', 'SELECT')"));
    for forbidden in [
        "has_any_column_privilege('auth_user', 'SELECT')",
        "has_column_privilege('extras_jobresult', 'result', 'SELECT')",
        "has_column_privilege('dcim_device', 'name', 'SELECT')",
        "has_any_column_privilege('dcim_device', 'INSERT, UPDATE')",
        "has_table_privilege('dcim_device', 'DELETE, TRUNCATE')",
        "has_schema_privilege('public', 'CREATE')",
    ] {
        assert!(!may(forbidden), "{forbidden}");
    }
}

#[test]
fn grants_lead_the_role_to_where_nautobot_is() {
    // Of its own, because a role is a role of all databases of a server.
    let postgres = Postgres::start().unwrap();
    let database = database(&postgres);
    database.psql(&format!(
        "ALTER SCHEMA public RENAME TO \"net work\"; CREATE SCHEMA public; CREATE TABLE \"net work\".golden_nothing ();
         ALTER ROLE postgres IN DATABASE \"{}\" SET search_path = \"net work\"",
        database.name()
    ));
    let settings = settings(&database.url()).replace("\"Thing\"", "\"Nothing\"");
    let grants = run(PROGRAM, &settings, &["grants"]);
    database.psql(std::str::from_utf8(&grants.stdout).unwrap());
    let settings = settings.replace(&database.url(), &database.url_for("nautobot_exporter"));
    let page = run(PROGRAM, &settings, &["--once"]);
    assert_eq!(page.status.code(), Some(0), "{}", String::from_utf8_lossy(&page.stderr));
}

#[test]
fn a_command_without_a_database_says_why() {
    let output = run(PROGRAM, &settings("postgresql://metrics:canary@127.0.0.1:1/nautobot"), &["models"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("127.0.0.1:1/nautobot") && !error.contains("canary"), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
}
