//! Outputs of the window, started and stopped at run time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
#[cfg(feature = "web")]
use std::time::Instant;

use earmark_outputs::clips::{ClipSpec, Clips};
use earmark_outputs::event_log::EventLog;
use earmark_outputs::midi::{MidiError, MidiPort, MidiSender, MidiStatus};
use earmark_outputs::rolling_log::RollingLog;
use earmark_outputs::scenes::{self, MappingPreview, SceneEngine};
use earmark_panel::{OutputBadge, OutputState};
use parking_lot::Mutex;

use super::remote_inputs::RemoteInputs;
#[cfg(feature = "web")]
use super::web_output::WebOutput;
use crate::app_settings::{AppSettings, ClipConfig, HIGH_PASS_HZ, LogConfig, MidiConfig};
use crate::live_session::{LiveSession, labels};
use crate::places::Places;

/// Maximum size of the log, in bytes.
const MAX_LOG_BYTES: u64 = 64 * 1024 * 1024;
/// Pre-roll and length of a clip, in seconds.
const CLIP_S: (f64, f64) = (3.0, 15.0);

/// Manager of the running outputs, with the settings that were applied last.
#[derive(Default)]
pub(super) struct OutputManager {
    midi: MidiConfig,
    /// State of the MIDI port. Valid while MIDI is on.
    pub(super) midi_status: Arc<Mutex<MidiStatus>>,
    /// Web server, if it runs.
    #[cfg(feature = "web")]
    pub(super) web: WebOutput,
    log: LogConfig,
    events: LogConfig,
    clips: ClipConfig,
    scenes: Option<PathBuf>,
    /// Present values of the mappings of the scene file.
    preview: Option<MappingPreview>,
    /// Receivers of the remote control.
    pub(super) remote: RemoteInputs,
}

impl OutputManager {
    /// Applies the settings. An output that cannot be started is switched off in `wanted`. Returns the error messages.
    pub(super) fn sync(&mut self, live: &LiveSession, wanted: &mut AppSettings, places: &Places) -> Vec<String> {
        let mut messages = Vec::new();
        if wanted.midi != self.midi {
            let config = wanted.midi.clone();
            let status = Arc::clone(&self.midi_status);
            let midi = start_if_enabled(&mut wanted.midi.on, &mut messages, || start_midi(&config, status));
            self.midi = wanted.midi.clone();
            live.dispatcher.change(move |outputs| outputs.midi = midi);
        }
        #[cfg(feature = "web")]
        messages.extend(self.web.sync(&mut wanted.web, Instant::now(), |web| live.dispatcher.set_web(web)));
        if wanted.log != self.log {
            let log = start_if_enabled(&mut wanted.log.on, &mut messages, || start_log(places.log()));
            self.log = wanted.log.clone();
            live.dispatcher.change(move |outputs| outputs.log = log);
        }
        live.recorder.set_private(wanted.private);
        live.input_stats.set_high_pass_hz(wanted.high_pass.then_some(HIGH_PASS_HZ));
        messages.extend(self.remote.sync(live, &mut wanted.remote));
        self.sync_automation(live, wanted, places, &mut messages);
        messages.extend(live.recorder.take_errors().iter().map(ToString::to_string));
        messages
    }

    /// Returns the outputs of the program that are no settings of the panel, with their states.
    pub(super) fn badges(settings: &AppSettings) -> Vec<OutputBadge> {
        let badge = |name: &str, on: bool| OutputBadge {
            name: name.into(),
            state: if on { OutputState::On } else { OutputState::Off },
        };
        let mut badges = vec![badge("Log", settings.log.on || settings.events.on)];
        if cfg!(feature = "web") {
            badges.insert(0, badge("Web", settings.web.on));
        }
        badges
    }

    /// Returns the present values of the mappings of the scene file that runs.
    pub(super) fn mapping_preview(&self) -> Option<&MappingPreview> {
        self.preview.as_ref()
    }

    /// Makes the next [`Self::sync`] read the scene file again.
    pub(super) fn reload_scenes(&mut self) {
        self.scenes = None;
    }

