//! A directory of Python packages, as installers leave it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nautobot_collectors::AppVersions;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{advance, timeout};

use super::web_server::WebServer;
use super::{TOKEN, all, collect, failure, pairs, settings, status, versions};

/// A virtual environment with Nautobot 3.2.7, and its directory of packages.
fn environment() -> (TempDir, PathBuf) {
    let environment = tempfile::tempdir().unwrap();
    fs::write(
        environment.path().join("pyvenv.cfg"),
        "home = /usr/local/bin\ninclude-system-site-packages = false\nversion = 3.12.1\n",
    )
    .unwrap();
    let packages = environment.path().join("lib/python3.12/site-packages");
    fs::create_dir_all(&packages).unwrap();
    install(
        &packages,
        "nautobot-3.2.7",
        "Name: nautobot\nVersion: 3.2.7\nRequires-Dist: django (>=5.2.18,<5.3)\n",
    );
    install(&packages, "Django-5.2.19", "Name: Django\nVersion: 5.2.19\nRequires-Dist: sqlparse>=0.3.1\n");
    (environment, packages)
}

fn install(packages: &Path, name: &str, headers: &str) -> PathBuf {
    let dist_info = packages.join(format!("{name}.dist-info"));
    fs::create_dir(&dist_info).unwrap();
    let metadata = format!("Metadata-Version: 2.3\n{headers}\nRequires-Dist: nautobot\nName: no header\n");
    fs::write(dist_info.join("METADATA"), metadata).unwrap();
    dist_info
}

fn of_packages(packages: &Path, interval: &str) -> AppVersions {
    let section = json!({ "site_packages": packages, "interval": interval });
    AppVersions::new(&settings(&section), all()).unwrap()
}

const BASIC: [(&str, &str); 3] = [("django", "5.2.19"), ("nautobot", "3.2.7"), ("python", "3.12.1")];

fn with_basic(apps: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut expected = pairs(&[BASIC.as_slice(), apps].concat());
    expected.sort();
    expected
}

#[tokio::test]
async fn what_is_installed_is_found() {
    let (_environment, packages) = environment();
    install(
        &packages,
        "nautobot_capacity_metrics-4.1.1",
        "Name: nautobot-capacity-metrics\nVersion: 4.1.1\nRequires-Dist: nautobot (>=3.0.0,<4.0.0)\n",
    );
    install(&packages, "nautobot_old-1.0", "Name: nautobot-old\nVersion: 1.0\n");
    let acme =
        install(&packages, "acme-2.0", "Name: Acme.Things\nVersion: 2.0\nRequires-Dist: Nautobot>=2\n");
    fs::write(acme.join("top_level.txt"), "\nacme\ntests\n").unwrap();
    install(&packages, "pynautobot-3.0", "Name: pynautobot\nVersion: 3.0\nRequires-Dist: requests\n");
    install(&packages, "odd-1.0", "Name: odd\nVersion: 1.0\nRequires-Dist: nautobot ; extra == 'nautobot'\n");
    install(&packages, "nautobot_nameless-1.0", "Version: 1.0\n");
    fs::create_dir(packages.join("nautobot_empty-1.0.dist-info")).unwrap();
    fs::write(packages.join("nautobot_file-1.0.dist-info"), "").unwrap();
    let shown = collect(&of_packages(&packages, "10m")).await.unwrap();
    let apps = [("acme", "2.0"), ("nautobot_capacity_metrics", "4.1.1"), ("nautobot_old", "1.0")];
    assert_eq!(shown.versions, with_basic(&apps));
    assert!(shown.ages["site-packages"] < 60.0 && shown.ages.len() == 1);
}

#[tokio::test]
async fn an_upgrade_is_seen_after_the_interval() {
    let (_environment, packages) = environment();
    let [patient, hasty] = ["10m", "0s"].map(|interval| of_packages(&packages, interval));
    for collector in [&patient, &hasty] {
        assert_eq!(versions(collector).await, pairs(&BASIC));
    }
    fs::remove_dir_all(packages.join("nautobot-3.2.7.dist-info")).unwrap();
    install(&packages, "nautobot-3.2.8", "Name: nautobot\nVersion: 3.2.8\n");
    assert_eq!(versions(&patient).await, pairs(&BASIC));
    assert_eq!(versions(&hasty).await[1], ("nautobot".to_owned(), "3.2.8".to_owned()));
}

