//! The outputs of the window: switched on and off while it runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use crate::live::Live;
use crate::output::log::Log;
use crate::output::midi::{Midi, MidiPort};
use crate::output::web::{Web, WebConfig, WebStats};
use crate::settings::{LogChoice, MidiChoice, Remembered, WebChoice};

/// The most browsers at a time.
const CLIENTS: usize = 32;
/// The most that the log takes, in bytes.
const LOG_BYTES: u64 = 64 * 1024 * 1024;
/// The log's name in the folder of the settings.
pub(super) const LOG_NAME: &str = "heard.jsonl";

/// What is on now, so far as it could be had.
#[derive(Default)]
pub(super) struct Outlets {
    midi: MidiChoice,
    web: WebChoice,
    log: LogChoice,
    /// Where the page is, and who looks at it.
    pub(super) page: Option<(SocketAddr, Arc<WebStats>)>,
}

impl Outlets {
    /// Follows what is wished; what cannot be had is switched off again, and complained of.
    pub(super) fn follow(&mut self, live: &Live, wished: &mut Remembered, folder: Option<&Path>) -> Vec<String> {
        let mut complaints = Vec::new();
        if wished.midi != self.midi {
            let midi = wished.midi.on.then(|| start_midi(&wished.midi)).transpose();
            let midi = midi.unwrap_or_else(|complaint| {
                wished.midi.on = false;
                complaints.push(complaint);
                None
            });
            self.midi = wished.midi.clone();
            live.teller.change(move |outputs| outputs.midi = midi);
        }
        if wished.web != self.web {
            let web = wished.web.on.then(|| start_web(wished.web.port)).transpose();
            let web = web.unwrap_or_else(|complaint| {
                wished.web.on = false;
                complaints.push(complaint);
                None
            });
            self.web = wished.web.clone();
            self.page = web.as_ref().map(|web| (web.address(), Arc::clone(web.stats())));
            live.teller.change(move |outputs| outputs.web = web);
        }
        if wished.log != self.log {
            let log = wished.log.on.then(|| start_log(folder)).transpose();
            let log = log.unwrap_or_else(|complaint| {
                wished.log.on = false;
                complaints.push(complaint);
                None
            });
            self.log = wished.log.clone();
            live.teller.change(move |outputs| outputs.log = log);
        }
        complaints
    }
}

fn start_midi(choice: &MidiChoice) -> Result<Midi, String> {
    let port = MidiPort::open(None).map_err(|error| error.to_string())?;
    let channel = choice.channel.clamp(1, 16) - 1;
    Midi::start(port, channel, choice.clock).map_err(|error| error.to_string())
}

fn start_web(port: u16) -> Result<Web, String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let config = WebConfig { address, most_clients: CLIENTS, origins: Vec::new() };
    Web::start(&config).map_err(|error| format!("No page can be served on {address}: {error}."))
}

fn start_log(folder: Option<&Path>) -> Result<Log, String> {
    let folder = folder.ok_or("There is no folder for a log here.")?;
    let path = folder.join(LOG_NAME);
    let opened = std::fs::create_dir_all(folder).and_then(|()| Log::open(&path, LOG_BYTES));
    opened.map_err(|error| format!("The log cannot be written to {}: {error}.", path.display()))
}
