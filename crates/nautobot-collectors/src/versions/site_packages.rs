//! What is installed in a directory of Python packages: the `*.dist-info` directories that installers leave there
//! (PyPA, "Recording installed projects").

use std::fs::{File, read_dir};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::{BASIC, Error, Found};

/// As much as is read of a file: the headers of a `METADATA` are at its start, and before its long description.
const MAX_FILE: u64 = 64 * 1024;

/// The versions of Django, Nautobot, its apps and, in a virtual environment, Python. A package that cannot be read is
/// passed over.
///
/// Blocks one thread, which goes on until the file system has answered, whether or not anybody waits.
pub(super) async fn read(directory: PathBuf) -> Result<Found, Error> {
    let path = directory.clone();
    let read = spawn_blocking(move || read_now(&directory)).await;
    read.unwrap_or_else(|error| Err(Error::SitePackages { path, reason: error.to_string() }))
}

fn read_now(directory: &Path) -> Result<Found, Error> {
    let refuse = |reason| Error::SitePackages { path: directory.to_owned(), reason };
    let mut found = Found::new();
    for dist_info in dist_infos(directory).map_err(|error| refuse(error.to_string()))? {
        let Ok(metadata) = start_of(&dist_info.join("METADATA")) else { continue };
        let Some(package) = Package::of(&metadata) else { continue };
        if let Some(name) = package.software(&dist_info) {
            found.insert(name, package.version.to_owned());
        }
    }
    if !found.contains_key("nautobot") {
        return Err(refuse("no Nautobot is installed there".to_owned()));
    }
    found.extend(python_version(directory).map(|version| ("python".to_owned(), version)));
    Ok(found)
}

/// In alphabetical order, so that of two versions of one package it is always the same that is shown.
fn dist_infos(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "dist-info") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn start_of(file: &Path) -> io::Result<String> {
    let mut start = Vec::new();
    File::open(file)?.take(MAX_FILE).read_to_end(&mut start)?;
    Ok(String::from_utf8_lossy(&start).into_owned())
}

/// What the headers of a `METADATA` say.
#[derive(Debug)]
struct Package<'a> {
    /// As the PyPA compares names: in lower case, and joined by `-`.
    name: String,
    version: &'a str,
    needs_nautobot: bool,
}

impl<'a> Package<'a> {
    fn of(metadata: &'a str) -> Option<Self> {
        let (mut name, mut version, mut needs_nautobot) = (None, None, false);
        for line in metadata.lines().take_while(|line| !line.is_empty()) {
            match line.split_once(": ").map(|(field, value)| (field, value.trim())) {
                Some(("Name", value)) => name = Some(normalised(value, "-")),
                Some(("Version", value)) => version = Some(value),
                Some(("Requires-Dist", value)) => needs_nautobot |= is_nautobot(value),
                _ => {}
            }
        }
        Some(Self { name: name?, version: version?, needs_nautobot })
    }

    /// The name under which its version is shown, if it is.
    fn software(&self, dist_info: &Path) -> Option<String> {
        if BASIC.contains(&self.name.as_str()) {
            return Some(self.name.clone());
        }
        if !self.needs_nautobot && !self.name.starts_with("nautobot-") {
            return None;
        }
        let import_name = normalised(&self.name, "_");
        let modules = start_of(&dist_info.join("top_level.txt")).unwrap_or_default();
        let mut modules = modules.lines().map(str::trim).filter(|module| !module.is_empty());
        // Setuptools lists every module there; other tools write no such file, and have the module named as the package.
        let first = modules.clone().next().map(str::to_owned);
        if modules.any(|module| module == import_name) {
            Some(import_name)
        } else {
            first.or(Some(import_name))
        }
    }
}

/// Whether a requirement such as `nautobot[napalm] (<4.0.0,>=3.0.0) ; python_version > "3.9"` is one of Nautobot itself,
/// and not only of an extra.
fn is_nautobot(requirement: &str) -> bool {
    let (package, condition) = requirement.split_once(';').unwrap_or((requirement, ""));
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = package.trim().split(|c| !is_in_name(c)).next().unwrap_or_default();
    normalised(name, "-") == "nautobot" && !condition.contains("extra")
}

fn normalised(name: &str, joint: &str) -> String {
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join(joint).to_ascii_lowercase()
}

/// From the `pyvenv.cfg` of the virtual environment, three directories up: `version` of Python's `venv`, `version_info`
/// of virtualenv and uv, such as `3.12.1.final.0`.
fn python_version(directory: &Path) -> Option<String> {
    let file = directory.ancestors().nth(3)?.join("pyvenv.cfg");
    let text = start_of(&file).ok()?;
    let mut settings = text.lines().filter_map(|line| line.split_once('='));
    let (_, version) = settings.find(|(key, _)| matches!(key.trim(), "version" | "version_info"))?;
    let numbers: Vec<&str> = version.trim().split('.').take(3).collect();
    (numbers.len() == 3).then(|| numbers.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_of_nautobot_are_told_from_others() {
        for requirement in
            ["nautobot", "nautobot (>=3.0.0,<4.0.0)", "Nautobot[napalm]>=2; python_version>'3.9'"]
        {
            assert!(is_nautobot(requirement), "{requirement}");
        }
        for requirement in ["nautobot-ssot", "pynautobot>=2", "nautobot; extra == 'all'", ""] {
            assert!(!is_nautobot(requirement), "{requirement}");
        }
    }

    #[test]
    fn the_long_description_is_no_header() {
        let metadata =
            "Metadata-Version: 2.3\nName: Acme.App\nVersion: 1.0\n\nName: other\nRequires-Dist: nautobot\n";
        let package = Package::of(metadata).unwrap();
        assert_eq!(
            (package.name.as_str(), package.version, package.needs_nautobot),
            ("acme-app", "1.0", false)
        );
        assert!(Package::of("Name: nameless\n").is_none());
    }
}
