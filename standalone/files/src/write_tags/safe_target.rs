//! Checks before a file is replaced.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::error::WriteTagsError;

/// File that may be replaced, and that no other program locks meanwhile.
#[derive(Debug)]
pub(super) struct SafeTarget {
    /// Holds the lock.
    _file: File,
}

impl SafeTarget {
    /// Checks that a file may be replaced, and locks it. Blocks.
    ///
    /// # Errors
    /// If the path is a pipe, a link, read-only, or in use by another program.
    pub(super) fn check(path: &Path) -> Result<Self, WriteTagsError> {
        let metadata = fs::symlink_metadata(path)?;
        if metadata.is_symlink() {
            return Err(WriteTagsError::Link { target: fs::read_link(path)? });
        }
        if !metadata.is_file() {
            return Err(WriteTagsError::Pipe);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            if metadata.nlink() > 1 {
                return Err(WriteTagsError::HardLinks { links: metadata.nlink() });
            }
        }
        if metadata.permissions().readonly() {
            return Err(WriteTagsError::ReadOnly);
        }
        let opened = File::options().read(true).write(true).open(path);
        let file = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => WriteTagsError::ReadOnly,
            _ => WriteTagsError::Io(error),
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(WriteTagsError::InUse),
            // A file system without locks.
            Err(TryLockError::Error(_)) => {}
        }
        #[cfg(target_os = "linux")]
        if is_written_elsewhere(&metadata) {
            return Err(WriteTagsError::InUse);
        }
        Ok(Self { _file: file })
    }
}

/// Whether another process of this machine has the file open for writing, as far as this user may see.
#[cfg(target_os = "linux")]
fn is_written_elsewhere(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    let me = std::process::id().to_string();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.bytes().all(|byte| byte.is_ascii_digit()) && name != me
    });
    processes.into_iter().any(|process| {
        let handles = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        handles.into_iter().any(|handle| {
            let is_same =
                fs::metadata(handle.path()).is_ok_and(|other| other.dev() == file.dev() && other.ino() == file.ino());
            is_same && is_open_for_writing(&process.path().join("fdinfo").join(handle.file_name()))
        })
    })
}

#[cfg(target_os = "linux")]
fn is_open_for_writing(info: &Path) -> bool {
    let text = fs::read_to_string(info).unwrap_or_default();
    let flags = text.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
    // O_ACCMODE: 0 is reading only.
    flags.is_some_and(|flags| flags & 0o3 != 0)
}
