//! Lines on standard output and standard error that survive a closed pipe.

use std::fmt;
use std::io::{self, Write};
#[cfg(feature = "separation")]
use std::path::Path;

/// Prints a line on standard output. An error is ignored, as is a reader that ended (`| head`).
#[cfg(any(feature = "batch", feature = "descriptors", feature = "write-tags"))]
macro_rules! print_line {
    ($($text:tt)*) => { $crate::commands::print::line(format_args!($($text)*)) };
}

/// Prints a line on standard error. An error is ignored: there is no other place for it.
macro_rules! error_line {
    ($($text:tt)*) => { $crate::commands::print::error(format_args!($($text)*)) };
}

pub(crate) use error_line;
#[cfg(any(feature = "batch", feature = "descriptors", feature = "write-tags"))]
pub(crate) use print_line;

/// Prints a line on standard output.
#[cfg(any(feature = "batch", feature = "descriptors", feature = "write-tags"))]
pub(crate) fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints a line on standard error, in one call.
pub(crate) fn error(text: fmt::Arguments<'_>) {
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Writes bytes to standard output. Blocks.
///
/// # Errors
/// If standard output cannot be written.
#[cfg(any(feature = "separation", feature = "write-tags"))]
pub(crate) fn output(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Writes a path and a line end to standard output, byte for byte. Blocks.
///
/// # Errors
/// If standard output cannot be written.
#[cfg(feature = "separation")]
pub(crate) fn path(path: &Path) -> io::Result<()> {
    output(&[path.as_os_str().as_encoded_bytes(), b"\n"].concat())
}
