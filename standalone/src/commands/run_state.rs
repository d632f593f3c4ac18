//! State of a run over files that its threads share: failures, and whether to stop.

use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::print::error_line;
use crate::interrupt;

/// Exit code of a run whose reader closed the pipe: 128 + SIGPIPE, as a shell reports it of other programs.
const CLOSED_PIPE_EXIT_CODE: u8 = 141;

/// State of a run over files.
#[derive(Debug, Default)]
pub(super) struct RunState {
    has_failures: AtomicBool,
    /// Whether the output cannot be written any more.
    is_output_lost: AtomicBool,
    /// Whether that is because its reader has ended.
    is_pipe_closed: AtomicBool,
}

impl RunState {
    /// Whether no further file shall be analyzed: after Ctrl-C, or if the output cannot be written any more.
    pub(super) fn is_stopped(&self) -> bool {
        interrupt::is_requested() || self.is_output_lost()
    }

    /// Whether the output cannot be written any more.
    pub(super) fn is_output_lost(&self) -> bool {
        self.is_output_lost.load(Relaxed)
    }

    /// Counts a failure: the exit code is 1.
    pub(super) fn fail(&self) {
        self.has_failures.store(true, Relaxed);
    }

    /// Ends the run, whose output cannot be written any more, with one message. A closed pipe needs none.
    pub(super) fn lose_output(&self, error: &io::Error) {
        self.fail();
        let is_first = !self.is_output_lost.swap(true, Relaxed);
        if error.kind() == ErrorKind::BrokenPipe {
            self.is_pipe_closed.store(true, Relaxed);
        } else if is_first {
            error_line!("earmark: cannot write the result: {error}");
        }
    }

    /// Returns the exit code of the run.
    pub(super) fn exit_code(&self) -> ExitCode {
        if interrupt::is_requested() {
            ExitCode::from(interrupt::EXIT_CODE)
        } else if self.is_pipe_closed.load(Relaxed) {
            ExitCode::from(CLOSED_PIPE_EXIT_CODE)
        } else {
            ExitCode::from(u8::from(self.has_failures.load(Relaxed)))
        }
    }
}

/// Whether no result can be written after this error, whichever file it is for.
pub(super) fn ends_all_output(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), BrokenPipe | QuotaExceeded | ReadOnlyFilesystem | StorageFull)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_disk_and_closed_pipe_end_a_run_and_a_bad_name_does_not() {
        for (kind, ends) in [
            (ErrorKind::StorageFull, true),
            (ErrorKind::QuotaExceeded, true),
            (ErrorKind::ReadOnlyFilesystem, true),
            (ErrorKind::BrokenPipe, true),
            (ErrorKind::InvalidFilename, false),
            (ErrorKind::PermissionDenied, false),
        ] {
            assert_eq!(ends_all_output(&kind.into()), ends, "{kind}");
        }
    }

    #[test]
    fn lost_output_stops_the_run_with_the_exit_code_of_its_cause() {
        for (kind, code) in [(ErrorKind::StorageFull, 1), (ErrorKind::BrokenPipe, CLOSED_PIPE_EXIT_CODE)] {
            let state = RunState::default();
            assert!(!state.is_stopped() && state.exit_code() == ExitCode::SUCCESS);
            state.lose_output(&kind.into());
            assert!(state.is_stopped() && state.exit_code() == ExitCode::from(code), "{kind}");
        }
    }
}
