//! Receivers of the remote control in the window, started and stopped at run time.

use std::sync::Arc;

use earmark_outputs::json_lines;
use earmark_outputs::midi::{MidiError, MidiInputPort};
use earmark_outputs::remote::{MidiRemote, OscRemote, RemoteBindings, RemoteNotice, RemoteStats};
use parking_lot::Mutex;

use crate::app_settings::RemoteSettings;
use crate::live_session::LiveSession;

/// Receivers, with the settings that were applied last.
pub(super) struct RemoteInputs {
    settings: RemoteSettings,
    /// Notes, controllers and addresses of the scene file.
    pub(super) bindings: RemoteBindings,
    osc: Option<OscRemote>,
    midi: Option<MidiRemote>,
    /// State of the OSC input and of the MIDI input, as text and counters.
    status: [Arc<Mutex<RemoteStatus>>; 2],
}

/// State of a receiver for display.
#[derive(Debug, Clone, Default)]
pub(super) struct RemoteStatus {
    /// Description of the port; none while there is none.
    pub(super) port: Option<String>,
    /// Reason for which the last message was ignored, if any.
    pub(super) ignored: Option<String>,
    /// Counters; none while the receiver is off.
    pub(super) stats: Option<Arc<RemoteStats>>,
}

impl Default for RemoteInputs {
    fn default() -> Self {
        Self {
            // The settings in which nothing runs.
            settings: RemoteSettings { osc: false, midi: false, ..RemoteSettings::default() },
            bindings: RemoteBindings::new(Vec::new()),
            osc: None,
            midi: None,
            status: Default::default(),
        }
    }
}

impl RemoteInputs {
    /// Applies the settings. A receiver that cannot be started is switched off in `wanted`. Returns the error messages.
    pub(super) fn sync(&mut self, live: &LiveSession, wanted: &mut RemoteSettings) -> Vec<String> {
        let mut messages = Vec::new();
        let place = |settings: &RemoteSettings| settings.osc.then(|| settings.address());
        if place(wanted) != place(&self.settings) {
            self.osc = None;
            *self.status[0].lock() = RemoteStatus::default();
            if wanted.osc {
                match self.start_osc(live, wanted) {
                    Ok(remote) => self.osc = Some(remote),
                    Err(message) => {
                        wanted.osc = false;
                        messages.push(message);
                    }
                }
            }
        }
        if wanted.midi != self.settings.midi {
            self.midi = None;
            *self.status[1].lock() = RemoteStatus::default();
            if wanted.midi {
                match self.start_midi(live) {
                    Ok(remote) => self.midi = Some(remote),
                    Err(message) => {
                        wanted.midi = false;
                        messages.push(message);
                    }
                }
            }
        }
        self.settings = wanted.clone();
        messages
    }

    /// Returns the state of the OSC input and that of the MIDI input.
    pub(super) fn status(&self) -> [RemoteStatus; 2] {
        [0, 1].map(|index| self.status[index].lock().clone())
    }

    fn start_osc(&self, live: &LiveSession, wanted: &RemoteSettings) -> Result<OscRemote, String> {
        let address = wanted.address();
        let notify = notify("osc", live, &self.status[0]);
        let started = OscRemote::start(address, &live.instance, self.bindings.clone(), notify);
        let remote = started.map_err(|error| format!("Cannot receive OSC at {address}: {error}."))?;
        let mut status = self.status[0].lock();
        (status.port, status.stats) = (Some(remote.address().to_string()), Some(Arc::clone(remote.stats())));
        drop(status);
        Ok(remote)
    }

    fn start_midi(&self, live: &LiveSession) -> Result<MidiRemote, String> {
        let port = match MidiInputPort::open(None) {
            Err(MidiError::Unavailable) => MidiInputPort::closed(None),
            opened => opened.map_err(|error| format!("Cannot receive MIDI: {error}."))?,
        };
        self.status[1].lock().port = port.describe();
        let notify = notify("midi", live, &self.status[1]);
        let started = MidiRemote::start(port, &live.instance, self.bindings.clone(), notify);
        let remote = started.map_err(|error| format!("Cannot receive MIDI: {error}."))?;
        self.status[1].lock().stats = Some(Arc::clone(remote.stats()));
        Ok(remote)
    }
}

/// Returns a function that writes notices as JSON lines and keeps the state for display.
fn notify(
    source: &'static str,
    live: &LiveSession,
    status: &Arc<Mutex<RemoteStatus>>,
) -> impl FnMut(RemoteNotice) + Send + use<> {
    let (send_line, status) = (live.dispatcher.line_sender(), Arc::clone(status));
    move |notice| {
        match &notice {
            RemoteNotice::Command(_) => {}
            RemoteNotice::Ignored { message, .. } => status.lock().ignored = Some(message.clone()),
            RemoteNotice::Port(port) => status.lock().port.clone_from(port),
        }
        send_line(json_lines::remote(source, &notice));
    }
}
