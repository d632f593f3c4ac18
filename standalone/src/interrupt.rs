//! Ctrl-C as a wish: work stops at the next block, and what has been written stays whole.

use std::sync::atomic::{AtomicBool, Ordering};

static WISHED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is remembered instead of ending the program; a second one ends it at once.
pub(crate) fn listen() {
    // Without the handler Ctrl-C still ends the program, only less tidily.
    let _ = ctrlc::set_handler(|| {
        if WISHED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    });
}

/// Whether Ctrl-C was pressed.
pub(crate) fn wished() -> bool {
    WISHED.load(Ordering::Relaxed)
}

/// What a program that ended by Ctrl-C returns: 128 + SIGINT.
pub(crate) const EXIT_CODE: u8 = 130;
