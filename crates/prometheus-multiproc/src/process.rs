use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

/// Whether the kernel knows a process of this number. In doubt it does.
pub(crate) fn is_alive(number: i32) -> bool {
    Pid::from_raw(number).is_none_or(|process| test_kill_process(process) != Err(Errno::SRCH))
}
