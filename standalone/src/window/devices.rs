//! The list of inputs, asked for on a thread of its own: a sound system may take its time.

use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::input::devices::{Found, list};

/// The inputs that were there when they were last asked for.
#[derive(Default)]
pub(super) struct Devices {
    found: Vec<Found>,
    coming: Option<Receiver<Vec<Found>>>,
}

impl Devices {
    /// Asks for them again, unless an answer is on its way; `done` is called when it is there.
    pub(super) fn ask(&mut self, done: impl FnOnce() + Send + 'static) {
        if self.coming.is_none() {
            let (tell, coming) = channel();
            // Without a thread the list stays as it is.
            let asked = thread::Builder::new().name("earmark-devices".into()).spawn(move || {
                let _ = tell.send(list());
                done();
            });
            self.coming = asked.is_ok().then_some(coming);
        }
    }

    /// The last answer.
    pub(super) fn found(&mut self) -> &[Found] {
        if let Some(found) = self.coming.as_ref().and_then(|coming| coming.try_recv().ok()) {
            (self.found, self.coming) = (found, None);
        }
        &self.found
    }
}
