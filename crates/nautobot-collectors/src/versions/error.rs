//! What can go wrong while versions are looked for, with what to do about it.

use std::path::PathBuf;

/// Why a source of versions tells none.
///
/// Every message names the source and what to change; none carries a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key of the settings' `[nautobot]` section has a value that cannot be used.
    #[error("nautobot.{key}: {reason}")]
    Settings {
        /// The key within the section.
        key: &'static str,
        /// What is wrong with it, without its value if that may be a secret.
        reason: String,
    },
    /// There is no metrics directory, or something is wrong with it or its files.
    #[error("collectors.metrics_directory: {reason}")]
    MetricsDirectory {
        /// What is wrong, with path and line.
        reason: String,
    },
    /// The web server could not be reached, or went away: refused, unknown host, TLS, restart.
    #[error("cannot ask {url}: {reason}; check that it runs, and nautobot.url and nautobot.tls_ca_file")]
    Unreachable {
        /// The address of the status.
        url: String,
        /// The cause, as the system put it.
        reason: String,
    },
    /// A source did not answer in time.
    #[error(
        "{place} did not answer in time; look for load there, or allow more: nautobot.timeout, scrape.timeout"
    )]
    Deadline {
        /// An address or a directory.
        place: String,
    },
    /// The web server refused the request, or led it elsewhere.
    #[error("{url} answered {status}, expected 200{}", way_out(*.status))]
    Status {
        /// The address of the status.
        url: String,
        /// The number that it answered.
        status: u16,
    },
    /// The web server answered with something else than the status of a Nautobot.
    #[error("{url} answered with what is no status of Nautobot: {reason}; check nautobot.url")]
    Answer {
        /// The address of the status.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The directory of Python packages cannot be read, or Nautobot is not in it.
    #[error("{}: {reason}; check nautobot.site_packages", path.display())]
    SitePackages {
        /// The directory.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// Versions are asked for, and the settings say of no source.
    #[error(
        "nothing tells versions: set nautobot.url and nautobot.token, nautobot.site_packages, or nautobot.versions"
    )]
    NoSource,
}

fn way_out(status: u16) -> &'static str {
    match status {
        300..=399 => "; redirects are not followed: nautobot.url has to be the address that it leads to",
        400 => "; ALLOWED_HOSTS of Nautobot has to hold the host of nautobot.url",
        401 | 403 => "; check nautobot.token",
        404 => "; nautobot.url has to be the address of Nautobot's start page",
        _ => "",
    }
}
