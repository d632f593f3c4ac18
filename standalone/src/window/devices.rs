//! List of inputs, enumerated on its own thread because audio backends may be slow.

use std::sync::mpsc::{Receiver, channel};
use std::thread;

use earmark_capture::input::{self, InputDevice, InputSelection};

/// List of inputs at the last refresh.
#[derive(Default)]
pub(super) struct Devices {
    /// Listed inputs.
    pub(super) selection: InputSelection,
    list: Vec<InputDevice>,
    pending: Option<Receiver<Vec<InputDevice>>>,
}

impl Devices {
    /// Starts to enumerate the inputs, unless an enumeration is running. `done` is called at the end, on another
    /// thread.
    pub(super) fn refresh(&mut self, done: impl FnOnce() + Send + 'static) {
        if self.pending.is_none() {
            let ((sender, pending), selection) = (channel(), self.selection);
            // If no thread can be started, the list is unchanged.
            let started = thread::Builder::new().name("earmark-devices".into()).spawn(move || {
                let _ = sender.send(input::list(selection));
                done();
            });
            self.pending = started.is_ok().then_some(pending);
        }
    }

    /// Returns the last list.
    pub(super) fn list(&mut self) -> &[InputDevice] {
        if let Some(list) = self.pending.as_ref().and_then(|pending| pending.try_recv().ok()) {
            (self.list, self.pending) = (list, None);
        }
        &self.list
    }
}
