/// How a directory is read. The default reads everything, as the client does, and changes nothing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// What becomes of the live gauges of processes that are gone.
    pub dead: Dead,
    /// How many bytes of records one file may have. A file beyond is skipped. Default: 64 MiB.
    pub max_file_bytes: u64,
    /// How many bytes of records all files together may have. Files beyond are skipped. Default: 1 GiB.
    pub max_bytes: u64,
    /// How many series may be held in memory at once: distinct ones, and each process' value of a gauge. Files beyond
    /// are skipped. Default: 1,000,000, which takes some hundred MiB.
    pub max_series: usize,
    /// How many files the directory may have before it is not read at all. Default: 1,000,000.
    pub max_files: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dead: Dead::Keep,
            max_file_bytes: 64 << 20,
            max_bytes: 1 << 30,
            max_series: 1_000_000,
            max_files: 1_000_000,
        }
    }
}

/// What becomes of the files that the client's `mark_process_dead` would delete: those of gauges in the modes
/// `liveall`, `livemax`, `livemin`, `livesum` and `livemostrecent` of a process that is gone. All other files stay and
/// count in any case, or else counters would go down.
///
/// A process is gone if the kernel knows no process of that number. Choose anything but [`Keep`](Self::Keep) only where
/// both are true:
/// * the numbers in the file names are those of processes, not what the program's own `process_identifier` made up
///   (an identifier that is not a number is never taken for a dead process);
/// * this process sees the processes that write: in another container, and without its process namespace, all
///   of them look dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Dead {
    /// They are merged as long as they lie there. What the client does.
    #[default]
    Keep,
    /// They are left out, and left where they are.
    Drop,
    /// They are left out and deleted. The kernel is asked once more right before.
    Delete,
}
