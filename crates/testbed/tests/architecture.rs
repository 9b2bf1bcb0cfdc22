//! The arrows between crates, the places of outside crates, and the lints that every crate takes over: what
//! `docs/ARCHITECTURE.md` says, held by what cargo says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// What each crate of `crates/` may depend on, of ours.
const CRATES: [(&str, &[&str]); 12] = [
    ("metrics-core", &[]),
    ("nautobot-config", &[]),
    ("nautobot-db", &[]),
    ("nautobot-redis", &[]),
    ("rq-model", &["nautobot-redis"]),
    ("celery-model", &["nautobot-redis"]),
    ("prometheus-multiproc", &[]),
    ("exposition", &["metrics-core"]),
    (
        "rq-collectors",
        &[
            "metrics-core",
            "rq-model",
            "celery-model",
            "nautobot-redis",
            "nautobot-db",
            "prometheus-multiproc",
        ],
    ),
    ("nautobot-collectors", &["metrics-core", "nautobot-db"]),
    ("collector-testkit", &["metrics-core", "exposition"]),
    ("testbed", &["rq-model", "celery-model", "nautobot-db"]),
];

/// What a binary may depend on, of ours.
const BINARIES: &[&str] = &[
    "exposition",
    "rq-collectors",
    "nautobot-collectors",
    "rq-model",
    "celery-model",
    "nautobot-db",
    "nautobot-config",
];

/// What a crate as a stranger would write it may depend on, of ours.
const EXAMPLES: &[&str] = &[
    "metrics-core",
    "exposition",
    "rq-collectors",
    "nautobot-collectors",
    "rq-model",
    "celery-model",
    "nautobot-db",
];

/// What any crate may use in its tests, and nothing else.
const DEV_ONLY: [&str; 2] = ["testbed", "collector-testkit"];

/// Outside crates that belong to one place.
const PLACES: [(&str, &[&str]); 8] = [
    ("clap", &["exposition"]),
    ("deadpool-postgres", &["nautobot-db"]),
    ("figment", &["exposition"]),
    ("hyper", &["exposition", "nautobot-collectors"]),
    ("hyper-util", &["exposition", "nautobot-collectors"]),
    ("prometheus", &["exposition"]),
    ("redis", &["nautobot-redis", "rq-model", "celery-model"]),
    ("tokio-postgres", &["nautobot-db"]),
];

/// Crates that are linked in two versions, and why that cannot be helped.
const TWICE: [(&str, &str); 3] = [
    (
        "const-oid",
        "tokio-postgres-rustls reads certificates with the generation before the one of tokio-postgres",
    ),
    ("getrandom", "ring stays with 0.2"),
    ("syn", "only macros, while building"),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None`, `dev` or `build`.
    kind: Option<String>,
    /// Where it lies, if it is ours.
    path: Option<PathBuf>,
}

#[test]
fn every_arrow_is_a_listed_one() {
    let metadata: Metadata =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version=1"])).unwrap();
    assert!(metadata.packages.len() >= 9);
    let violations: Vec<String> = metadata.packages.iter().flat_map(violations).collect();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn every_other_arrow_is_refused() {
    for (manifest, dependency) in [
        ("crates/metrics-core", r#"{"name": "exposition", "path": "x"}"#),
        ("crates/metrics-core", r#"{"name": "exposition", "path": "x", "kind": "dev"}"#),
        ("crates/metrics-core", r#"{"name": "exposition", "path": "x", "kind": "build"}"#),
        ("crates/rq-model", r#"{"name": "metrics-core", "path": "x"}"#),
        ("crates/rq-model", r#"{"name": "testbed", "path": "x"}"#),
        ("crates/rq-collectors", r#"{"name": "redis"}"#),
        ("crates/rq-collectors", r#"{"name": "redis", "kind": "dev"}"#),
        ("bins/rq-exporter", r#"{"name": "metrics-core", "path": "x"}"#),
        ("bins/rq-exporter", r#"{"name": "hyper"}"#),
        ("crates/unheard-of", r#"{"name": "metrics-core", "path": "x"}"#),
    ] {
        let dependency = serde_json::from_str(dependency).unwrap();
        let manifest = Path::new(manifest);
        let name = manifest.file_name().unwrap().to_str().unwrap().into();
        let package =
            Package { name, manifest_path: manifest.join("Cargo.toml"), dependencies: vec![dependency] };
        assert_eq!(violations(&package).len(), 1, "{manifest:?}");
    }
}

#[test]
fn every_crate_takes_over_the_lints() {
    let root = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for lint in [
        "unsafe_code = \"forbid\"",
        "expect_used = \"warn\"",
        "indexing_slicing = \"warn\"",
        "panic = \"warn\"",
        "unwrap_used = \"warn\"",
    ] {
        assert!(root.lines().any(|line| line == lint), "{lint}");
    }
    let metadata: Metadata =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version=1"])).unwrap();
    for package in metadata.packages {
        let manifest = fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{}", package.name);
    }
}

#[test]
fn no_crate_is_linked_in_two_versions() {
    let tree =
        cargo(&["tree", "--workspace", "--edges=normal", "--duplicates", "--depth=0", "--prefix=none"]);
    let twice: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(twice, TWICE.map(|(name, _)| name).into(), "left: what is linked twice, right: what may be");
}

/// What a package depends on and must not.
fn violations(package: &Package) -> Vec<String> {
    let name = package.name.as_str();
    let forbidden = |dependency: &&Dependency| {
        let target = dependency.name.as_str();
        let is_test = dependency.kind.as_deref() == Some("dev");
        match dependency.path {
            Some(_) if DEV_ONLY.contains(&target) => !is_test,
            Some(_) => !allowed(package).contains(&target),
            None => PLACES.iter().any(|(outside, places)| *outside == target && !places.contains(&name)),
        }
    };
    let arrow = |dependency: &Dependency| {
        format!("{name} -> {} ({})", dependency.name, dependency.kind.as_deref().unwrap_or("normal"))
    };
    package.dependencies.iter().filter(forbidden).map(arrow).collect()
}

fn allowed(package: &Package) -> &'static [&'static str] {
    let mut folders = package.manifest_path.iter().rev().skip(1).map(|folder| folder.to_str().unwrap());
    assert_eq!(folders.next(), Some(package.name.as_str()), "the folder's name is the crate's");
    match folders.next() {
        Some("bins") => BINARIES,
        Some("examples") => EXAMPLES,
        _ => CRATES.iter().find(|(name, _)| *name == package.name).map_or(&[], |(_, allowed)| allowed),
    }
}

fn cargo(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO")).args(arguments).arg("--locked").current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
