//! Silences what the sound libraries write to standard error: what matters comes back as an error.

/// Silences ALSA on the calling thread, and JACK in the whole process.
#[cfg(target_os = "linux")]
pub(super) fn silence_backend_logs() {
    // Without the handler a few more lines are written.
    let _ = alsa::Output::local_error_handler();
    jack::set_logger(jack::LoggerType::None);
}

/// Does nothing: these sound libraries write nothing.
#[cfg(not(target_os = "linux"))]
pub(super) fn silence_backend_logs() {}
