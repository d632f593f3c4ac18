//! Ctrl-C: work stops at the next block, and what has been written stays whole.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler: Ctrl-C is remembered instead of ending the program; a second one ends it at once.
pub(crate) fn install_handler() {
    // Without the handler Ctrl-C still ends the program, only less tidily.
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

/// Exit code of a program that ended by Ctrl-C: 128 + SIGINT.
pub(crate) const EXIT_CODE: u8 = 130;
