//! The documentation says what the program says.

use std::process::Command;

use crate::PROGRAM;

fn printed(argument: &str) -> String {
    let output = Command::new(PROGRAM).env_clear().arg(argument).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_family_is_documented_as_it_is() {
    let documented = include_str!("../../../../docs/metrics.md");
    let section = format!("\n## app-exporter\n\n{}", printed("--list-collectors"));
    assert!(documented.contains(&section), "run `just docs`");
}

#[test]
fn every_setting_is_documented() {
    let documented = include_str!("../../../../docs/configuration.md");
    for line in printed("--print-config").lines() {
        let Some((key, _)) = line.split_once(" = ") else { continue };
        let named = [format!("`{key}`"), format!(".{key}`"), format!("{key} =")];
        assert!(named.iter().any(|name| documented.contains(name)), "{key} is not in docs/configuration.md");
    }
}
