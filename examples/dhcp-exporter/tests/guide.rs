//! docs/writing-a-collector.md shows this crate as it is, and what it prints.
#![cfg(test)]

use std::fs;

const GUIDE: &str = include_str!("../../../docs/writing-a-collector.md");

/// Files of this crate that the guide has a reader write.
const FILES: [&str; 5] = ["src/lib.rs", "src/main.rs", "tests/leases.rs", "tests/backups.rs", "tests/ups.rs"];

#[test]
fn its_code_is_this_crates() {
    for file in FILES {
        assert!(
            GUIDE.contains(&format!("```rust\n{}```\n", read(file))),
            "{file} is another one in the guide"
        );
    }
    assert_eq!(GUIDE.matches("```rust").count(), FILES.len(), "code in the guide that nobody builds");
    for (language, file) in [("text", "tests/dnsmasq.leases"), ("toml", "dhcp.toml")] {
        assert!(GUIDE.contains(&format!("`{file}`:\n\n```{language}\n{}```\n", read(file))), "{file}");
    }
}

#[test]
fn it_shows_what_is_printed() {
    let output = testbed::run(env!("CARGO_BIN_EXE_dhcp-exporter"), &read("dhcp.toml"), &["--once"]);
    let page = String::from_utf8(output.stdout).unwrap();
    let lines: String =
        page.lines().filter(|line| line.contains("dhcp")).map(|line| format!("{line}\n")).collect();
    assert_eq!(lines.lines().count(), 4, "{page}");
    assert!(GUIDE.contains(&format!("```text\n{lines}```\n")), "{lines}");
}

#[test]
fn its_settings_are_ones() {
    let blocks = GUIDE.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    for settings in blocks {
        let output = testbed::run(env!("CARGO_BIN_EXE_dhcp-exporter"), settings, &["--config.check"]);
        assert!(output.status.success(), "{settings}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let misspelt = "[collectors.leases]\nfiel = \"tests/dnsmasq.leases\"\n";
    let output = testbed::run(env!("CARGO_BIN_EXE_dhcp-exporter"), misspelt, &["--config.check"]);
    let (_, said) = GUIDE.split_once("dhcp-exporter: dhcp.toml:").unwrap();
    let said = said.lines().next().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.trim_end().ends_with(said), "{error}");
}

#[test]
fn it_is_as_short_as_it_promises() {
    let code = |text: &str| text.lines().filter(|line| !line.is_empty() && !line.starts_with("//!")).count();
    assert!(code(&read("src/main.rs")) <= 20);
    let collector = read("src/lib.rs");
    let (_, collector) = collector.split_once("impl Collector for").unwrap();
    assert!(code(collector) <= 25);
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap()
}
