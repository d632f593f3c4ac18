//! Keeps the sound libraries from writing to standard error: whatever matters comes back as an error of ours.

/// For the calling thread, and for libraries that know no threads, for the whole process.
#[cfg(target_os = "linux")]
pub(super) fn libraries() {
    // Where it cannot be had, a few lines more are seen.
    let _ = alsa::Output::local_error_handler();
    jack::set_logger(jack::LoggerType::None);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn libraries() {}
