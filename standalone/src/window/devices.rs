//! List of inputs, read on a thread of its own: a sound system may be slow.

use std::sync::mpsc::{Receiver, channel};
use std::thread;

use earmark_capture::input::{self, InputDevice};

/// Inputs that were there at the last refresh.
#[derive(Default)]
pub(super) struct Devices {
    list: Vec<InputDevice>,
    coming: Option<Receiver<Vec<InputDevice>>>,
}

impl Devices {
    /// Reads the list again, unless that is going on; `done` is called at its end, on another thread.
    pub(super) fn refresh(&mut self, done: impl FnOnce() + Send + 'static) {
        if self.coming.is_none() {
            let (sender, coming) = channel();
            // Without a thread the list stays as it is.
            let started = thread::Builder::new().name("earmark-devices".into()).spawn(move || {
                let _ = sender.send(input::list());
                done();
            });
            self.coming = started.is_ok().then_some(coming);
        }
    }

    /// Returns the last list.
    pub(super) fn list(&mut self) -> &[InputDevice] {
        if let Some(list) = self.coming.as_ref().and_then(|coming| coming.try_recv().ok()) {
            (self.list, self.coming) = (list, None);
        }
        &self.list
    }
}
