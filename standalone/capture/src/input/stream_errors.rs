//! Errors of one stream, recorded by its error callback.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use cpal::ErrorKind;

use super::input_stats::InputStats;

/// First fatal error of one stream.
#[derive(Debug, Default)]
pub(super) struct StreamErrors {
    /// 1 + index in [`FATAL`] of the first error that ends the stream; 0 for none.
    fatal: AtomicU8,
}

/// Errors that end a stream. All others are transient.
const FATAL: [ErrorKind; 11] = [
    ErrorKind::StreamInvalidated,
    ErrorKind::DeviceNotAvailable,
    ErrorKind::HostUnavailable,
    ErrorKind::PermissionDenied,
    ErrorKind::DeviceBusy,
    ErrorKind::ResourceExhausted,
    ErrorKind::UnsupportedConfig,
    ErrorKind::UnsupportedOperation,
    ErrorKind::InvalidInput,
    ErrorKind::BackendError,
    ErrorKind::Other,
];

/// Whether an error ends its stream. Real-time safe.
pub(crate) fn is_fatal(kind: ErrorKind) -> bool {
    FATAL.contains(&kind)
}

impl StreamErrors {
    /// Counts an error, and stores it if it is the first fatal one. Real-time safe: a backend may report hundreds of
    /// thousands of errors per second.
    pub(super) fn record(&self, stats: &InputStats, error: &cpal::Error) {
        let kind = match error.kind() {
            // cpal reports a stopped server as a lost device, with a message that names the server.
            ErrorKind::DeviceNotAvailable if error.message().is_some_and(|message| message.contains("server")) => {
                ErrorKind::HostUnavailable
            }
            kind => kind,
        };
        stats.count_error(kind == ErrorKind::Xrun);
        if let Some(index) = FATAL.iter().position(|&fatal| fatal == kind) {
            let _ = self.fatal.compare_exchange(0, index as u8 + 1, Relaxed, Relaxed);
        }
    }

    /// Returns the kind of the first error that ends the stream, if any. Real-time safe.
    pub(super) fn fatal(&self) -> Option<ErrorKind> {
        FATAL.get(usize::from(self.fatal.load(Relaxed)).checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_and_the_first_fatal_one_is_stored() {
        let (stats, errors) = (InputStats::new(0.0), StreamErrors::default());
        let record = |kind: ErrorKind| errors.record(&stats, &kind.into());
        record(ErrorKind::Xrun);
        record(ErrorKind::RealtimeDenied);
        assert_eq!(errors.fatal(), None);
        for _ in 0..100_000 {
            record(ErrorKind::BackendError);
        }
        record(ErrorKind::DeviceNotAvailable);
        assert_eq!(errors.fatal(), Some(ErrorKind::BackendError));
        assert_eq!((stats.errors(), stats.overruns()), (100_003, 1));
        let errors = StreamErrors::default();
        errors.record(&stats, &cpal::Error::with_message(ErrorKind::DeviceNotAvailable, "JACK server shut down"));
        assert_eq!(errors.fatal(), Some(ErrorKind::HostUnavailable));
    }
}
