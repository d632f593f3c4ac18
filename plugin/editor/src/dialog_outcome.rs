//! Outcome of a file dialog, with the case that the system shows none.

use std::time::{Duration, Instant};

/// Time below which a dialog without a result was not shown: no user closes one so fast.
const MIN_DIALOG_TIME: Duration = Duration::from_millis(500);

/// Outcome of a file dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogOutcome<T> {
    /// The user has chosen.
    Picked(T),
    /// The user has closed the dialog without a choice.
    Cancelled,
    /// The system shows no dialogs: on Linux, neither xdg-desktop-portal nor zenity is installed.
    Unavailable,
}

impl<T> DialogOutcome<T> {
    /// Runs a dialog with `pick`, which returns none if the user cancels it, and at once if the system shows no dialogs.
    /// Blocks until the dialog is closed.
    pub fn of(pick: impl FnOnce() -> Option<T>) -> Self {
        let opened = Instant::now();
        match pick() {
            Some(picked) => Self::Picked(picked),
            None if opened.elapsed() < MIN_DIALOG_TIME => Self::Unavailable,
            None => Self::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn dialog_that_ends_at_once_without_a_result_was_not_shown() {
        assert_eq!(DialogOutcome::of(|| Some(1)), DialogOutcome::Picked(1));
        assert_eq!(DialogOutcome::of(|| None::<u8>), DialogOutcome::Unavailable);
        let cancelled = DialogOutcome::of(|| {
            thread::sleep(MIN_DIALOG_TIME * 2);
            None::<u8>
        });
        assert_eq!(cancelled, DialogOutcome::Cancelled);
    }
}
