use std::ffi::CStr;
use std::io;

use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Mode, OFlags, fstat, openat};
use rustix::io::{Errno, pread, retry_on_intr};

use crate::Reason;
use crate::layout;

/// A regular file of the directory, open.
pub(super) struct File {
    descriptor: OwnedFd,
    pub(super) size: u64,
}

impl File {
    /// What most files have in use fits in here.
    pub(super) const PAGE: usize = 4096;

    /// Opens it if it is what the listing says: a regular file, or something of which the listing does not say.
    pub(super) fn open(directory: &OwnedFd, name: &CStr, listed: FileType) -> Result<Self, Reason> {
        if !matches!(listed, FileType::RegularFile | FileType::Unknown) {
            return Err(Reason::NotRegular);
        }
        // a pipe without a writer would keep us waiting
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let descriptor = openat(directory, name, flags, Mode::empty()).map_err(|error| match error {
            Errno::NOENT => Reason::Vanished,
            Errno::LOOP => Reason::NotRegular,
            error => unreadable(error),
        })?;
        let size = size(&descriptor)?;
        Ok(Self { descriptor, size })
    }

    /// Reads what is in use into the start of the buffer, making that longer where needed. Returns how much that is,
    /// which is the header if there is one.
    ///
    /// What is in use is first known when the start was read, so that is tried with as much as is `expected`.
    pub(super) fn read(&self, buffer: &mut Vec<u8>, expected: usize, most: usize) -> Result<usize, Reason> {
        let first = self.fill(room(buffer, 0, expected.max(layout::HEADER)), 0)?;
        let used = layout::used(room(buffer, 0, first))?;
        if used > first {
            // it may have grown since it was opened
            if used as u64 > self.size && used as u64 > size(&self.descriptor)? {
                return Err(Reason::CutOff);
            }
            if used > most {
                return Err(Reason::TooLarge);
            }
            let rest = used - first;
            if self.fill(room(buffer, first, rest), first as u64)? < rest {
                return Err(Reason::CutOff);
            }
        }
        Ok(used.max(first.min(layout::HEADER)))
    }

    /// Reads until the room is full or the file ends; how much it was.
    fn fill(&self, room: &mut [u8], offset: u64) -> Result<usize, Reason> {
        let mut filled = 0;
        while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let position = offset + filled as u64;
            match retry_on_intr(|| pread(&self.descriptor, &mut *rest, position)) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) => return Err(unreadable(error)),
            }
        }
        Ok(filled)
    }
}

/// The size of a regular file.
fn size(descriptor: &OwnedFd) -> Result<u64, Reason> {
    let stat = fstat(descriptor).map_err(unreadable)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(u64::try_from(stat.st_size).unwrap_or_default()),
        _ => Err(Reason::NotRegular),
    }
}

fn room(buffer: &mut Vec<u8>, start: usize, length: usize) -> &mut [u8] {
    let end = start + length;
    if buffer.len() < end {
        buffer.resize(end, 0);
    }
    buffer.get_mut(start..end).unwrap_or_default()
}

fn unreadable(error: Errno) -> Reason {
    Reason::Unreadable(io::Error::from(error).kind())
}
