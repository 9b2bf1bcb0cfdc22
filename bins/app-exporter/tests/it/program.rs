//! The program beside its server.

use std::process::Command;

use testbed::{Postgres, run, samples};

use crate::{PROGRAM, settings};

fn output(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).env_clear().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_and_version_say_what_it_is() {
    let help = output(&["--help"]);
    for flag in ["--config.file", "--web.listen-address", "--no-collector.jobs", "--once", "NAUTOBOT_DB_HOST"]
    {
        assert!(help.contains(flag), "{flag} in {help}");
    }
    assert!(output(&["--version"]).starts_with(&format!("app-exporter {}", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_list_of_collectors_names_every_family() {
    let list = output(&["--list-collectors"]);
    for part in
        ["`models`", "`jobs`", "`gitrepositories`", "`up`", "`nautobot_model_count`", "off by default"]
    {
        assert!(list.contains(part), "{part} in {list}");
    }
}

#[test]
fn collectors_are_switched_by_flags() {
    let database = Postgres::shared().database("nautobot-3.2.7");
    let page = |arguments: &[&str]| {
        let output = run(PROGRAM, &settings(&database), &[&["--once"], arguments].concat());
        samples(std::str::from_utf8(&output.stdout).unwrap())
    };
    let without_jobs = page(&["--no-collector.jobs"]);
    assert!(!without_jobs.contains_key("nautobot_job_execution_status"));
    assert!(without_jobs.contains_key("nautobot_model_count"));
    let only_models = page(&["--collector.disable-defaults", "--collector.models"]);
    assert!(!only_models.contains_key("nautobot_job_execution_status"));
    assert!(only_models.contains_key("nautobot_model_count") && only_models.contains_key("nautobot_app_up"));
}

#[test]
fn a_page_that_is_not_complete_ends_with_1() {
    let output = run(PROGRAM, "[database]\nhost = \"127.0.0.1\"\nport = 1\n", &["--once"]);
    assert_eq!(output.status.code(), Some(1));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("\nnautobot_app_up 0\n"), "{page}");
}
