use prometheus_multiproc::{Dead, Options};

/// Section `[collectors.multiproc]` of an exporter's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MultiprocSettings {
    /// What becomes of the live gauges of processes that are gone.
    pub dead_files: DeadFiles,
}

/// What becomes of the files that `prometheus_client.multiprocess.mark_process_dead` would delete. Choose anything but
/// [`Keep`](Self::Keep) only where the exporter sees the processes that write: see [`Dead`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeadFiles {
    /// They count as long as they lie there, as for the client.
    #[default]
    Keep,
    /// They do not count, and stay.
    Drop,
    /// They are deleted.
    Delete,
}

impl MultiprocSettings {
    pub(super) fn options(&self) -> Options {
        let mut options = Options::default();
        options.dead = match self.dead_files {
            DeadFiles::Keep => Dead::Keep,
            DeadFiles::Drop => Dead::Drop,
            DeadFiles::Delete => Dead::Delete,
        };
        options
    }
}
