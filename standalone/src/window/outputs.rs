//! Outputs of the window, started and stopped at run time.

#[cfg(feature = "web")]
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
#[cfg(feature = "web")]
use std::sync::Arc;

use earmark_outputs::clips::{ClipSpec, Clips};
use earmark_outputs::event_log::EventLog;
use earmark_outputs::midi::{MidiPort, MidiSender};
use earmark_outputs::rolling_log::RollingLog;
use earmark_outputs::scenes::{self, SceneEngine};
#[cfg(feature = "web")]
use earmark_outputs::web::{WebConfig, WebServer, WebStats};
use earmark_panel::{OutputBadge, OutputState};

#[cfg(feature = "web")]
use super::settings::WebSettings;
use super::settings::{AppSettings, ClipConfig, HIGH_PASS_HZ, LogConfig, MidiConfig};
use crate::live_session::{LiveSession, labels};

/// Maximum number of connected clients.
#[cfg(feature = "web")]
const MAX_CLIENTS: usize = 32;
/// Maximum size of the log, in bytes.
const MAX_LOG_BYTES: u64 = 64 * 1024 * 1024;
/// File name of the log, in the settings folder. Unchanged across versions, so that an existing log is continued.
const LOG_NAME: &str = "heard.jsonl";
/// File name of the event log, in the settings folder.
const EVENTS_NAME: &str = "events.csv";
/// Name of the folder of clips, in the settings folder.
const CLIPS_NAME: &str = "clips";
/// Pre-roll and length of a clip, in seconds.
const CLIP_S: (f64, f64) = (3.0, 15.0);

/// Manager of the running outputs, with the settings that were applied last.
#[derive(Default)]
pub(super) struct OutputManager {
    midi: MidiConfig,
    #[cfg(feature = "web")]
    web: WebSettings,
    log: LogConfig,
    events: LogConfig,
    clips: ClipConfig,
    scenes: Option<PathBuf>,
    /// Address and counters of the web server, if it runs.
    #[cfg(feature = "web")]
    pub(super) page: Option<(SocketAddr, Arc<WebStats>)>,
}

impl OutputManager {
    /// Applies the settings. An output that cannot be started is switched off in `wanted`. Returns the error messages.
    pub(super) fn sync(&mut self, live: &LiveSession, wanted: &mut AppSettings, folder: Option<&Path>) -> Vec<String> {
        let mut messages = Vec::new();
        if wanted.midi != self.midi {
            let config = wanted.midi.clone();
            let midi = start_if_enabled(&mut wanted.midi.on, &mut messages, || start_midi(&config));
            self.midi = wanted.midi.clone();
            live.dispatcher.change(move |outputs| outputs.midi = midi);
        }
        #[cfg(feature = "web")]
        if wanted.web != self.web {
            let port = wanted.web.port;
            let web = start_if_enabled(&mut wanted.web.on, &mut messages, || start_web(port));
            self.web = wanted.web.clone();
            self.page = web.as_ref().map(|web| (web.address(), Arc::clone(web.stats())));
            live.dispatcher.change(move |outputs| outputs.web = web);
        }
        if wanted.log != self.log {
            let log = start_if_enabled(&mut wanted.log.on, &mut messages, || start_log(folder));
            self.log = wanted.log.clone();
            live.dispatcher.change(move |outputs| outputs.log = log);
        }
        live.recorder.set_private(wanted.private);
        live.input_stats.set_high_pass_hz(wanted.high_pass.then_some(HIGH_PASS_HZ));
        self.sync_automation(live, wanted, folder, &mut messages);
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

    /// Makes the next [`Self::sync`] read the scene file again.
    pub(super) fn reload_scenes(&mut self) {
        self.scenes = None;
    }

    fn sync_automation(
        &mut self,
        live: &LiveSession,
        wanted: &mut AppSettings,
        folder: Option<&Path>,
        messages: &mut Vec<String>,
    ) {
        if wanted.events != self.events {
            let log = start_if_enabled(&mut wanted.events.on, messages, || start_events(folder));
            self.events = wanted.events.clone();
            live.dispatcher.change(move |outputs| outputs.automation.log = log);
        }
        if wanted.clips != self.clips {
            let config = wanted.clips.clone();
            let clips = start_if_enabled(&mut wanted.clips.on, messages, || start_clips(&config, live, folder));
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

fn start_midi(config: &MidiConfig) -> Result<MidiSender, String> {
    let port = MidiPort::open(None).map_err(|error| error.to_string())?;
    let channel = config.channel.clamp(1, 16) - 1;
    MidiSender::start(port, channel, config.clock).map_err(|error| error.to_string())
}

#[cfg(feature = "web")]
fn start_web(port: u16) -> Result<WebServer, String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let config = WebConfig { address, max_clients: MAX_CLIENTS, origins: Vec::new() };
    WebServer::start(&config).map_err(|error| format!("Cannot serve the web page on {address}: {error}."))
}

fn start_log(folder: Option<&Path>) -> Result<RollingLog, String> {
    let folder = folder.ok_or("Cannot write a log: this system has no settings folder.")?;
    let path = folder.join(LOG_NAME);
    let opened = std::fs::create_dir_all(folder).and_then(|()| RollingLog::open(&path, MAX_LOG_BYTES));
    opened.map_err(|error| format!("Cannot write the log {}: {error}.", path.display()))
}

fn start_events(folder: Option<&Path>) -> Result<EventLog, String> {
    let folder = folder.ok_or("Cannot write the event log: this system has no settings folder.")?;
    let path = folder.join(EVENTS_NAME);
    let opened = std::fs::create_dir_all(folder).and_then(|()| EventLog::open(&path));
    opened.map_err(|error| format!("Cannot write the event log {}: {error}.", path.display()))
}

fn start_clips(config: &ClipConfig, live: &LiveSession, folder: Option<&Path>) -> Result<Clips, String> {
    let folder = folder.ok_or("Cannot write clips: this system has no settings folder.")?.join(CLIPS_NAME);
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
    let scenes =
        scenes::read(path, &labels(&live.settings)).map_err(|error| format!("Cannot run the scenes: {error}."))?;
    SceneEngine::new(scenes).map_err(|error| format!("Cannot run the scenes: {error}."))
}