    fn sync_automation(
        &mut self,
        live: &LiveSession,
        wanted: &mut AppSettings,
        places: &Places,
        messages: &mut Vec<String>,
    ) {
        if wanted.events != self.events {
            let log = start_if_enabled(&mut wanted.events.on, messages, || start_events(places.events()));
            self.events = wanted.events.clone();
            live.dispatcher.change(move |outputs| outputs.automation.log = log);
        }
        if wanted.clips != self.clips {
            let config = wanted.clips.clone();
            let clips = start_if_enabled(&mut wanted.clips.on, messages, || start_clips(&config, live, places.clips()));
            if clips.is_none() {
                live.recorder.set_keep_s(0.0);
            }
            self.clips = wanted.clips.clone();
            live.dispatcher.change(move |outputs| outputs.automation.clips = clips);
        }
        if wanted.scenes != self.scenes {
            let mut on = wanted.scenes.is_some();
            let path = wanted.scenes.clone().unwrap_or_default();
            let engine = start_if_enabled(&mut on, messages, || start_scenes(&path, live));
            if engine.as_ref().is_some_and(SceneEngine::needs_midi) && !wanted.midi.on {
                messages.push("These scenes send MIDI, but MIDI is off. Turn it on under Outputs.".to_owned());
            }
            let bindings = engine.as_ref().map(|engine| engine.remote_bindings().to_vec()).unwrap_or_default();
            self.remote.bindings.replace(bindings);
            self.preview = engine.as_ref().map(|engine| engine.mapping_preview().clone());
            wanted.scenes = wanted.scenes.take().filter(|_| on);
            self.scenes = wanted.scenes.clone();
            live.dispatcher
                .change_and_notify(move |outputs| outputs.automation.set_scenes(engine, outputs.midi.as_ref()));
        }
    }
}

/// Starts an output if `on` is set. If it cannot be started, resets `on` and adds a message.
fn start_if_enabled<T>(
    on: &mut bool,
    messages: &mut Vec<String>,
    start: impl FnOnce() -> Result<T, String>,
) -> Option<T> {
    let outcome = on.then(start)?;
    *on = outcome.is_ok();
    outcome.map_err(|message| messages.push(message)).ok()
}

/// Starts MIDI. The port opens when there is a MIDI system, and `status` receives its state.
fn start_midi(config: &MidiConfig, status: Arc<Mutex<MidiStatus>>) -> Result<MidiSender, String> {
    let port = match MidiPort::open(None) {
        Err(MidiError::Unavailable) => MidiPort::closed(None),
        opened => opened.map_err(|error| format!("Cannot send MIDI: {error}."))?,
    };
    *status.lock() = port.describe().map_or(MidiStatus::Waiting, MidiStatus::Open);
    let channel = config.channel.clamp(1, 16) - 1;
    let started = MidiSender::start(port, channel, config.clock, move |now| *status.lock() = now);
    started.map_err(|error| format!("Cannot send MIDI: {error}."))
}

fn start_log(path: Option<PathBuf>) -> Result<RollingLog, String> {
    let path = path.ok_or("Cannot write a log: this system has no folder for data.")?;
    let opened = create_parent(&path).and_then(|()| RollingLog::open(&path, MAX_LOG_BYTES));
    opened.map_err(|error| format!("Cannot write the log {}: {error}.", path.display()))
}

fn start_events(path: Option<PathBuf>) -> Result<EventLog, String> {
    let path = path.ok_or("Cannot write the event log: this system has no folder for data.")?;
    let opened = create_parent(&path).and_then(|()| EventLog::open(&path));
    opened.map_err(|error| format!("Cannot write the event log {}: {error}.", path.display()))
}

fn create_parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

fn start_clips(config: &ClipConfig, live: &LiveSession, folder: Option<PathBuf>) -> Result<Clips, String> {
    let folder = folder.ok_or("Cannot write clips: this system has no folder for data.")?;
    let message = format!("Cannot write clips to {}", folder.display());
    let spec = ClipSpec {
        folder,
        tags: Vec::new(),
        before_s: CLIP_S.0,
        length_s: CLIP_S.1,
        max_bytes: u64::from(config.most_mib) * 1024 * 1024,
        max_days: Some(f64::from(config.days)).filter(|&days| days > 0.0),
    };
    Clips::new(spec, &live.recorder).map_err(|error| format!("{message}: {error}."))
}

fn start_scenes(path: &Path, live: &LiveSession) -> Result<SceneEngine, String> {
    let scenes = scenes::read(path, &labels(&live.settings));
    scenes.map(SceneEngine::new).map_err(|error| format!("Cannot run the scenes: {error}."))
}
