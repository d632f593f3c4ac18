//! Suppression of the messages that audio libraries write to standard error. Their functions return the same errors.

/// Suppresses the messages of ALSA on the calling thread, and of JACK in the whole process.
#[cfg(target_os = "linux")]
pub(crate) fn silence_backend_logs() {
    // If the handler cannot be installed, ALSA writes its messages.
    let _ = alsa::Output::local_error_handler();
    jack::set_logger(jack::LoggerType::None);
}

/// Does nothing: the audio libraries of these systems write no messages.
#[cfg(not(target_os = "linux"))]
pub(crate) fn silence_backend_logs() {}