#[tokio::test]
async fn pythons_version_is_known_in_a_virtual_environment_only() {
    let (environment, packages) = environment();
    let settings = environment.path().join("pyvenv.cfg");
    for (text, expected) in [
        (Some("version_info = 3.11.2.final.0\n"), Some("3.11.2")),
        (Some("version=3.10.0\n"), Some("3.10.0")),
        (Some("version = 3.11\n"), None),
        (Some("home = /usr\n"), None),
        (None, None),
    ] {
        match text {
            Some(text) => fs::write(&settings, text).unwrap(),
            None => fs::remove_file(&settings).unwrap(),
        }
        let shown = versions(&of_packages(&packages, "10m")).await;
        let python = shown.iter().find(|(name, _)| name == "python").map(|(_, version)| version.as_str());
        assert_eq!(python, expected, "{text:?}");
    }
}

#[tokio::test]
async fn a_directory_without_nautobot_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let missing = empty.path().join("missing");
    for (directory, expected) in
        [(empty.path(), "no Nautobot is installed there"), (&missing, "No such file")]
    {
        let failure = failure(&of_packages(directory, "10m")).await;
        assert!(failure.starts_with(&directory.display().to_string()), "{failure}");
        assert!(failure.contains(expected) && failure.contains("nautobot.site_packages"), "{failure}");
    }
}

#[tokio::test]
async fn the_settings_know_best_and_then_the_web_server() {
    let (_environment, packages) = environment();
    install(&packages, "nautobot_ssot-3.0", "Name: nautobot-ssot\nVersion: 3.0\n");
    install(&packages, "nautobot_chatops-2.0", "Name: nautobot-chatops\nVersion: 2.0\n");
    let server = WebServer::start(status("3.2.6", &json!({ "nautobot_ssot": "4.0.0", "acme": "1" })));
    let section = json!({
        "url": server.url(), "token": TOKEN, "site_packages": packages,
        "versions": { "acme": "9", "django": "5.2.18" },
    });
    let shown = collect(&AppVersions::new(&settings(&section), all()).unwrap()).await.unwrap();
    let expected = [
        ("acme", "9"),
        ("django", "5.2.18"),
        ("nautobot", "3.2.6"),
        ("nautobot_chatops", "2.0"),
        ("nautobot_ssot", "4.0.0"),
        ("python", "3.12.1"),
    ];
    assert_eq!(shown.versions, pairs(&expected));
    assert_eq!(shown.ages.keys().collect::<Vec<_>>(), ["api", "site-packages"]);
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_fails_is_left_alone_for_longer_and_longer() {
    let (_environment, packages) = environment();
    let away = packages.with_extension("away");
    fs::rename(&packages, &away).unwrap();
    let collector = of_packages(&packages, "10m");
    for pause in [30, 60] {
        failure(&collector).await;
        advance(Duration::from_secs(pause)).await;
    }
    failure(&collector).await;
    fs::rename(&away, &packages).unwrap();
    advance(Duration::from_secs(119)).await;
    failure(&collector).await;
    advance(Duration::from_secs(2)).await;
    assert_eq!(versions(&collector).await, pairs(&BASIC));
}

/// A file that nobody writes to hangs as one of a server that is away.
#[test]
fn a_directory_that_hangs_holds_one_thread() {
    let (_environment, packages) = environment();
    let hanging = packages.join("hanging-1.0.dist-info");
    fs::create_dir(&hanging).unwrap();
    let hanging = hanging.join("METADATA");
    assert!(Command::new("mkfifo").arg(&hanging).status().unwrap().success());
    let section = json!({ "site_packages": packages, "interval": "0s", "timeout": "100ms" });
    let collector = AppVersions::new(&settings(&section), all()).unwrap();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(2).build().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            assert!(failure(&collector).await.contains("did not answer in time"));
        }
        let other = timeout(Duration::from_secs(2), tokio::task::spawn_blocking(|| ())).await;
        fs::write(&hanging, "").unwrap();
        other.expect("a thread that is free").unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(versions(&collector).await, pairs(&BASIC));
    });
}
