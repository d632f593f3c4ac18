//! Ctrl-C during a long call.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use earmark_files::tag::FileProgress;
use pyo3::prelude::*;

/// Interval between two checks of Python's signals.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Progress of an analysis, which Python's signal handlers cancel. Only the main thread of Python handles signals.
pub(crate) struct SignalCheck {
    checked: Cell<Instant>,
    raised: RefCell<Option<PyErr>>,
}

impl SignalCheck {
    pub(crate) fn new() -> Self {
        Self { checked: Cell::new(Instant::now()), raised: RefCell::new(None) }
    }

    /// Returns the exception of a signal handler, such as `KeyboardInterrupt`.
    pub(crate) fn into_error(self) -> Option<PyErr> {
        self.raised.into_inner()
    }
}

impl FileProgress for SignalCheck {
    fn is_cancelled(&self) -> bool {
        if self.checked.get().elapsed() >= CHECK_INTERVAL {
            self.checked.set(Instant::now());
            if let Err(error) = Python::attach(|py| py.check_signals()) {
                self.raised.replace(Some(error));
            }
        }
        self.raised.borrow().is_some()
    }
}
