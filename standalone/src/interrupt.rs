//! Handling of Ctrl-C: work stops at the next block, so that the output stays complete.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler: the first Ctrl-C sets a flag, the second one ends the program at once.
pub(crate) fn install_handler() {
    // If no handler can be installed, Ctrl-C ends the program at once.
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    });
}

/// Whether Ctrl-C was pressed.
pub(crate) fn is_requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Exit code after Ctrl-C: 128 + SIGINT.
pub(crate) const EXIT_CODE: u8 = 130;
