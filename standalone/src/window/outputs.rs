//! The outputs of the window: switched on and off while it runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::live::{Live, labels};
use crate::output::log::Log;
use crate::output::midi::{Midi, MidiPort};
use crate::output::web::{Web, WebConfig, WebStats};
use crate::reactions::clips::{ClipSpec, Clips};
use crate::reactions::event_log::EventLog;
use crate::reactions::scenes::{self, Stage};
use crate::settings::{ClipChoice, LogChoice, MidiChoice, RUMBLE_HZ, Remembered, WebChoice};

/// The most browsers at a time.
const CLIENTS: usize = 32;
/// The most that the log takes, in bytes.
const LOG_BYTES: u64 = 64 * 1024 * 1024;
/// The log's name in the folder of the settings.
pub(super) const LOG_NAME: &str = "heard.jsonl";

/// The name of the log of events in the same folder ...
pub(super) const EVENTS_NAME: &str = "events.csv";
/// ... and of the folder of clips.
pub(super) const CLIPS_NAME: &str = "clips";
/// How much of what was before an event is kept, and how much in all, in seconds.
const CLIP_S: (f64, f64) = (3.0, 15.0);

/// What is on now, so far as it could be had.
#[derive(Default)]
pub(super) struct Outlets {
    midi: MidiChoice,
    web: WebChoice,
    log: LogChoice,
    events: LogChoice,
    clips: ClipChoice,
    scenes: Option<PathBuf>,
    /// Where the page is, and who looks at it.
    pub(super) page: Option<(SocketAddr, Arc<WebStats>)>,
}

impl Outlets {
    /// Follows what is wished; what cannot be had is switched off again, and complained of.
    pub(super) fn follow(&mut self, live: &Live, wished: &mut Remembered, folder: Option<&Path>) -> Vec<String> {
        let mut complaints = Vec::new();
        if wished.midi != self.midi {
            let choice = wished.midi.clone();
            let midi = started(&mut wished.midi.on, &mut complaints, || start_midi(&choice));
            self.midi = wished.midi.clone();
            live.teller.change(move |outputs| outputs.midi = midi);
        }
        if wished.web != self.web {
            let port = wished.web.port;
            let web = started(&mut wished.web.on, &mut complaints, || start_web(port));
            self.web = wished.web.clone();
            self.page = web.as_ref().map(|web| (web.address(), Arc::clone(web.stats())));
            live.teller.change(move |outputs| outputs.web = web);
        }
        if wished.log != self.log {
            let log = started(&mut wished.log.on, &mut complaints, || start_log(folder));
            self.log = wished.log.clone();
            live.teller.change(move |outputs| outputs.log = log);
        }
        live.tape.set_private(wished.private);
        live.shared.set_high_pass_hz(wished.high_pass.then_some(RUMBLE_HZ));
        self.follow_reactions(live, wished, folder, &mut complaints);
        complaints.extend(live.tape.troubles());
        complaints
    }

    /// The scenes that are wished are read anew, even if they are of the same file.
    pub(super) fn forget_scenes(&mut self) {
        self.scenes = None;
    }

    fn follow_reactions(
        &mut self,
        live: &Live,
        wished: &mut Remembered,
        folder: Option<&Path>,
        complaints: &mut Vec<String>,
    ) {
        if wished.events != self.events {
            let log = started(&mut wished.events.on, complaints, || start_events(folder));
            self.events = wished.events.clone();
            live.teller.change(move |outputs| outputs.reactions.log = log);
        }
        if wished.clips != self.clips {
            let choice = wished.clips.clone();
            let clips = started(&mut wished.clips.on, complaints, || start_clips(&choice, live, folder));
            if clips.is_none() {
                live.tape.set_keep_s(0.0);
            }
            self.clips = wished.clips.clone();
            live.teller.change(move |outputs| outputs.reactions.clips = clips);
        }
        if wished.scenes != self.scenes {
            let mut on = wished.scenes.is_some();
            let path = wished.scenes.clone().unwrap_or_default();
            let stage = started(&mut on, complaints, || start_scenes(&path, live));
            if stage.as_ref().is_some_and(Stage::needs_midi) && !wished.midi.on {
                complaints.push("These scenes send MIDI, which is off: see Outputs.".to_owned());
            }
            wished.scenes = wished.scenes.take().filter(|_| on);
            self.scenes = wished.scenes.clone();
            live.teller.change_and_tell(move |outputs| outputs.reactions.set_stage(stage, outputs.midi.as_ref()));
        }
    }
}

/// Starts what is on; what cannot be had is switched off again, and complained of.
fn started<T>(on: &mut bool, complaints: &mut Vec<String>, start: impl FnOnce() -> Result<T, String>) -> Option<T> {
    let outcome = on.then(start)?;
    *on = outcome.is_ok();
    outcome.map_err(|complaint| complaints.push(complaint)).ok()
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

fn start_events(folder: Option<&Path>) -> Result<EventLog, String> {
    let folder = folder.ok_or("There is no folder for a log here.")?;
    let path = folder.join(EVENTS_NAME);
    let opened = std::fs::create_dir_all(folder).and_then(|()| EventLog::open(&path));
    opened.map_err(|error| format!("The log of events cannot be written to {}: {error}.", path.display()))
}

fn start_clips(choice: &ClipChoice, live: &Live, folder: Option<&Path>) -> Result<Clips, String> {
    let folder = folder.ok_or("There is no folder for clips here.")?.join(CLIPS_NAME);
    let complaint = format!("No clips can be written to {}", folder.display());
    let spec = ClipSpec {
        folder,
        tags: Vec::new(),
        before_s: CLIP_S.0,
        length_s: CLIP_S.1,
        most_bytes: u64::from(choice.most_mib) * 1024 * 1024,
        most_days: Some(f64::from(choice.days)).filter(|&days| days > 0.0),
    };
    Clips::new(spec, &live.tape).map_err(|error| format!("{complaint}: {error}."))
}

fn start_scenes(path: &Path, live: &Live) -> Result<Stage, String> {
    let scenes = scenes::read(path, &labels(&live.settings))
        .map_err(|error| format!("The scenes are not followed: {error}."))?;
    Stage::new(scenes).map_err(|error| format!("The scenes are not followed: {error}."))
}
